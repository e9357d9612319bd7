import { CLASS_IN } from '../../../../../shared/adapters/dns/message/protocol.ts';

/** One record, octet by octet. Unchecked, since most tests need invalid records. */
export interface WireRecord {
  readonly owner?: Buffer;
  readonly type: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly rdata: Buffer;
  /** RDLENGTH to write instead of the correct one. */
  readonly rdlength?: number;
}

export interface WireMessage {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: readonly Buffer[];
  readonly answers?: readonly WireRecord[];
  readonly authority?: readonly WireRecord[];
  readonly additional?: readonly WireRecord[];
  readonly counts?: readonly [number, number, number, number];
  readonly trailing?: Buffer;
}

export const RESPONSE_FLAGS = 0x8180;
/** A pointer to the question's name. */
export const QNAME = Buffer.from([0xc0, 0x0c]);

/** `www.example.test` uncompressed; labels may contain any octet except a dot. */
export function wireName(text: string): Buffer {
  const labels = text === '' ? [] : text.split('.');
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}

export function wireQuestion(name: string, type: number, cls: number = CLASS_IN): Buffer {
  return Buffer.concat([wireName(name), uint16(type), uint16(cls)]);
}

export function wireMessage(message: WireMessage): Buffer {
  const {
    questions = [wireQuestion('www.example.test', 257)],
    answers = [],
    authority = [],
    additional = [],
  } = message;
  const counts = message.counts ?? [questions.length, answers.length, authority.length, additional.length];
  return Buffer.concat([
    uint16(message.id ?? 1),
    uint16(message.flags ?? RESPONSE_FLAGS),
    ...counts.map(uint16),
    ...questions,
    ...[...answers, ...authority, ...additional].map(wireRecord),
    message.trailing ?? Buffer.alloc(0),
  ]);
}

function wireRecord(record: WireRecord): Buffer {
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(record.ttl ?? 300);
  const cls = record.class ?? CLASS_IN;
  const length = record.rdlength ?? record.rdata.length;
  return Buffer.concat([
    record.owner ?? QNAME,
    uint16(record.type),
    uint16(cls),
    ttl,
    uint16(length),
    record.rdata,
  ]);
}

export function caaRdata(flags: number, tag: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([flags, tag.length]), Buffer.from(tag + value, 'latin1')]);
}

export function soaRdata(minimum: number): Buffer {
  const numbers = Buffer.alloc(20);
  numbers.writeUInt32BE(minimum, 16);
  return Buffer.concat([wireName('ns.test'), wireName('admin.test'), numbers]);
}

/** An OPT record with the given options, already encoded. */
export function optRecord(options: readonly Buffer[] = [], extendedRcode = 0): WireRecord {
  const ttl = extendedRcode * 0x0100_0000;
  return { owner: Buffer.from([0]), type: 41, class: 1232, ttl, rdata: Buffer.concat(options) };
}

export function edeOption(code: number, text: string | Buffer = ''): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  return Buffer.concat([uint16(15), uint16(2 + bytes.length), uint16(code), bytes]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
