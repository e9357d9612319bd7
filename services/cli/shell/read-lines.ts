import { createReadStream } from 'node:fs';

/** A line of a file, without its end. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** A line that is none: see {@link readLines}. */
export class BadLineError extends Error {
  override readonly name = 'BadLineError';
  readonly number: number;

  constructor(number: number, problem: string) {
    super(problem);
    this.number = number;
  }
}

const NEWLINE = 0x0a;

/**
 * The lines of a UTF-8 file, named or being read. Only a line feed ends one: JSON text may hold other separators of lines.
 *
 * Throws {@link BadLineError} for a line that is longer than `maxBytes`, is not UTF-8, or does not end.
 *
 * @param options `mayLackEnd`: the last line may lack its line feed, as in files that people write
 */
export async function* readLines(
  source: string | AsyncIterable<Buffer>,
  maxBytes: number,
  { mayLackEnd = false }: { readonly mayLackEnd?: boolean } = {},
): AsyncGenerator<Line> {
  const chunks: AsyncIterable<Buffer> = typeof source === 'string' ? createReadStream(source) : source;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 1;
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    while (start < chunk.length) {
      const found = chunk.indexOf(NEWLINE, start);
      const end = found === -1 ? chunk.length : found;
      length += end - start;
      if (length > maxBytes) throw new BadLineError(number, `is longer than ${maxBytes} bytes`);
      begun.push(chunk.subarray(start, end));
      start = end + 1;
      if (found === -1) continue;
      yield { number, text: decode(decoder, number, Buffer.concat(begun)) };
      number += 1;
      begun = [];
      length = 0;
    }
  }
  if (length === 0) return;
  if (!mayLackEnd) throw new BadLineError(number, 'does not end');
  yield { number, text: decode(decoder, number, Buffer.concat(begun)) };
}

function decode(decoder: InstanceType<typeof TextDecoder>, number: number, bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BadLineError(number, 'is not UTF-8');
  }
}
