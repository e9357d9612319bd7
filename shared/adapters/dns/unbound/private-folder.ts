import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { FILES } from './config.ts';
import { findByArgument, isAlive } from './processes.ts';

const PREFIX = 'mpic-unbound-';
const FOLDER_NAME = /^mpic-unbound-[A-Za-z0-9]{6}$/;

/** A folder that has no owner yet may just be in the making. */
const MAKING_MS = 60_000;

/** How long an owner may take to accept a connection; one that is stopped accepts it all the same. */
const OWNER_TIMEOUT_MS = 2000;

/** How long a leftover daemon may take to end. */
const KILL_WAIT_MS = 2000;
const KILL_POLL_MS = 10;

/**
 * A folder that only this user can enter, owned for as long as this process lives or until it is removed.
 *
 * Its owner listens on a socket in it. The kernel closes that when the process ends, however it ends, and a socket in a
 * file system is reached from every container that shares the folder, where process numbers mean other processes.
 */
export interface PrivateFolder {
  readonly path: string;
  /** Remove it with everything in it. */
  remove(): Promise<void>;
  /** The same, for a process that is about to exit and cannot wait. */
  removeNow(): void;
}

export async function makePrivateFolder(parent: string): Promise<PrivateFolder> {
  const path = await mkdtemp(join(parent, PREFIX));
  try {
    await chmod(path, 0o700);
    // Under another name until it listens: a socket that is bound and does not listen yet looks like one of the dead.
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

/** A socket that keeps no process alive and says nothing. */
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
 * Remove what processes that were killed left below `parent`: their daemons first, then the folders. Only folders of this
 * user that look exactly as ours do are touched, and only daemons that run on a configuration inside one of them.
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
    // Another process has removed it meanwhile.
    return false;
  }
}

/** `gone` only where the kernel says that no process listens any more; whatever else happens counts as an owner. */
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
