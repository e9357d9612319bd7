import { isIPv4, isIPv6 } from 'node:net';
import { type DomainName, nameOctets, writeName } from '../../../shared/adapters/dns/message/names.ts';
import { TYPE } from '../../../shared/adapters/dns/message/protocol.ts';
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

function encodeIpv4(value: string): Buffer {
  if (!isIPv4(value)) throw new Error(`"${value}" is not an IPv4 address`);
  return Buffer.from(value.split('.').map(Number));
}

function encodeIpv6(value: string): Buffer {
  if (!isIPv6(value) || value.includes('.')) throw new Error(`"${value}" is not an IPv6 address in hex`);
  const [head = '', tail] = value.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill('0');
  const groups = [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** `"one" "two"` are two strings; anything without quotes is one text, cut into strings of 255 octets. */
function encodeText(value: string): Buffer {
  const quoted = [...value.matchAll(/"((?:\\.|[^"\\])*)"/gs)].map(([, text = '']) => unescapeText(text));
  const strings = value.startsWith('"') ? quoted : (value.match(/.{1,255}/gs) ?? ['']);
  return Buffer.concat(strings.map(encodeString));
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length > 255) throw new Error('a TXT string has at most 255 octets');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** `0 issue "ca.example"`; the quotes may be left out. */
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
  const fields = Buffer.alloc(20);
  numbers.forEach((number, index) => {
    fields.writeUInt32BE(Number(number), index * 4);
  });
  return Buffer.concat([encodeLabName(parseLabName(mname)), encodeLabName(parseLabName(rname)), fields]);
}
