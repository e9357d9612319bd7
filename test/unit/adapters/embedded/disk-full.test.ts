import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedStore } from '../../../../shared/adapters/embedded/embedded-store.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import type { RequestRecord } from '../../../../shared/domain/mpic/lifecycle.ts';
import type { Clock } from '../../../../shared/ports/clock.ts';
import { StoreUnavailableError } from '../../../../shared/ports/request-store.ts';
import { buildRequestRecord, buildVerdict } from '../../../support/builders.ts';
import { eventually } from '../../../support/eventually.ts';
import { Random } from '../../../support/random.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { copyFolder, NO_SMALL_DISK, openSmallDisk, type SmallDisk } from '../../../support/small-disk.ts';

const DISK_BYTES = 24 * 1024 * 1024;
/** Page size of the file system, at which a write is cut. */
const PAGE_BYTES = 4096;
/** Block size of LevelDB's log. */
const BLOCK_BYTES = 32_768;
/** Number of positions at which the disk fills; set by `DISK_FULL_POSITIONS`. */
const POSITIONS = Number(process.env.DISK_FULL_POSITIONS ?? 120);
/** Shortens pauses; the time-outs of reads and writes are unchanged. */
const HASTE = 20;
const SHORTEST_TIMEOUT_MS = 5_000;
/** Longer than the longest pause before the database is reopened. */
const REOPEN_MS = 40_000;

const clock: Clock = {
  ...systemClock,
  schedule: (ms, action) => systemClock.schedule(ms >= SHORTEST_TIMEOUT_MS ? ms : ms / HASTE, action),
};

const log = createRecordingLog();
const openStore = (folder: string) =>
  new EmbeddedStore({ level: new ClassicLevel<string, string>(folder), clock, log });

/** Acknowledged writes; `written` if the verdict was too. */
type Acknowledged = Map<string, 'created' | 'written'>;

class Writer {
  readonly acknowledged: Acknowledged = new Map();
  readonly #random: Random;
  readonly #store: EmbeddedStore;
  #made = 0;

  constructor(store: EmbeddedStore, seed: number) {
    this.#store = store;
    this.#random = new Random(seed);
  }

  /** Write a request and its verdict; false if one of them was rejected. */
  async write(): Promise<boolean> {
    this.#made += 1;
    const requestId = `00000000-0000-7000-8000-${this.#made.toString(16).padStart(12, '0')}`;
    const traceIdentifier = 'x'.repeat(this.#random.between(0, 3000));
    try {
      await this.#store.create({ ...buildRequestRecord({ requestId }), traceIdentifier });
      this.acknowledged.set(requestId, 'created');
      await this.#store.close(requestId, 1, buildVerdict());
      this.acknowledged.set(requestId, 'written');
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailableError) return false;
      throw error;
    }
  }

  async writeAll(count: number): Promise<void> {
    for (let index = 0; index < count; index++) expect(await this.write()).toBe(true);
  }
}

/** Acknowledged writes that a newly started process does not find. */
async function findLost(folder: string, acknowledged: Acknowledged): Promise<readonly string[]> {
  const store = openStore(folder);
  const found = new Map((await store.recover()).map((record) => [record.requestId, record]));
  await store.shutdown();
  const isThere = (record: RequestRecord | undefined, state: string) =>
    record !== undefined && (state === 'created' || record.status === 'completed');
  return [...acknowledged].filter(([id, state]) => !isThere(found.get(id), state)).map(([id]) => id);
}

describe.skipIf(NO_SMALL_DISK !== null)('A disk that fills', () => {
  let disk: SmallDisk;
  beforeAll(async () => {
    disk = await openSmallDisk(DISK_BYTES);
  });
  afterAll(() => disk.close());

  it(`loses nothing acknowledged at ${POSITIONS} positions of the log, whether the process is killed or shut down`, async () => {
    for (let seed = 1; seed <= POSITIONS; seed++) {
      const random = new Random(seed);
      const folder = join(disk.path, 'store');
      mkdirSync(folder);
      const store = openStore(folder);
      const writer = new Writer(store, seed);
      try {
        await writer.writeAll(random.between(0, 25));
        for (let failures = random.between(1, 2); failures > 0; failures--) {
          disk.fill(random.between(0, (2 * BLOCK_BYTES) / PAGE_BYTES) * PAGE_BYTES);
          while (await writer.write());
          expect(store.hasFailed).toBe(true);
          // While the disk is full, and while the database is being reopened.
          for (let tries = random.between(0, 3); tries > 0; tries--) {
            expect(await writer.write()).toBe(false);
            await new Promise((resolve) => setTimeout(resolve, random.between(0, 8)));
          }
          disk.free();
          await eventually(() => !store.hasFailed, 'open again', REOPEN_MS);
          await writer.writeAll(random.between(1, 30));
        }
        const killed = join(disk.path, 'killed');
        copyFolder(folder, killed);
        await store.shutdown();
        expect(await findLost(killed, writer.acknowledged), 'killed').toEqual([]);
        expect(await findLost(folder, writer.acknowledged), 'ended').toEqual([]);
        rmSync(killed, { recursive: true });
      } catch (error) {
        throw new Error(`at position ${seed}`, { cause: error });
      }
      rmSync(folder, { recursive: true });
    }
  }, 300_000);
});

if (NO_SMALL_DISK !== null) process.stderr.write(`skipped: a disk that fills; ${NO_SMALL_DISK}\n`);
