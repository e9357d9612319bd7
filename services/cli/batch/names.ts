import { CommandError } from '../shell/command.ts';
import { BadLineError, readLines } from '../shell/read-lines.ts';

/** Longest line of a file of names, bytes: a name has 253 characters. */
const MAX_LINE_BYTES = 4096;
/** Most names of one batch; more are several batches. */
const MAX_NAMES = 1_000_000;

/** What a file of names holds. */
export interface Names {
  /** Each once, in the order of the file, without space around it, in lower case and without a final dot. */
  readonly targets: readonly string[];
  readonly duplicates: number;
}

/**
 * Read a file of names, one a line; lines that are empty or begin with `#`, and what follows a `#` behind a name, are left out.
 *
 * @throws CommandError if a line is not text, is too long or holds more than one name, or there are too many.
 */
export async function readNames(source: string | AsyncIterable<Buffer>): Promise<Names> {
  const targets = new Set<string>();
  let duplicates = 0;
  try {
    for await (const { number, text } of readLines(source, MAX_LINE_BYTES, { mayLackEnd: true })) {
      const [name = '', ...more] = text.replace(/#.*$/s, '').trim().split(/\s+/);
      if (name === '') continue;
      if (more.length > 0)
        throw new CommandError(`line ${number} holds more than one name; put each on a line of its own`);
      const target = name.toLowerCase().replace(/\.$/, '');
      if (targets.has(target)) duplicates += 1;
      targets.add(target);
      if (targets.size > MAX_NAMES)
        throw new CommandError(`there are more than ${MAX_NAMES} names; split the file`);
    }
  } catch (error) {
    if (error instanceof BadLineError) throw new CommandError(`line ${error.number} ${error.message}`);
    throw error;
  }
  return { targets: [...targets], duplicates };
}
