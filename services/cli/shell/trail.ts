import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeUnseen, quoteInput } from '../../../shared/domain/net/quote.ts';
import { CommandError, type Io } from './command.ts';
import { BadLineError, readLines } from './read-lines.ts';

/** A line of an audit trail as it was read. */
export interface TrailLine {
  /** `file:number`. */
  readonly place: string;
  /** The line as it is; empty for one that cannot be read. */
  readonly text: string;
  /** Why the line cannot be read; null if it can. */
  readonly problem: string | null;
}

/** The largest record there is holds what each hop of an HTTP check showed. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/**
 * Every line of the given trails that is not empty, file after file.
 *
 * @param paths files, folders (every `*.jsonl` below them, by name), or `-` for standard input
 * @throws CommandError if one cannot be read.
 */
export async function* readTrails(
  paths: readonly string[],
  { stdin }: Pick<Io, 'stdin'>,
): AsyncGenerator<TrailLine> {
  for (const path of paths) {
    try {
      for (const file of await listTrail(path)) yield* readFile(file, stdin);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      throw new CommandError(`${quoteInput(path)} cannot be read: ${escapeUnseen(error.message)}`);
    }
  }
}

async function listTrail(path: string): Promise<readonly string[]> {
  if (path === '-' || !(await stat(path)).isDirectory()) return [path];
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function* readFile(file: string, stdin: AsyncIterable<Buffer>): AsyncGenerator<TrailLine> {
  try {
    const lines = readLines(file === '-' ? stdin : createReadStream(file), MAX_LINE_BYTES);
    for await (const { number, text } of lines)
      if (text.trim() !== '') yield { place: `${file}:${number}`, text, problem: null };
  } catch (error) {
    if (!(error instanceof BadLineError)) throw error;
    yield { place: `${file}:${error.number}`, text: '', problem: error.message };
  }
}
