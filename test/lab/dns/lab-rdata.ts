import { isIPv4, isIPv6 } from 'node:net';
import { type Answer, encode } from 'dns-packet';
import { type DomainName, nameOctets, writeName } from '../../../shared/adapters/dns/message/names.ts';
import { HEADER_BYTES, TYPE } from '../../../shared/adapters/dns/message/protocol.ts';
import { parseLabName, unescapeToken } from './lab-name.ts';

/** The number of `CAA`, `TYPE257` or any other type the lab can write. */
export function labTypeNumber(type: string): number {
  const name = type.toUpperCase();
  const known = Object.entries(TYPE).find(([key]) => key === name)?.[1];
  const number = known ?? Number(/^TYPE(\d+)$/.exec(name)?.[1]);
  if (!Number.isInteger(number)) throw new Error(`"${type}" is not a record type the lab knows`);
  return number;
}

/**
 * Encode one record's RDATA from presentation format. `\# <length> <hex>` (RFC 3597 section 5) works for every type, so
 * that a zone can hold what no honest server sends.
 *
 * @throws Error for a value that does not fit its type.
 */
export function encodeLabRdata(type: number, value: string): Buffer {
  const raw = /^\\#\s+\d+\s*([0-9A-Fa-f\s]*)$/.exec(value);
  if (raw) return Buffer.from((raw[1] ?? '').replace(/\s/g, ''), 'hex');
  switch (type) {
    case TYPE.A:
      return encodeIpv4(value);
    case TYPE.AAAA:
      return encodeIpv6(value);
    case TYPE.CNAME:
    case TYPE.DNAME:
    case TYPE.PTR:
    case TYPE.NS:
      return encodeLabName(parseLabName(value));
    case TYPE.TXT:
      return encodeText(value);
    case TYPE.CAA:
      return encodeCaa(value);
    case TYPE.SOA:
      return encodeSoa(value);
    default:
      throw new Error(`a record of type ${type} needs the form \\# length hex`);
  }
}

export function encodeLabName(name: DomainName): Buffer {
  const bytes = Buffer.alloc(nameOctets(name));
  writeName(name, bytes, 0);
  return bytes;
}

/** The RDATA of a record as the library writes it: behind the header, the root as owner, and the fields of a record. */
function rdataOf(answer: Answer): Buffer {
  return encode({ answers: [answer] }).subarray(HEADER_BYTES + 1 + 10);
}

function encodeIpv4(value: string): Buffer {
  if (!isIPv4(value)) throw new Error(`"${value}" is not an IPv4 address`);
  return rdataOf({ name: '.', type: 'A', data: value });
}

function encodeIpv6(value: string): Buffer {
  if (!isIPv6(value) || value.includes('.')) throw new Error(`"${value}" is not an IPv6 address in hex`);
  return rdataOf({ name: '.', type: 'AAAA', data: value });
}

/** `"one" "two"` are two strings; anything without quotes is one text, cut into strings of 255 octets. */
function encodeText(value: string): Buffer {
  const quoted = [...value.matchAll(/"((?:\\.|[^"\\])*)"/gs)].map(([, text = '']) => unescapeText(text));
  const strings = value.startsWith('"') ? quoted : (value.match(/.{1,255}/gs) ?? ['']);
  const data = strings.map((text) => Buffer.from(text, 'latin1'));
  if (data.some(({ length }) => length > 255)) throw new Error('a TXT string has at most 255 octets');
  return rdataOf({ name: '.', type: 'TXT', data });
}

/** `0 issue "ca.example"`; the quotes may be left out. By hand, since the value may be any octets and the library takes text. */
function encodeCaa(value: string): Buffer {
  const match = /^(\d+)\s+(\S+)\s+(.*)$/s.exec(value);
  if (!match) throw new Error(`"${value}" is not flags, tag and value of a CAA record`);
  const [, flags, tag = '', text = ''] = match;
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  const content = quoted === undefined ? text : unescapeText(quoted);
  return Buffer.concat([Buffer.from([Number(flags), tag.length]), Buffer.from(tag + content, 'latin1')]);
}

function unescapeText(text: string): string {
  return text.replace(/\\\d{3}|\\./gs, unescapeToken);
}

/** `mname rname serial refresh retry expire minimum`. */
function encodeSoa(value: string): Buffer {
  const [mname = '', rname = '', ...numbers] = value.split(/\s+/);
  if (numbers.length !== 5) throw new Error(`"${value}" is not a SOA record`);
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  const soa = { mname: '.', rname: '.', serial, refresh, retry, expire, minimum };
  // The names of a zone may hold octets that text does not: they take the place of the two roots.
  const fields = rdataOf({ name: '.', type: 'SOA', data: soa }).subarray(2);
  return Buffer.concat([encodeLabName(parseLabName(mname)), encodeLabName(parseLabName(rname)), fields]);
}
