import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where packages of distributions put the library. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];

/** The library that gives a process another time, where it is installed. */
export function findFaketime(): string | null {
  for (const folder of LIBRARIES.filter(existsSync)) {
    for (const below of ['.', ...readdirSync(folder)]) {
      const path = join(folder, below, 'faketime/libfaketime.so.1');
      if (existsSync(path)) return path;
    }
  }
  return null;
}

/** The wall clock of one process, which can be set while it runs. Its monotonic clock goes on. */
export interface WallClock {
  readonly environment: NodeJS.ProcessEnv;
  /** Set the clock to so many seconds from the true time. */
  set(offsetSeconds: number): void;
}

export function createWallClock(library: string, folder: string): WallClock {
  const file = join(folder, 'wall-clock');
  const set = (offsetSeconds: number) => {
    // In one step: the process reads it at any moment.
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
