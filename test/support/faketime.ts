import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Install folders of the library in distribution packages. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];

/** Path of libfaketime, which changes the time of a process; null if it is not installed. */
export function findFaketime(): string | null {
  for (const folder of LIBRARIES.filter(existsSync)) {
    for (const below of ['.', ...readdirSync(folder)]) {
      const path = join(folder, below, 'faketime/libfaketime.so.1');
      if (existsSync(path)) return path;
    }
  }
  return null;
}

/** The wall clock of one process, which can be set while the process runs. Its monotonic clock is unaffected. */
export interface WallClock {
  readonly environment: NodeJS.ProcessEnv;
  /** Set the clock to this many seconds from the true time. */
  set(offsetSeconds: number): void;
}

export function createWallClock(library: string, folder: string): WallClock {
  const file = join(folder, 'wall-clock');
  const set = (offsetSeconds: number) => {
    // Atomic replacement, because the process may read the file at any time.
    writeFileSync(`${file}.new`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}s\n`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
    },
    set,
  };
}
