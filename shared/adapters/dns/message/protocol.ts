import type { RecordType } from '../../../domain/dns/lookup.ts';

/** Record type numbers (IANA DNS parameters) that this client queries or evaluates. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  CAA: 257,
} as const satisfies Record<RecordType, number> & Record<string, number>;

export const CLASS_IN = 1;

/** Response codes that are treated separately (RFC 1035 section 4.1.1). */
export const RCODE = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

const RCODE_NAMES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  9: 'NOTAUTH',
  16: 'BADVERS',
};

/** For example `SERVFAIL` for 2, or `RCODE 23` for a code not in {@link RCODE_NAMES}. */
export function rcodeName(rcode: number): string {
  return RCODE_NAMES[rcode] ?? `RCODE ${rcode}`;
}

/** Extended DNS error codes that are evaluated (RFC 8914 section 4, RFC 9276 section 3.2 for 27). */
export const EDE = {
  UNSUPPORTED_DNSKEY_ALGORITHM: 1,
  UNSUPPORTED_DS_DIGEST: 2,
  DNSSEC_INDETERMINATE: 5,
  DNSSEC_BOGUS: 6,
  SIGNATURE_EXPIRED: 7,
  SIGNATURE_NOT_YET_VALID: 8,
  DNSKEY_MISSING: 9,
  RRSIGS_MISSING: 10,
  NO_ZONE_KEY_BIT: 11,
  NSEC_MISSING: 12,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  EXPIRED_BEFORE_VALID: 25,
  UNSUPPORTED_NSEC3_ITERATIONS: 27,
} as const;

/** Header bits in the second 16-bit word (RFC 1035 section 4.1.1, RFC 4035 sections 3.1.6 and 3.2.2 for AD and CD). */
export const FLAG = {
  QR: 0x8000,
  OPCODE: 0x7800,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

export const HEADER_BYTES = 12;
/** Advertised UDP size: below the smallest MTU in practice, so that responses are not fragmented. */
export const EDNS_UDP_BYTES = 1232;
