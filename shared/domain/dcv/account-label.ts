import { createHash } from 'node:crypto';

/** RFC 4648 section 6, lower-cased. */
const BASE32_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const LABEL_OCTETS = 10;

/**
 * The account label of dns-account-01: lower-case base32 of the first 10 octets of the SHA-256 of the account URL,
 * 16 characters, without the underscore (TLS BR 3.2.2.4.21 [dcv-dns-account]; ACME DNS labelled with account ID).
 */
export function accountLabel(accountUrl: string): string {
  const digest = createHash('sha256').update(accountUrl, 'utf8').digest().subarray(0, LABEL_OCTETS);
  const bits = Array.from(digest, (octet) => octet.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => BASE32_ALPHABET[Number.parseInt(group, 2)]).join('');
}
