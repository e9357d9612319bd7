import type { CaaRecord } from '../../../domain/dns/lookup.ts';
import { type Cursor, MalformedMessage } from './cursor.ts';
import type { DomainName } from './names.ts';
import { TYPE } from './protocol.ts';
import { readTypeBitmap } from './type-bitmap.ts';

/** Parsed RDATA of the types that results and alias chains use. */
export type RecordView =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'name'; readonly target: DomainName }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'caa'; readonly caa: CaaRecord }
  | { readonly kind: 'soa'; readonly minimum: number }
  | { readonly kind: 'ds'; readonly algorithm: number; readonly digestType: number }
  | { readonly kind: 'nsec'; readonly types: ReadonlySet<number> }
  | SignatureView
  | Nsec3View;

/** RFC 4034 section 3.1, without the signature. Dates are seconds since 1970, modulo 2^32. */
export interface SignatureView {
  readonly kind: 'rrsig';
  readonly covered: number;
  readonly algorithm: number;
  readonly keyTag: number;
  readonly inception: number;
  readonly expiration: number;
}

/**
 * RFC 5155 section 3.2. Salt and hash have one latin1 character per octet; the hash of the owner is its first label.
 */
export interface Nsec3View {
  readonly kind: 'nsec3';
  readonly hashAlgorithm: number;
  readonly flags: number;
  readonly iterations: number;
  readonly salt: string;
  readonly nextHash: string;
  readonly types: ReadonlySet<number>;
}

/**
 * Read the RDATA of `octets` octets at the cursor and leave the cursor behind it; null for a type that is skipped.
 * RDATA must match RDLENGTH exactly: shorter or longer data is malformed, never padded or cut.
 */
export function readRdata(cursor: Cursor, type: number, octets: number): RecordView | null {
  const end = cursor.offset + octets;
  if (end > cursor.bytes.length) throw new MalformedMessage('RDATA runs past the message');
  const view = readTyped(cursor, type, end);
  if (view === null) cursor.offset = end;
  if (cursor.offset !== end) throw new MalformedMessage('RDATA does not fit its length');
  return view;
}

function readTyped(cursor: Cursor, type: number, end: number): RecordView | null {
  switch (type) {
    case TYPE.A:
      return { kind: 'address', address: readIpv4(cursor, end) };
    case TYPE.AAAA:
      return { kind: 'address', address: readIpv6(cursor, end) };
    case TYPE.CNAME:
    case TYPE.DNAME:
    case TYPE.PTR:
      return { kind: 'name', target: cursor.name() };
    case TYPE.TXT:
      return { kind: 'text', text: readText(cursor, end) };
    case TYPE.CAA:
      return { kind: 'caa', caa: readCaa(cursor, end) };
    case TYPE.SOA:
      return { kind: 'soa', minimum: readSoaMinimum(cursor) };
    case TYPE.DS:
      return readDs(cursor, end);
    case TYPE.RRSIG:
      return readSignature(cursor, end);
    case TYPE.NSEC:
      cursor.name();
      return { kind: 'nsec', types: readTypeBitmap(cursor, end) };
    case TYPE.NSEC3:
      return readNsec3(cursor, end);
    default:
      return null;
  }
}

function readIpv4(cursor: Cursor, end: number): string {
  if (end - cursor.offset !== 4) throw new MalformedMessage('an A record does not have 4 octets');
  return `${cursor.uint8()}.${cursor.uint8()}.${cursor.uint8()}.${cursor.uint8()}`;
}

function readIpv6(cursor: Cursor, end: number): string {
  if (end - cursor.offset !== 16) throw new MalformedMessage('an AAAA record does not have 16 octets');
  return formatIpv6(Array.from({ length: 8 }, () => cursor.uint16()));
}

/**
 * RFC 5952 sections 4 and 5: lower case, `::` for the longest run of zero groups (the first of equal ones), dotted
 * decimal for mapped IPv4.
 */
export function formatIpv6(groups: readonly number[]): string {
  const hex = groups.map((group) => group.toString(16));
  if (hex.slice(0, 6).join() === '0,0,0,0,0,ffff') {
    const [high = 0, low = 0] = groups.slice(6);
    return `::ffff:${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
  }
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}

/** RFC 1035 section 3.3.14: one or more strings. The strings of one record are concatenated (RFC 8555 section 8.4). */
function readText(cursor: Cursor, end: number): string {
  if (cursor.offset === end) throw new MalformedMessage('a TXT record is empty');
  let text = '';
  while (cursor.offset < end) {
    const length = cursor.uint8();
    if (cursor.offset + length > end) throw new MalformedMessage('a TXT string runs past its record');
    text += cursor.latin1(length);
  }
  return text;
}

/**
 * RFC 8659 section 4.1. A tag length that is zero or exceeds the RDATA is malformed: guessing could permit an issuance.
 */
function readCaa(cursor: Cursor, end: number): CaaRecord {
  if (end - cursor.offset < 2) throw new MalformedMessage('a CAA record is too short');
  const flags = cursor.uint8();
  const tagLength = cursor.uint8();
  if (tagLength === 0) throw new MalformedMessage('a CAA tag is empty');
  if (cursor.offset + tagLength > end) throw new MalformedMessage('a CAA tag runs past its record');
  const tag = cursor.latin1(tagLength);
  if (!/^[A-Za-z0-9]+$/.test(tag)) throw new MalformedMessage('a CAA tag has more than letters and digits');
  return { flags, tag, value: cursor.latin1(end - cursor.offset) };
}

function readSoaMinimum(cursor: Cursor): number {
  cursor.name();
  cursor.name();
  cursor.skip(16);
  return cursor.uint32();
}

/** RFC 4034 section 5.1: key tag, algorithm, digest type, digest. */
function readDs(cursor: Cursor, end: number): RecordView {
  cursor.skip(2);
  const algorithm = cursor.uint8();
  const digestType = cursor.uint8();
  if (cursor.offset >= end) throw new MalformedMessage('a DS record has no digest');
  cursor.offset = end;
  return { kind: 'ds', algorithm, digestType };
}

function readSignature(cursor: Cursor, end: number): SignatureView {
  const covered = cursor.uint16();
  const algorithm = cursor.uint8();
  // Labels and original TTL.
  cursor.skip(5);
  const expiration = cursor.uint32();
  const inception = cursor.uint32();
  const keyTag = cursor.uint16();
  if (cursor.offset >= end) throw new MalformedMessage('an RRSIG record has no signer');
  cursor.offset = end;
  return { kind: 'rrsig', covered, algorithm, keyTag, inception, expiration };
}

function readNsec3(cursor: Cursor, end: number): Nsec3View {
  const hashAlgorithm = cursor.uint8();
  const flags = cursor.uint8();
  const iterations = cursor.uint16();
  const salt = readCounted(cursor, end);
  const nextHash = readCounted(cursor, end);
  const types = readTypeBitmap(cursor, end);
  return { kind: 'nsec3', hashAlgorithm, flags, iterations, salt, nextHash, types };
}

/** Read octets preceded by a length octet. */
function readCounted(cursor: Cursor, end: number): string {
  const length = cursor.uint8();
  if (cursor.offset + length > end) throw new MalformedMessage('an NSEC3 field runs past its record');
  return cursor.latin1(length);
}
