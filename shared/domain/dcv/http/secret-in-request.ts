import { foldAscii } from '../../dns/octets.ts';

export interface RequestText {
  /** The whole Random Value or Request Token. */
  readonly challengeValue: string;
  /** Path and query. */
  readonly path: string;
  /** Header fields, one character for each octet; null: none to look at. */
  readonly headers: Readonly<Record<string, string>> | null;
}

/**
 * Where a request contains the challenge value, if it does. A server that repeats what it is asked would then pass
 * without knowing the value: the request "MUST NOT" contain it (TLS BR 3.2.2.4.18 [dcv-website]; section 3.2.2.5.1 for
 * addresses).
 *
 * Letter case never counts, which is stricter than the comparison with the page may be. An empty value, which leaves the
 * decision to a pattern, is found nowhere.
 */
export function findSecretInRequest({
  challengeValue,
  path,
  headers,
}: RequestText): 'path' | 'header' | null {
  if (challengeValue === '') return null;
  // A value beyond ASCII may stand there as characters or as their UTF-8 octets.
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

/** `text` as written, and decoded once, twice and so on: servers differ in how often they decode. */
function readings(text: string): string[] {
  const found: string[] = [];
  // Each round that changes anything makes the text shorter, so this ends.
  for (let reading = text, before = ''; reading !== before; ) {
    // Forms encode spaces as "+".
    found.push(foldAscii(reading), foldAscii(reading.replaceAll('+', ' ')));
    before = reading;
    reading = decodeOctets(reading);
  }
  return found;
}

/** Percent-decoding to one character for each octet; what is not encoded stays, invalid escapes too. */
function decodeOctets(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function octetsOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
