import { foldAscii } from '../../dns/octets.ts';

export interface RequestText {
  /** The whole Random Value or Request Token. */
  readonly challengeValue: string;
  /** Path and query. */
  readonly path: string;
  /** Header fields, one character per octet; null if there are none to check. */
  readonly headers: Readonly<Record<string, string>> | null;
}

/**
 * Where a request contains the challenge value; null if nowhere. The request "MUST NOT" contain it (TLS BR 3.2.2.4.18
 * [dcv-website]; section 3.2.2.5.1 for addresses): a server that echoes requests would pass without knowing the value.
 *
 * Ignores case, which may be stricter than the comparison with the response body. An empty value, which leaves the
 * decision to a pattern, is never found.
 */
export function findSecretInRequest({
  challengeValue,
  path,
  headers,
}: RequestText): 'path' | 'header' | null {
  if (challengeValue === '') return null;
  // A non-ASCII value may appear as characters or as their UTF-8 octets.
  const wanted = [challengeValue, octetsOf(challengeValue)].map(foldAscii);
  const contains = (text: string) =>
    readings(text).some((reading) => wanted.some((one) => reading.includes(one)));
  if (contains(path)) return 'path';
  return Object.entries(headers ?? {})
    .flat()
    .some(contains)
    ? 'header'
    : null;
}

/** `text` as written, and percent-decoded once, twice and so on: servers differ in how often they decode. */
function readings(text: string): string[] {
  const found: string[] = [];
  // Each round that changes the text shortens it, so the loop ends.
  for (let reading = text, before = ''; reading !== before; ) {
    // Forms encode spaces as "+".
    found.push(foldAscii(reading), foldAscii(reading.replaceAll('+', ' ')));
    before = reading;
    reading = decodeOctets(reading);
  }
  return found;
}

/** Percent-decodes to one character per octet; other text and invalid escapes are unchanged. */
function decodeOctets(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function octetsOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
