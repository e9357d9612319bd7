import { describe, expect, it } from 'vitest';
import { FreeSpace } from '../../../../services/hosts/local/free-space.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

const MIN_BYTES = 1000;
/** Longer than the interval between two measurements. */
const LOOK_MS = 2001;

/** A watch on a disk with `bytes` free; an error means that the disk cannot be measured. */
async function watchOf(bytes: number | Error) {
  const free = { bytes };
  const time = new VirtualTime(0);
  const log = createRecordingLog();
  const watch = new FreeSpace({
    folder: '/data',
    minBytes: MIN_BYTES,
    clock: time.createClock(),
    log,
    measure: async () => {
      if (free.bytes instanceof Error) throw free.bytes;
      return free.bytes;
    },
  });
  await watch.start();
  const events = () => log.entries.map(({ level, event }) => `${level} ${event}`);
  return { free, time, watch, events };
}

describe('Free space of the data folder', () => {
  it.each([
    { name: 'none', bytes: 0, isLow: true },
    { name: 'one byte less than the minimum', bytes: MIN_BYTES - 1, isLow: true },
    { name: 'the minimum', bytes: MIN_BYTES, isLow: false },
    { name: 'plenty', bytes: 1e12, isLow: false },
  ])('with $name free at the start is low: $isLow', async ({ bytes, isLow }) => {
    const { watch, events } = await watchOf(bytes);
    expect(watch.isLow).toBe(isLow);
    expect(events()).toEqual(isLow ? ['error storage_full'] : []);
    watch.stop();
  });

  it('is low from the next measurement on, until a quarter more than the minimum is free', async () => {
    const { free, time, watch, events } = await watchOf(MIN_BYTES);
    const seen: boolean[] = [];
    for (const bytes of [999, 1000, 1249, 1250, 1000, 999]) {
      free.bytes = bytes;
      await time.advance(LOOK_MS);
      seen.push(watch.isLow);
    }
    expect(seen).toEqual([true, true, true, false, false, true]);
    expect(events()).toEqual(['error storage_full', 'warn storage_has_room', 'error storage_full']);
    watch.stop();
  });

  it.each([
    { name: 'low', bytes: 0, isLow: true },
    { name: 'enough', bytes: 5000, isLow: false },
  ])(
    'keeps the last known state, $name, while the disk cannot be measured, and logs that once',
    async (row) => {
      const { free, time, watch, events } = await watchOf(row.bytes);
      free.bytes = new Error('input/output error');
      await time.advance(10 * LOOK_MS);
      expect(watch.isLow).toBe(row.isLow);
      expect(events().filter((event) => event === 'error free_space_unknown')).toHaveLength(1);
      watch.stop();
    },
  );

  it('is not measured after stop', async () => {
    const { free, time, watch } = await watchOf(5000);
    watch.stop();
    free.bytes = 0;
    await time.advance(10 * LOOK_MS);
    expect(watch.isLow).toBe(false);
  });

  it('is measured by statfs by default', async () => {
    const watch = new FreeSpace({
      folder: '/',
      minBytes: Number.MAX_SAFE_INTEGER,
      clock: new VirtualTime(0).createClock(),
      log: createRecordingLog(),
    });
    await watch.start();
    expect(watch.isLow).toBe(true);
    watch.stop();
  });
});
