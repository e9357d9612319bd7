import { createHash } from 'node:crypto';

/** A DNSKEY record of the root. */
export interface Dnskey {
  readonly flags: number;
  readonly algorithm: number;
  readonly rdata: Buffer;
}

/** Parse the RDATA of a DNSKEY record in zone-file format (RFC 4034 section 2.2); null if invalid. */
export function parseDnskey(data: string): Dnskey | null {
  const [, flags, algorithm, spaced = ''] =
    /^(\d{1,5})\s+3\s+(\d{1,3})\s+([A-Za-z0-9+/=\s]+)$/.exec(data) ?? [];
  const base64 = spaced.replace(/\s/g, '');
  const key = Buffer.from(base64, 'base64');
  if (key.length === 0 || key.toString('base64') !== base64) return null;
  if (Number(flags) > 0xffff || Number(algorithm) > 0xff) return null;
  const head = Buffer.alloc(4);
  head.writeUInt16BE(Number(flags), 0);
  head.writeUInt8(3, 2);
  head.writeUInt8(Number(algorithm), 3);
  return { flags: Number(flags), algorithm: Number(algorithm), rdata: Buffer.concat([head, key]) };
}

/** Key tag (RFC 4034 appendix B). */
export function keyTagOf({ rdata }: Dnskey): number {
  let sum = 0;
  for (const [index, octet] of rdata.entries()) sum += (index & 1) === 0 ? octet << 8 : octet;
  return (sum + (sum >>> 16)) & 0xffff;
}

/** The digest of this key in a DS record of the root (RFC 4034 section 5.1.4), upper-case hexadecimal. */
export function digestKey({ rdata }: Dnskey, digestType: number): string {
  const hash = createHash(digestType === 4 ? 'sha384' : 'sha256');
  // Owner name of the root, one octet.
  return hash
    .update(Buffer.from([0]))
    .update(rdata)
    .digest('hex')
    .toUpperCase();
}
