import { createHash } from 'node:crypto';
import { type DomainName, lowerAscii, nameOctets, writeName } from '../message/names.ts';

/** RFC 4648 section 7, lower case; sorts like the octets. */
const BASE32HEX = '0123456789abcdefghijklmnopqrstuv';
const HASH_OCTETS = 20;

export interface Nsec3Parameters {
  readonly iterations: number;
  /** One latin1 character per octet. */
  readonly salt: string;
}

/**
 * The hashed owner name of `name` as a lower-case label (RFC 5155 section 5): iterated, salted SHA-1 over the canonical
 * name.
 */
export function hashName(name: DomainName, { iterations, salt }: Nsec3Parameters): string {
  const wire = Buffer.alloc(nameOctets(name));
  writeName(name.map(lowerAscii), wire, 0);
  const saltOctets = Buffer.from(salt, 'latin1');
  let digest: Buffer = wire;
  for (let round = 0; round <= iterations; round++) {
    digest = createHash('sha1').update(digest).update(saltOctets).digest();
  }
  return toBase32Hex(digest);
}

/** The label for the hash `octets` (latin1); null if it does not have the length of a SHA-1 hash. */
export function hashLabel(octets: string): string | null {
  return octets.length === HASH_OCTETS ? toBase32Hex(Buffer.from(octets, 'latin1')) : null;
}

function toBase32Hex(octets: Buffer): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const octet of octets) {
    value = (value << 8) | octet;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32HEX[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return text;
}
