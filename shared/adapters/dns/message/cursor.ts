import { type DomainName, MAX_NAME_OCTETS } from './names.ts';
import { HEADER_BYTES } from './protocol.ts';

/** Why a message cannot be read. Thrown only inside the reader; `readMessage` converts it to a result. */
export class MalformedMessage extends Error {}

/**
 * Limit for labels built from one message. With pointers, two octets can encode a name of 127 labels, and a 64 KiB
 * message over a million labels; a set of 1000 records needs a few thousand.
 */
const MAX_LABELS = 65_535;

/**
 * A bounds-checked position in one message. Every read either stays inside `end` or throws {@link MalformedMessage}.
 */
export class Cursor {
  readonly bytes: Buffer;
  offset: number;
  /** The name of the question, kept because nearly every owner is a pointer to it. */
  questionName: DomainName | null = null;
  #labels = 0;

  constructor(bytes: Buffer, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  uint8(): number {
    this.#need(1);
    return this.bytes.readUInt8(this.offset++);
  }

  uint16(): number {
    this.#need(2);
    const value = this.bytes.readUInt16BE(this.offset);
    this.offset += 2;
    return value;
  }

  uint32(): number {
    this.#need(4);
    const value = this.bytes.readUInt32BE(this.offset);
    this.offset += 4;
    return value;
  }

  /** Skip `octets` and return the offset of the first one. */
  skip(octets: number): number {
    this.#need(octets);
    const start = this.offset;
    this.offset += octets;
    return start;
  }

  /** The next `octets`, one character each. */
  latin1(octets: number): string {
    const start = this.skip(octets);
    return this.bytes.toString('latin1', start, start + octets);
  }

  /**
   * RFC 1035 section 4.1.4. A pointer must lead to a position before the run of labels that it ends: "a prior
   * occurrence of the same name". Positions then always decrease, so every chain of pointers ends.
   */
  name(): DomainName {
    const labels: string[] = [];
    let octets = 1;
    let at = this.offset;
    let runStart = at;
    let jumped = false;
    for (;;) {
      const length = this.#byteAt(at);
      if (length === 0) {
        if (!jumped) this.offset = at + 1;
        return labels;
      }
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | this.#byteAt(at + 1);
        if (target < HEADER_BYTES || target >= runStart) {
          throw new MalformedMessage('a compression pointer does not lead backwards');
        }
        if (!jumped) this.offset = at + 2;
        if (target === HEADER_BYTES && labels.length === 0 && this.questionName) return this.questionName;
        jumped = true;
        at = target;
        runStart = target;
        continue;
      }
      if (length >= 0x40) throw new MalformedMessage('a label has an unknown type');
      octets += length + 1;
      if (octets > MAX_NAME_OCTETS) throw new MalformedMessage('a name is longer than 255 octets');
      if (++this.#labels > MAX_LABELS) throw new MalformedMessage('the names of the message are too many');
      if (at + 1 + length > this.bytes.length) throw new MalformedMessage('a label runs past the message');
      labels.push(this.bytes.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
  }

  #byteAt(offset: number): number {
    const byte = this.bytes[offset];
    if (byte === undefined) throw new MalformedMessage('a name runs past the message');
    return byte;
  }

  #need(octets: number): void {
    if (this.offset + octets > this.bytes.length) throw new MalformedMessage('the message ends too early');
  }
}
