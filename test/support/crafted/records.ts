import { toWire } from './names.ts';

/** Record types in crafted zones. */
export const T = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  TXT: 16,
  AAAA: 28,
  DNAME: 39,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  /** RFC 9824: only in bit maps. */
  NXNAME: 128,
  CAA: 257,
} as const;

/** One record. It is not validated, because tests may need invalid records. */
export interface Rr {
  readonly owner: string;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Buffer;
}

const TTL = 300;

export function rr(owner: string, type: number, rdata: Buffer, ttl = TTL): Rr {
  return { owner, type, ttl, rdata };
}

export function uint16(value: number): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(value);
  return octets;
}

export function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

export function a(owner: string, address: string): Rr {
  return rr(owner, T.A, Buffer.from(address.split('.').map(Number)));
}

export function ns(owner: string, target: string): Rr {
  return rr(owner, T.NS, toWire(target));
}

export function cname(owner: string, target: string): Rr {
  return rr(owner, T.CNAME, toWire(target));
}

export function dname(owner: string, target: string): Rr {
  return rr(owner, T.DNAME, toWire(target));
}

export function txt(owner: string, text: string): Rr {
  return rr(owner, T.TXT, Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]));
}

export function caa(owner: string, value: string, tag = 'issue'): Rr {
  return rr(owner, T.CAA, Buffer.concat([Buffer.from([0, tag.length]), Buffer.from(tag + value, 'latin1')]));
}

export function soa(owner: string): Rr {
  const numbers = [1, 7200, 3600, 1_209_600, TTL].map(uint32);
  return rr(owner, T.SOA, Buffer.concat([toWire('.'), toWire('.'), ...numbers]));
}

/** RFC 4034 section 4.1.2. */
export function typeBitmap(types: readonly number[]): Buffer {
  const windows = new Map<number, Buffer>();
  for (const type of types) {
    const window = windows.get(type >> 8) ?? Buffer.alloc(32);
    const octet = (type & 0xff) >> 3;
    window[octet] = (window[octet] ?? 0) | (0x80 >> (type & 7));
    windows.set(type >> 8, window);
  }
  const parts = [...windows]
    .sort(([one], [other]) => one - other)
    .map(([number, bits]) => {
      const length = bits.findLastIndex((octet) => octet !== 0) + 1;
      return Buffer.concat([Buffer.from([number, length]), bits.subarray(0, length)]);
    });
  return Buffer.concat(parts);
}

export function nsec(owner: string, next: string, types: readonly number[]): Rr {
  return rr(owner, T.NSEC, Buffer.concat([toWire(next), typeBitmap(types)]));
}

export interface Nsec3Fields {
  readonly hashAlgorithm: number;
  readonly flags: number;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly next: Buffer;
  readonly types: readonly number[];
}

export function nsec3(owner: string, fields: Nsec3Fields): Rr {
  const { hashAlgorithm, flags, iterations, salt, next, types } = fields;
  return rr(
    owner,
    T.NSEC3,
    Buffer.concat([
      Buffer.from([hashAlgorithm, flags]),
      uint16(iterations),
      Buffer.from([salt.length]),
      salt,
      Buffer.from([next.length]),
      next,
      typeBitmap(types),
    ]),
  );
}
