import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { toWire } from './names.ts';
import { type Rr, rr, T, uint16 } from './records.ts';

/** Supported signing algorithms (IANA DNS Security Algorithm Numbers). */
export const SIGNING_ALGORITHMS = [5, 7, 8, 10, 13, 14, 15, 16] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export interface KeyChoice {
  readonly algorithm?: SigningAlgorithm;
  /** Default: zone key and secure entry point. */
  readonly flags?: number;
  readonly protocol?: number;
  /** Size of an RSA key, default 1024. */
  readonly bits?: number;
  readonly exponent?: number;
  /** Algorithm number in the DNSKEY record, if it differs from that of the key. */
  readonly claimedAlgorithm?: number;
}

export interface ZoneKey {
  readonly algorithm: number;
  /** RDATA of the DNSKEY record. */
  readonly dnskey: Buffer;
  readonly keyTag: number;
  sign(data: Buffer): Buffer;
}

const HASHES: Readonly<Record<SigningAlgorithm, string | null>> = {
  5: 'sha1',
  7: 'sha1',
  8: 'sha256',
  10: 'sha512',
  13: 'sha256',
  14: 'sha384',
  15: null,
  16: null,
};

export function makeKey(choice: KeyChoice = {}): ZoneKey {
  const { algorithm = 13, flags = 257, protocol = 3 } = choice;
  const { privateKey, publicKey } = generate(algorithm, choice);
  const claimed = choice.claimedAlgorithm ?? algorithm;
  const dnskey = Buffer.concat([uint16(flags), Buffer.from([protocol, claimed]), wireOf(publicKey)]);
  const hash = HASHES[algorithm];
  return {
    algorithm: claimed,
    dnskey,
    keyTag: keyTagOf(dnskey),
    sign: (data) => sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

/** The same key with other flags or protocol, which changes the DNSKEY record and the tag. */
export function withFields(
  key: ZoneKey,
  { flags, protocol = 3 }: { flags: number; protocol?: number },
): ZoneKey {
  const dnskey = Buffer.concat([uint16(flags), Buffer.from([protocol]), key.dnskey.subarray(3)]);
  return { ...key, dnskey, keyTag: keyTagOf(dnskey) };
}

function generate(algorithm: SigningAlgorithm, { bits = 1024, exponent = 65_537 }: KeyChoice) {
  switch (algorithm) {
    case 13:
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 14:
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 15:
      return generateKeyPairSync('ed25519');
    case 16:
      return generateKeyPairSync('ed448');
    default:
      return generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent });
  }
}

/** RFC 3110 section 2, RFC 6605 section 4, RFC 8080 section 3. */
function wireOf(publicKey: KeyObject): Buffer {
  const { n, e, x, y } = publicKey.export({ format: 'jwk' });
  const octets = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  if (n === undefined) return Buffer.concat([octets(x), octets(y)]);
  return Buffer.concat([Buffer.from([octets(e).length]), octets(e), octets(n)]);
}

/** RFC 4034 appendix B. */
export function keyTagOf(dnskey: Buffer): number {
  let sum = 0;
  for (const [index, octet] of dnskey.entries()) sum += (index & 1) === 0 ? octet << 8 : octet;
  return (sum + (sum >>> 16)) & 0xffff;
}

const DIGESTS: Readonly<Record<number, string>> = { 1: 'sha1', 2: 'sha256', 4: 'sha384' };

export interface DsFields {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  readonly digest: Buffer;
}

/** RFC 4034 section 5.1.4. */
export function dsFor(zone: string, key: ZoneKey, digestType = 2): DsFields {
  const hash = createHash(DIGESTS[digestType] ?? 'sha256');
  const digest = hash.update(toWire(zone)).update(key.dnskey).digest();
  return { keyTag: key.keyTag, algorithm: key.algorithm, digestType, digest };
}

export function dsRecord(zone: string, { keyTag, algorithm, digestType, digest }: DsFields): Rr {
  return rr(zone, T.DS, Buffer.concat([uint16(keyTag), Buffer.from([algorithm, digestType]), digest]));
}
