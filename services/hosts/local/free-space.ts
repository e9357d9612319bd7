import { statfs } from 'node:fs/promises';
import { type Clock, sleep } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';

export interface FreeSpaceOptions {
  readonly folder: string;
  /** Free bytes below which space is low. */
  readonly minBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Returns the bytes that this user may still write to a folder's file system; `statfs` if left out. */
  readonly measure?: (folder: string) => Promise<number>;
}

/**
 * Interval between measurements. At full load a service writes about 20 MiB a second, far less than the minimum kept
 * free.
 */
const LOOK_PAUSE_MS = 2000;

/**
 * Space counts as sufficient again above this multiple of `minBytes`, so that the state does not change with each
 * request.
 */
const ENOUGH_RATIO = 1.25;

const MIB = 1024 * 1024;

/**
 * Watches the free space of the data folder. While it is low no request is accepted, so that running requests can still
 * end and write their evidence.
 */
export class FreeSpace {
  readonly #options: FreeSpaceOptions;
  readonly #ending = new AbortController();
  #isLow = false;
  #isKnown = true;

  constructor(options: FreeSpaceOptions) {
    this.#options = options;
  }

  get isLow(): boolean {
    return this.#isLow;
  }

  /** Measures once, then keeps measuring until stopped. */
  async start(): Promise<void> {
    await this.#look();
    void this.#run();
  }

  stop(): void {
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      await sleep(this.#options.clock, LOOK_PAUSE_MS, signal);
      if (signal.aborted) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { folder, log, measure = freeBytes } = this.#options;
    try {
      this.#judge(await measure(folder));
      this.#isKnown = true;
    } catch (error) {
      // The last known state stays.
      if (this.#isKnown) log.error('free_space_unknown', { folder, error });
      this.#isKnown = false;
    }
  }

  #judge(free: number): void {
    const { folder, minBytes, log } = this.#options;
    const fields = { folder, freeMb: Math.floor(free / MIB), minFreeMb: Math.ceil(minBytes / MIB) };
    if (!this.#isLow && free < minBytes) {
      this.#isLow = true;
      log.error('storage_full', {
        ...fields,
        meaning: 'no request is accepted until space is free again; running requests still end',
      });
    } else if (this.#isLow && free >= minBytes * ENOUGH_RATIO) {
      this.#isLow = false;
      log.warn('storage_has_room', fields);
    }
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
