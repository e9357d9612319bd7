import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { DatabaseReader, LevelWrite } from './level.ts';

/** Numbers the batches of a database, so that a missing one is detected. */
export interface BatchSeal {
  /** The write to add to the next batch. */
  next(): LevelWrite;
  /**
   * Note outside the database that the batch is in the log; call it before acknowledging the batch. Throws if that
   * fails.
   */
  confirm(): void;
  /** Continue after the newest batch in the database, once it was reopened. */
  resume(reader: DatabaseReader): Promise<void>;
  close(): void;
}

/**
 * Number of newest batches with distinct keys. More than fit into the logs of LevelDB, which silently skips damaged
 * parts of its logs when opened.
 */
const RING = 65_536;

const PREFIX = 'seal!';
const RANGE = { gt: PREFIX, lt: 'seal"' };
const DIGITS = 16;

/** File next to those of LevelDB, which ignores it. Overwritten in place, so that it needs no further disk space. */
const HEAD_FILE = 'mpic-head';

const keyOf = (number: number) => `${PREFIX}${String(number % RING).padStart(5, '0')}`;
const headPath = (folder: string) => join(folder, HEAD_FILE);

function toHead(number: number): string {
  const digits = String(number).padStart(DIGITS, '0');
  return `${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`;
}

/** Number of the newest acknowledged batch; null if there is no file; `damaged` if its text is invalid. */
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

/** Numbers of the newest batches in a database. */
async function readNumbers(reader: DatabaseReader): Promise<ReadonlySet<number>> {
  const entries = await reader.entries(RANGE);
  return new Set(entries.map(([, value]) => Number(value)));
}

function newestOf(numbers: ReadonlySet<number>): number {
  let newest = 0;
  for (const number of numbers) if (number > newest) newest = number;
  return newest;
}

/** Describe which of the newest batches are missing; empty if none. */
export async function findMissingBatches(reader: DatabaseReader, folder: string): Promise<readonly string[]> {
  const head = readHead(folder);
  const numbers = await readNumbers(reader);
  const newest = newestOf(numbers);
  if (head === null && numbers.size === 0) return [];
  const problems: string[] = [];
  if (head === null) problems.push(`the file ${HEAD_FILE} is missing`);
  else if (head === 'damaged') problems.push(`the file ${HEAD_FILE} is damaged`);
  else if (head > newest) problems.push(`the newest ${head - newest} groups of writes are missing`);
  // One unacknowledged batch may follow, if the process died in between.
  else if (head < newest - 1) problems.push(`the file ${HEAD_FILE} is older than the database`);
  let missing = 0;
  for (let number = Math.max(1, newest - RING + 1); number <= newest; number++)
    if (!numbers.has(number)) missing += 1;
  if (missing > 0) problems.push(`${missing} groups of writes before the newest are missing`);
  return problems;
}

/** Open the seal of a database on disk: continues after its newest batch, or starts a new count. */
export async function openBatchSeal(reader: DatabaseReader, folder: string): Promise<BatchSeal> {
  let number = newestOf(await readNumbers(reader));
  const file = openSync(headPath(folder), readHead(folder) === null ? 'w' : 'r+', 0o600);
  const confirm = () => {
    const text = toHead(number);
    if (writeSync(file, text, 0, 'latin1') !== text.length)
      throw new Error(`${HEAD_FILE} was only partly written`);
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

/** Delete all numbers after a repair; the next start begins a new count. */
export async function unseal(
  reader: DatabaseReader,
  write: (writes: readonly LevelWrite[]) => Promise<void>,
  folder: string,
): Promise<void> {
  const keys = await reader.keys(RANGE);
  await write(keys.map((key): LevelWrite => ({ type: 'del', key })));
  rmSync(headPath(folder), { force: true });
}
