import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { FILES } from './config.ts';
import { findByArgument, isAlive } from './processes.ts';

const PREFIX = 'mpic-unbound-';
const FOLDER_NAME = /^mpic-unbound-[A-Za-z0-9]{6}$/;

/** A folder younger than this may still be in creation, without an owner yet. */
const MAKING_MS = 60_000;

/** Time-out for an owner to accept a connection; the kernel accepts it even for a stopped process. */
const OWNER_TIMEOUT_MS = 2000;

/** Longest wait for a leftover daemon to end. */
const KILL_WAIT_MS = 2000;
const KILL_POLL_MS = 10;

/**
 * A folder that only this user can enter, owned by this process until it ends or removes the folder.
 *
 * The owner listens on a socket in the folder. The kernel closes it however the process ends. Unlike a process id, a
 * socket identifies the owner from every container that shares the folder.
 */
export interface PrivateFolder {
  readonly path: string;
  /** Remove the folder and its content. */
  remove(): Promise<void>;
  /** The same, synchronously, for a process about to exit. */
  removeNow(): void;
}

export async function makePrivateFolder(parent: string): Promise<PrivateFolder> {
  const path = await mkdtemp(join(parent, PREFIX));
  try {
    await chmod(path, 0o700);
    // Renamed once it listens: a socket that is bound but not listening looks like one of an ended process.
    const owner = await listen(join(path, `${FILES.owner}.new`));
    await rename(join(path, `${FILES.owner}.new`), join(path, FILES.owner));
    return {
      path,
      remove: async () => {
        owner.close();
        await rm(path, { recursive: true, force: true });
      },
      removeNow: () => rmSync(path, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw error;
  }
}

/** Open a socket that does not keep the process alive and sends nothing. */
function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

/**
 * Remove what killed processes left below `parent`: their daemons first, then the folders. Touches only folders of this
 * user that match our naming, and only daemons whose configuration is inside one of them.
 */
export async function removeLeftovers(parent: string, now: () => number = Date.now): Promise<void> {
  const folders = listEntries(parent)
    .filter((name) => FOLDER_NAME.test(name))
    .map((name) => join(parent, name));
  await Promise.all(
    folders.map(async (folder) => {
      if (await isLeftover(folder, now())) await removeLeftover(folder);
    }),
  );
}

function listEntries(parent: string): readonly string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}

async function isLeftover(folder: string, now: number): Promise<boolean> {
  try {
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
    const owner = await askOwner(join(folder, FILES.owner));
    return owner === 'absent' ? now - found.mtimeMs > MAKING_MS : owner === 'gone';
  } catch {
    // Another process has removed the folder meanwhile.
    return false;
  }
}

/** `gone` only if the kernel reports that no process listens; every other outcome counts as `alive`. */
function askOwner(path: string): Promise<'alive' | 'gone' | 'absent'> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return Promise.resolve('absent');
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (owner: 'alive' | 'gone') => {
      clearTimeout(timer);
      socket.destroy();
      resolve(owner);
    };
    const timer = setTimeout(() => settle('alive'), OWNER_TIMEOUT_MS);
    socket.once('connect', () => settle('alive'));
    socket.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      settle(code === 'ECONNREFUSED' ? 'gone' : 'alive');
    });
  });
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
