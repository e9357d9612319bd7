/**
 * Text and octets.
 *
 * A resolver hands out the octets of TXT and CAA values as one character each (latin1); what a caller expects is text.
 * Both are compared as octets, since what a stranger publishes need not be UTF-8.
 */

/** The UTF-8 octets of `text`, one character each, or null when it holds half a surrogate pair and so has none. */
export function utf8Octets(text: string): string | null {
  if (/\p{Surrogate}/u.test(text)) return null;
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of UTF-8 octets, or null when they are not UTF-8. A byte order mark is kept: it is part of the value. */
export function decodeUtf8(octets: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'));
  } catch {
    return null;
  }
}

/** Text for people: octets that are not UTF-8 become U+FFFD. Never for comparing. */
export function displayUtf8(octets: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'));
}

/** `text` with A to Z made lower case and all else untouched, as DNS names are compared (RFC 4343 section 3). */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
