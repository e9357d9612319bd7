import { existsSync } from 'node:fs';
import { cp, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { readHead } from './batch-seal.ts';
import { checkStore, type StoreCheck } from './check-store.ts';
import { describeError, readerOf } from './database.ts';
import type { Level } from './level.ts';
import { type Repair, repairStore } from './repair-store.ts';

/** The store is damaged; the message says what is wrong and what to do. */
export class StoreDamagedError extends Error {
  override readonly name = 'StoreDamagedError';
}

/** Time limit for checking requests at start, newest first; enough for about a hundred thousand. */
const START_CHECK_MS = 10_000;

const beforeOf = (folder: string) => join(dirname(folder), 'store.before');
/** Folder that keeps the files of a damaged store unchanged. */
const damagedOf = (folder: string) => join(dirname(folder), 'store.damaged');

/**
 * Open the database in a folder, and check that everything acknowledged is present.
 *
 * LevelDB silently skips damaged parts of its log, and then deletes the log. The files are therefore kept by hard links
 * until the check ends, and permanently if it finds damage.
 *
 * @throws StoreDamagedError
 */
export async function openCheckedLevel(folder: string, clock: Clock, log: Log): Promise<Level> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(join(folder, 'CURRENT')) && readHead(folder) !== null)
    throw damaged(folder, ['the file CURRENT is missing']);
  if (existsSync(beforeOf(folder)))
    log.error('store_opening_interrupted', {
      folder,
      meaning:
        'the last start ended while it opened the store; where LevelDB ended it, the store is damaged: npx mpic store repair',
    });
  await keepFiles(folder);
  // Starts to open by itself in the next turn.
  const level = new ClassicLevel<string, string>(folder);
  try {
    await level.open();
  } catch (error) {
    if (!isCorruption(error)) {
      await rm(beforeOf(folder), { recursive: true, force: true });
      throw error;
    }
    throw await keptAside(folder, [describeError(error)]);
  }
  const { problems, checked, left } = await checkStore(readerOf(level), folder, clock, START_CHECK_MS);
  if (problems.length > 0) {
    await level.close();
    throw await keptAside(folder, problems);
  }
  await rm(beforeOf(folder), { recursive: true, force: true });
  if (left > 0)
    log.warn('store_check_incomplete', {
      checked,
      left,
      meaning: 'npx mpic store check looks at all of them, while the service is stopped',
    });
  return level;
}

/** Check a whole store that no service uses. */
export async function checkFolder(folder: string, clock: Clock): Promise<StoreCheck> {
  await keepFiles(folder);
  const level = new ClassicLevel<string, string>(folder, { createIfMissing: false });
  try {
    await level.open();
    const check = await checkStore(readerOf(level), folder, clock, Number.POSITIVE_INFINITY);
    await level.close();
    if (check.problems.length > 0) await keptAside(folder, check.problems);
    return check;
  } catch (error) {
    if (!isCorruption(error)) throw error;
    await keptAside(folder, [describeError(error)]);
    return { problems: [describeError(error)], checked: 0, left: 0 };
  } finally {
    await rm(beforeOf(folder), { recursive: true, force: true });
  }
}

/** Make a damaged store usable. Copies its files first, unless the check that found the damage has kept them. */
export async function repairFolder(
  folder: string,
  now: () => number,
): Promise<Repair & { readonly keptIn: string }> {
  const keptIn = damagedOf(folder);
  const isKept = existsSync(keptIn);
  if (!isKept) {
    await cp(folder, `${keptIn}.part`, { recursive: true });
    await rename(`${keptIn}.part`, keptIn);
  }
  let repaired: Repair;
  try {
    repaired = await repairInPlace(folder);
  } catch (error) {
    // The store is in use and unchanged: drop the copy, or it would prevent keeping files that are damaged later.
    if (isInUse(error) && !isKept) await rm(keptIn, { recursive: true, force: true });
    throw error;
  }
  // Rename, so that the files of the next damage are kept too.
  const filed = `${keptIn}-${new Date(now()).toISOString().replaceAll(':', '')}`;
  await rename(keptIn, filed);
  return { ...repaired, keptIn: filed };
}

async function repairInPlace(folder: string): Promise<Repair> {
  try {
    return await repairOpened(folder);
  } catch (error) {
    if (!isCorruption(error) && existsSync(join(folder, 'CURRENT'))) throw error;
  }
  await ClassicLevel.repair(folder);
  return repairOpened(folder);
}

async function repairOpened(folder: string): Promise<Repair> {
  const level = new ClassicLevel<string, string>(folder, { createIfMissing: false });
  await level.open();
  try {
    return await repairStore(readerOf(level), (writes) => level.batch([...writes]), folder);
  } finally {
    await level.close();
  }
}

async function keepFiles(folder: string): Promise<void> {
  const before = beforeOf(folder);
  await rm(before, { recursive: true, force: true });
  await mkdir(before, { mode: 0o700 });
  try {
    for (const name of await readdir(folder))
      if (name !== 'LOCK') await link(join(folder, name), join(before, name));
  } catch (error) {
    // The file system has no hard links: continue without kept files.
    await rm(before, { recursive: true, force: true });
    if (!isUnsupported(error)) throw error;
  }
}

async function keptAside(folder: string, problems: readonly string[]): Promise<StoreDamagedError> {
  const before = beforeOf(folder);
  if (existsSync(before) && !existsSync(damagedOf(folder))) await rename(before, damagedOf(folder));
  await rm(before, { recursive: true, force: true });
  return damaged(folder, problems);
}

function damaged(folder: string, problems: readonly string[]): StoreDamagedError {
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : '';
  return new StoreDamagedError(
    `the store in ${folder} is damaged: ${problems.slice(0, 3).join('; ')}${more}. ` +
      `Mend or replace the disk, then keep what can be kept with: npx mpic store repair --data-dir ${dirname(folder)}`,
  );
}

/** Whether another process has the store open. */
export function isInUse(error: unknown): boolean {
  const causes = [error, error instanceof Error ? error.cause : undefined];
  return causes.some((one) => codeOf(one) === 'LEVEL_LOCKED');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function isUnsupported(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(String(codeOf(error)));
}

/** Whether LevelDB found its files changed or missing. */
function isCorruption(error: unknown): boolean {
  const causes = [error, error instanceof Error ? error.cause : undefined];
  return causes.some(
    (one) => codeOf(one) === 'LEVEL_CORRUPTION' || /corruption|no such file/i.test(describeError(one)),
  );
}
