import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { FILES } from './config.ts';
import { findByArgument, isAlive, startTimeOf } from './processes.ts';

const PREFIX = 'mpic-unbound-';
const FOLDER_NAME = /^mpic-unbound-[A-Za-z0-9]{6}$/;

/** A folder that has no owner yet may just be in the making. */
const MAKING_MS = 60_000;
const MAX_OWNER_BYTES = 1024;

/** How long a leftover daemon may take to end. */
const KILL_WAIT_MS = 2000;
const KILL_POLL_MS = 10;

interface Owner {
  readonly pid: number;
  readonly startedAt: string | null;
}

/** A new folder below `parent` that only this user can enter, and in it who made it. */
export async function makePrivateFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, PREFIX));
  await chmod(folder, 0o700);
  const owner: Owner = { pid: process.pid, startedAt: startTimeOf(process.pid) };
  await writeFile(join(folder, FILES.owner), JSON.stringify(owner), { mode: 0o600 });
  return folder;
}

/**
 * Remove what processes that were killed left below `parent`: their daemons first, then the folders. Only folders of this
 * user that look exactly as ours do are touched, and only daemons that run on a configuration inside one of them.
 */
export async function removeLeftovers(parent: string, now: () => number = Date.now): Promise<void> {
  const leftovers = listEntries(parent)
    .filter((name) => FOLDER_NAME.test(name))
    .map((name) => join(parent, name))
    .filter((folder) => isLeftover(folder, now()));
  await Promise.all(leftovers.map(removeLeftover));
}

function listEntries(parent: string): readonly string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}

function isLeftover(folder: string, now: number): boolean {
  try {
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
    const owner = readOwner(folder);
    return owner === null ? now - found.mtimeMs > MAKING_MS : !isRunning(owner);
  } catch {
    // Somebody else has removed it meanwhile.
    return false;
  }
}

function readOwner(folder: string): Owner | null {
  const path = join(folder, FILES.owner);
  try {
    const found = lstatSync(path);
    if (!found.isFile() || found.size > MAX_OWNER_BYTES) return null;
    const { pid, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null;
    return { pid, startedAt: typeof startedAt === 'string' ? startedAt : null };
  } catch {
    return null;
  }
}

function isRunning({ pid, startedAt }: Owner): boolean {
  return isAlive(pid) && (startedAt === null || startTimeOf(pid) === startedAt);
}

async function removeLeftover(folder: string): Promise<void> {
  const daemons = await findByArgument(join(folder, FILES.config));
  await Promise.all(daemons.map(endProcess));
  await rm(folder, { recursive: true, force: true });
}

async function endProcess(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
  const until = performance.now() + KILL_WAIT_MS;
  while (isAlive(pid) && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, KILL_POLL_MS));
  }
}

/** For a process that is about to exit and cannot wait. */
export function removeFolderNow(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
