/** A hash of all events so far, in order: two runs of one history have the same digest. */
export class Trace {
  #high = 0x9dc5811c;
  #low = 0x1b873593;
  /** The lines, if requested. */
  readonly lines: string[] | null;

  constructor(keepLines: boolean) {
    this.lines = keepLines ? [] : null;
  }

  note(line: string): void {
    this.lines?.push(line);
    let high = this.#high;
    let low = this.#low;
    for (let index = 0; index < line.length; index += 1) {
      const unit = line.charCodeAt(index);
      high = Math.imul(high ^ unit, 0x01000193);
      low = Math.imul(low ^ unit, 0x5bd1e995);
    }
    this.#high = high ^ (low >>> 13);
    this.#low = low ^ (high >>> 11);
  }

  get digest(): string {
    return hex(this.#high) + hex(this.#low);
  }
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** A 32-bit hash of a text, which seeds its random stream. */
export function hashText(text: string, seed: number): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
