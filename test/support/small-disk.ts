import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, small enough to be filled: a tmpfs in a mount namespace that nobody else sees. */
export interface SmallDisk {
  /** Its folder as this process reaches it. */
  readonly path: string;
  /** The command that runs `command` where the disk is mounted, with the same process id. */
  inside(command: readonly string[]): readonly [command: string, ...parameters: string[]];
  /** The folder as a program inside sees it. */
  readonly inner: string;
  /** Leave this many bytes, rounded down to whole pages. */
  fill(leaveBytes: number): void;
  /** Take away what {@link fill} wrote. */
  free(): void;
  close(): Promise<void>;
}

/** Why no such disk can be made here; null where one can. */
export const NO_SMALL_DISK: string | null =
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/mnt']).status === 0
    ? null
    : 'root, Linux and unshare (util-linux) are needed to mount a small file system';

const PAGE_BYTES = 4096;

export async function openSmallDisk(bytes: number): Promise<SmallDisk> {
  const inner = mkdtempSync(join(tmpdir(), 'mpic-small-disk-'));
  const script = `mount -t tmpfs -o size=${bytes},mode=0700 none "$1" && echo mounted && exec cat`;
  const holder = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', inner], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(holder, 'exit');
  const [said] = await Promise.race([once(holder.stdout, 'data'), exited]);
  if (String(said).trim() !== 'mounted' || holder.pid === undefined)
    throw new Error('the disk was not mounted');
  const path = `/proc/${holder.pid}/root${inner}`;
  const filler = join(path, 'filler');
  const namespace = `/proc/${holder.pid}/ns/mnt`;
  return {
    path,
    inner,
    inside: (command) => ['nsenter', `--mount=${namespace}`, '--wd=.', '--', ...command],
    fill(leaveBytes) {
      const { bavail, bsize } = statfsSync(path);
      const size = Math.floor((bavail * bsize - leaveBytes) / PAGE_BYTES) * PAGE_BYTES;
      try {
        writeFileSync(filler, Buffer.alloc(Math.max(0, size)));
      } catch (error) {
        // Somebody else took the rest meanwhile: it is full.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    },
    free: () => unlinkSync(filler),
    async close() {
      holder.stdin.end();
      await exited;
      rmSync(inner, { recursive: true, force: true });
    },
  };
}

/** What is on a disk at this moment, as a process finds it that starts after the one using it was killed. */
export function copyFolder(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}
