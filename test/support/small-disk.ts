import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A separate file system that is small enough to fill: a tmpfs in a private mount namespace. */
export interface SmallDisk {
  /** Its folder, as seen by this process. */
  readonly path: string;
  /** The command that runs `command` inside the mount namespace, with the same process id. */
  inside(command: readonly string[]): readonly [command: string, ...parameters: string[]];
  /** The folder, as seen by a program inside the namespace. */
  readonly inner: string;
  /** Fill the disk up to this many free bytes, rounded down to whole pages. */
  fill(leaveBytes: number): void;
  /** Remove what {@link fill} wrote. */
  free(): void;
  close(): Promise<void>;
}

/** Why such a disk cannot be created here; null if it can. */
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
        // Another process used the rest meanwhile: the disk is full.
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

/** Copies the current content of a disk, as a new process finds it after the process that used it was killed. */
export function copyFolder(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}
