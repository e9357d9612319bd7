import { encode, type PacketOpt } from 'dns-packet';
import { type DomainName, nameKey } from '../../../shared/adapters/dns/message/names.ts';
import { CLASS_IN, FLAG, HEADER_BYTES, TYPE } from '../../../shared/adapters/dns/message/protocol.ts';
import { encodeLabName } from './lab-rdata.ts';
import type { LabSet } from './zone.ts';

export interface LabQuestion {
  readonly name: DomainName;
  readonly type: number;
  /** Where the question ends in the query. */
  readonly end: number;
  /** The UDP size the client offers; null without EDNS. */
  readonly udpBytes: number | null;
}

const MIN_UDP_BYTES = 512;
const OPTION_EDE = 15;

/** The question of a query, or null for anything a client of ours would not send. */
export function readLabQuestion(query: Buffer): LabQuestion | null {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at]; length; length = query[at]) {
    if (length > 63) return null;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (end > query.length) return null;
  const hasOpt =
    query.readUInt16BE(10) === 1 && query.length >= end + 5 && query.readUInt16BE(end + 1) === TYPE.OPT;
  const udpBytes = hasOpt ? Math.max(MIN_UDP_BYTES, query.readUInt16BE(end + 3)) : null;
  return { name: labels, type: query.readUInt16BE(at + 1), end, udpBytes };
}

export function udpLimit({ udpBytes }: LabQuestion): number {
  return udpBytes ?? MIN_UDP_BYTES;
}

export interface LabReply {
  readonly rcode: number;
  readonly answers: readonly LabSet[];
  readonly authority: readonly LabSet[];
  readonly truncated?: boolean;
  readonly authenticated?: boolean;
  readonly extendedErrors?: readonly { readonly code: number; readonly text?: string }[];
}

/** Encode a response to `query`: its id and question as they came, owner names that occurred before as pointers. */
export function encodeReply(query: Buffer, question: LabQuestion, reply: LabReply): Buffer {
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  const opt = question.udpBytes === null ? null : encodeOpt(reply);
  const flags = FLAG.QR | FLAG.RD | FLAG.RA | (reply.rcode & 0x0f);
  header.writeUInt16BE(flags | (reply.truncated ? FLAG.TC : 0) | (reply.authenticated ? FLAG.AD : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(countRecords(reply.answers), 6);
  header.writeUInt16BE(countRecords(reply.authority), 8);
  header.writeUInt16BE(opt ? 1 : 0, 10);

  const parts = [header, query.subarray(HEADER_BYTES, question.end)];
  const offsets = new Map([[nameKey(question.name), HEADER_BYTES]]);
  let length = question.end;
  for (const set of [...reply.answers, ...reply.authority]) {
    for (const rdata of set.rdata) {
      const record = encodeRecord(set, rdata, offsets, length);
      parts.push(record);
      length += record.length;
    }
  }
  if (opt) parts.push(opt);
  return Buffer.concat(parts);
}

function countRecords(sets: readonly LabSet[]): number {
  return sets.reduce((count, { rdata }) => count + rdata.length, 0);
}

function encodeRecord(set: LabSet, rdata: Buffer, offsets: Map<string, number>, offset: number): Buffer {
  const key = nameKey(set.owner);
  const known = offsets.get(key);
  if (known === undefined && offset < 0x4000) offsets.set(key, offset);
  const owner =
    known === undefined ? encodeLabName(set.owner) : Buffer.from([0xc0 | (known >> 8), known & 0xff]);
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(set.type, 0);
  fields.writeUInt16BE(CLASS_IN, 2);
  fields.writeUInt32BE(set.ttl, 4);
  fields.writeUInt16BE(rdata.length, 8);
  return Buffer.concat([owner, fields, rdata]);
}

/** OPT with the upper bits of the response code and the extended errors (RFC 6891 section 6.1, RFC 8914 section 2). */
function encodeOpt({ rcode, extendedErrors = [] }: LabReply): Buffer {
  const options = extendedErrors.map(({ code, text = '' }) => {
    const info = Buffer.alloc(2);
    info.writeUInt16BE(code);
    const data = Buffer.concat([info, Buffer.from(text, 'latin1')]);
    // The library writes any option that has data; its types know fewer.
    return { code: OPTION_EDE, data } as unknown as PacketOpt;
  });
  const opt = { udpPayloadSize: 1232, extendedRcode: rcode >> 4, ednsVersion: 0, flags: 0, flag_do: false };
  const packet = encode({ additionals: [{ name: '.', type: 'OPT', ...opt, options }] });
  return packet.subarray(HEADER_BYTES);
}
