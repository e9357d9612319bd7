import { nameKey } from '../../../shared/adapters/dns/message/names.ts';
import { HEADER_BYTES, RCODE } from '../../../shared/adapters/dns/message/protocol.ts';
import type { LabQuestion } from './lab-message.ts';
import { parseLabName } from './lab-name.ts';
import { labTypeNumber } from './lab-rdata.ts';

export type Transport = 'udp' | 'tcp';

/**
 * How the server is to misbehave for a name. All but `reply` is plain data, so that it can go to another process as JSON.
 * Members combine: `{ ad: true, delayMs: 100 }` is a late answer with the AD bit.
 */
export interface LabScript {
  /** `*`: every name. */
  readonly name: string;
  /** Left out: every type. */
  readonly type?: string;
  /** Only the first so many queries; then as if it were not there. */
  readonly times?: number;
  /** Answer with this code and no records. */
  readonly rcode?: number | 'servfail' | 'refused';
  /** Say nothing. */
  readonly silent?: boolean;
  readonly delayMs?: number;
  /** Cut over UDP whatever the size. */
  readonly truncate?: boolean;
  readonly ad?: boolean;
  readonly extendedErrors?: readonly { readonly code: number; readonly text?: string }[];
  /** Stop after so many aliases. */
  readonly maxLinks?: number;
  /** Take the SOA out of denials. */
  readonly withoutSoa?: boolean;
  readonly wrongId?: boolean;
  /** Echo another name, the same name in other letters, or count two questions. */
  readonly wrongQuestion?: 'name' | 'case' | 'count';
  /** Cut the last octets off, or add some. */
  readonly malformed?: 'short' | 'long';
  /** Over TCP: accept and say nothing, announce more than comes, or close in the middle. */
  readonly tcp?: 'stall' | 'lying-length' | 'close-early';
  /** The messages to send, given the one that would be sent. */
  readonly reply?: (answer: Buffer, query: Buffer, transport: Transport) => readonly Buffer[];
}

export function scriptRcode(rcode: LabScript['rcode']): number | null {
  if (rcode === undefined) return null;
  if (rcode === 'servfail') return RCODE.SERVFAIL;
  return rcode === 'refused' ? RCODE.REFUSED : rcode;
}

/** Finds the first script that fits a question and still has `times` left. */
export function createScriptBook(scripts: readonly LabScript[]): (question: LabQuestion) => LabScript | null {
  const entries = scripts.map((script) => ({
    script,
    key: script.name === '*' ? null : nameKey(parseLabName(script.name)),
    type: script.type === undefined ? null : labTypeNumber(script.type),
    left: script.times ?? Number.POSITIVE_INFINITY,
  }));
  return ({ name, type }) => {
    if (entries.length === 0) return null;
    const key = nameKey(name);
    const entry = entries.find(
      (one) =>
        one.left > 0 && (one.key === null || one.key === key) && (one.type === null || one.type === type),
    );
    if (!entry) return null;
    entry.left -= 1;
    return entry.script;
  };
}

/** The messages that go out for `answer`, as the script has them spoilt. */
export function spoilReply(
  answer: Buffer,
  query: Buffer,
  transport: Transport,
  script: LabScript,
): readonly Buffer[] {
  if (script.silent) return [];
  const bytes = Buffer.from(answer);
  if (script.wrongId) bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 0x5555, 0);
  if (script.wrongQuestion === 'count') bytes.writeUInt16BE(2, 4);
  const firstLetter = HEADER_BYTES + 1;
  if (script.wrongQuestion === 'case') bytes[firstLetter] = (bytes[firstLetter] ?? 0) ^ 0x20;
  if (script.wrongQuestion === 'name') bytes[firstLetter] = (bytes[firstLetter] ?? 0) ^ 0x01;
  const sized = resize(bytes, script.malformed);
  return script.reply ? script.reply(sized, query, transport) : [sized];
}

function resize(bytes: Buffer, malformed: LabScript['malformed']): Buffer {
  if (malformed === 'short') return bytes.subarray(0, bytes.length - 3);
  return malformed === 'long' ? Buffer.concat([bytes, Buffer.alloc(3)]) : bytes;
}
