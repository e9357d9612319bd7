/**
 * Text and octets.
 *
 * A resolver returns the octets of TXT and CAA values as one character each (latin1); a caller's expected value is
 * text. Both are compared as octets, because published values need not be UTF-8.
 */

/**
 * The UTF-8 octets of `text`, one character each; null if `text` contains a lone surrogate and so has no UTF-8 form.
 */
export function utf8Octets(text: string): string | null {
  if (/\p{Surrogate}/u.test(text)) return null;
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Decodes UTF-8 octets; null if they are not UTF-8. A byte order mark is kept as part of the value. */
export function decodeUtf8(octets: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'));
  } catch {
    return null;
  }
}

/** Text for display: octets that are not UTF-8 become U+FFFD. Never used in comparisons. */
export function displayUtf8(octets: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'));
}

/** `text` with A to Z in lower case and all else unchanged, as DNS names are compared (RFC 4343 section 3). */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
