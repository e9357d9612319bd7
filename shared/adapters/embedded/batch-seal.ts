import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { DatabaseReader, LevelWrite } from './level.ts';

/** Numbers the batches of a database, so that a missing one is noticed. */
export interface BatchSeal {
  /** What goes with the next batch. */
  next(): LevelWrite;
  /** The batch is in the log: note that outside the database, before anybody is told. Throws where that is not possible. */
  confirm(): void;
  /** Go on after the newest batch that the database has, when it was opened anew. */
  resume(reader: DatabaseReader): Promise<void>;
  close(): void;
}

/**
 * How many of the newest batches can be told from each other: more than fit into the logs of LevelDB, of which a damaged part
 * is left out at the next opening without a word.
 */
const RING = 65_536;

const PREFIX = 'seal!';
const RANGE = { gt: PREFIX, lt: 'seal"' };
const DIGITS = 16;

/** Beside the files of LevelDB, which leaves it alone; overwritten in place, so that it needs no further space. */
const HEAD_FILE = 'mpic-head';

const keyOf = (number: number) => `${PREFIX}${String(number % RING).padStart(5, '0')}`;
const headPath = (folder: string) => join(folder, HEAD_FILE);

function toHead(number: number): string {
  const digits = String(number).padStart(DIGITS, '0');
  return `${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`;
}

/** Number of the newest batch that was acknowledged; null without the file; a text that is not one is `damaged`. */
export function readHead(folder: string): number | null | 'damaged' {
  let text: string;
  try {
    text = readFileSync(headPath(folder), 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const number = Number(text.slice(0, DIGITS));
  return Number.isSafeInteger(number) && text === toHead(number) ? number : 'damaged';
}

/** Numbers of the newest batches that a database has. */
async function readNumbers(reader: DatabaseReader): Promise<ReadonlySet<number>> {
  const entries = await reader.entries(RANGE);
  return new Set(entries.map(([, value]) => Number(value)));
}

function newestOf(numbers: ReadonlySet<number>): number {
  let newest = 0;
  for (const number of numbers) if (number > newest) newest = number;
  return newest;
}

/** What is missing of the newest batches, in words; empty: nothing. */
export async function findMissingBatches(reader: DatabaseReader, folder: string): Promise<readonly string[]> {
  const head = readHead(folder);
  const numbers = await readNumbers(reader);
  const newest = newestOf(numbers);
  if (head === null && numbers.size === 0) return [];
  const problems: string[] = [];
  if (head === null) problems.push(`the file ${HEAD_FILE} is missing`);
  else if (head === 'damaged') problems.push(`the file ${HEAD_FILE} is damaged`);
  else if (head > newest) problems.push(`the newest ${head - newest} groups of writes are missing`);
  // One more than was acknowledged may be there, of a process that died in between.
  else if (head < newest - 1) problems.push(`the file ${HEAD_FILE} is older than the database`);
  let missing = 0;
  for (let number = Math.max(1, newest - RING + 1); number <= newest; number++)
    if (!numbers.has(number)) missing += 1;
  if (missing > 0) problems.push(`${missing} groups of writes before the newest are missing`);
  return problems;
}

/** The seal of a database on disk, from the newest batch on that it has; begins where there is none. */
export async function openBatchSeal(reader: DatabaseReader, folder: string): Promise<BatchSeal> {
  let number = newestOf(await readNumbers(reader));
  const file = openSync(headPath(folder), readHead(folder) === null ? 'w' : 'r+', 0o600);
  const confirm = () => {
    const text = toHead(number);
    if (writeSync(file, text, 0, 'latin1') !== text.length)
      throw new Error(`${HEAD_FILE} was written in part`);
  };
  confirm();
  return {
    next() {
      number += 1;
      return { type: 'put', key: keyOf(number), value: String(number) };
    },
    confirm,
    async resume(opened) {
      number = newestOf(await readNumbers(opened));
    },
    close: () => closeSync(file),
  };
}

/** Take away all numbers, after what is missing was given up: the next start begins to count anew. */
export async function unseal(
  reader: DatabaseReader,
  write: (writes: readonly LevelWrite[]) => Promise<void>,
  folder: string,
): Promise<void> {
  const keys = await reader.keys(RANGE);
  await write(keys.map((key): LevelWrite => ({ type: 'del', key })));
  rmSync(headPath(folder), { force: true });
}
