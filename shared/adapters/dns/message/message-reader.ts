import { Cursor, MalformedMessage } from './cursor.ts';
import { type Edns, type ExtendedError, readOpt } from './edns.ts';
import type { DomainName } from './names.ts';
import { CLASS_IN, FLAG, HEADER_BYTES, TYPE } from './protocol.ts';
import { type RecordView, readRdata } from './rdata.ts';

export interface ResourceRecord {
  readonly owner: DomainName;
  readonly type: number;
  readonly ttl: number;
  /** Null for types that are not evaluated. */
  readonly view: RecordView | null;
}

export interface DnsMessage {
  readonly flags: number;
  readonly question: { readonly name: DomainName; readonly type: number };
  /** All 12 bits, including those in the OPT record (RFC 6891 section 6.1.3). */
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly extendedErrors: readonly ExtendedError[];
}

export type ReadResult =
  | { readonly status: 'ok'; readonly message: DnsMessage }
  | { readonly status: 'malformed'; readonly reason: string };

/** Root owner, type, class, TTL and RDLENGTH. */
const MIN_RECORD_BYTES = 11;
/** Root name, type and class. */
const MIN_QUESTION_BYTES = 5;

/**
 * Read a whole DNS message (RFC 1035 section 4); rejects every deviation from the format.
 *
 * An issuance may depend on the answer, and its content is untrusted, so nothing is repaired. Requires one question of
 * class IN, RDATA exactly as long as RDLENGTH, pointers that lead backwards, and no trailing octets. Never throws.
 */
export function readMessage(bytes: Buffer): ReadResult {
  try {
    return { status: 'ok', message: readAll(bytes) };
  } catch (error) {
    const known = error instanceof MalformedMessage;
    return { status: 'malformed', reason: known ? error.message : 'the message cannot be read' };
  }
}

function readAll(bytes: Buffer): DnsMessage {
  const cursor = new Cursor(bytes);
  cursor.skip(2);
  const flags = cursor.uint16();
  const counts = [cursor.uint16(), cursor.uint16(), cursor.uint16(), cursor.uint16()] as const;
  checkCounts(counts, bytes.length);

  const question = readQuestion(cursor);
  const answers = readRecords(cursor, counts[1]);
  const authority = readRecords(cursor, counts[2]);
  const edns = readAdditional(cursor, counts[3]);
  if (cursor.offset !== bytes.length) throw new MalformedMessage('octets are left over');

  const rcode = ((edns?.extendedRcode ?? 0) << 4) | (flags & 0x0f);
  return { flags, question, rcode, answers, authority, extendedErrors: edns?.extendedErrors ?? [] };
}

/** Rejects counts that do not fit into the message before any record is built. */
function checkCounts(counts: readonly [number, number, number, number], length: number): void {
  const [questions, answers, authority, additional] = counts;
  if (questions !== 1) throw new MalformedMessage('there is not exactly one question');
  const records = answers + authority + additional;
  if (HEADER_BYTES + MIN_QUESTION_BYTES + records * MIN_RECORD_BYTES > length) {
    throw new MalformedMessage('the message is too short for its record counts');
  }
}

function readQuestion(cursor: Cursor): DnsMessage['question'] {
  const name = cursor.name();
  const type = cursor.uint16();
  if (cursor.uint16() !== CLASS_IN) throw new MalformedMessage('the question is not of class IN');
  cursor.questionName = name;
  return { name, type };
}

function readRecords(cursor: Cursor, count: number): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let index = 0; index < count; index++) {
    const owner = cursor.name();
    const type = cursor.uint16();
    if (type === TYPE.OPT) throw new MalformedMessage('an OPT record is out of place');
    records.push(readRecordRest(cursor, owner, type));
  }
  return records;
}

function readRecordRest(cursor: Cursor, owner: DomainName, type: number): ResourceRecord {
  if (cursor.uint16() !== CLASS_IN) throw new MalformedMessage('a record is not of class IN');
  const ttl = cursor.uint32();
  const view = readRdata(cursor, type, cursor.uint16());
  return { owner, type, ttl: clampTtl(ttl), view };
}

/** RFC 2181 section 8: a TTL with the top bit set counts as zero. */
function clampTtl(ttl: number): number {
  return ttl > 0x7fff_ffff ? 0 : ttl;
}

/** Checks the form of the additional section; only OPT, at most once (RFC 6891 section 6.1.1), is evaluated. */
function readAdditional(cursor: Cursor, count: number): Edns | null {
  let edns: Edns | null = null;
  for (let index = 0; index < count; index++) {
    const owner = cursor.name();
    const type = cursor.uint16();
    if (type !== TYPE.OPT) {
      readRecordRest(cursor, owner, type);
      continue;
    }
    if (edns) throw new MalformedMessage('there is more than one OPT record');
    cursor.skip(2);
    const ttl = cursor.uint32();
    edns = readOpt(cursor, owner, ttl, cursor.uint16());
  }
  return edns;
}

/** Whether the server marks answer and denial as validated, by the AD bit (RFC 4035 section 3.2.3). */
export function isAuthenticated(message: DnsMessage): boolean {
  return (message.flags & FLAG.AD) !== 0;
}
