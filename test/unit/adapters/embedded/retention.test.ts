import { MemoryLevel } from 'memory-level';
import { describe, expect, it } from 'vitest';
import { EmbeddedStore } from '../../../../shared/adapters/embedded/embedded-store.ts';
import type { RequestRecord } from '../../../../shared/domain/mpic/lifecycle.ts';
import { buildCheckResult, buildRequestRecord, buildVerdict } from '../../../support/builders.ts';
import { FIRST } from '../../../support/decision-bench.ts';
import { handleOf, interceptLevel } from '../../../support/faults.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

const DAY_MS = 86_400_000;
const KEEP_MS = 90 * DAY_MS;
const START = Date.UTC(2026, 0, 1);
/** Longer than the pause between two passes. */
const LOOK_MS = 601_000;
const KEY = { perspective: FIRST, attempt: 1 };

/** A request with a random id (version 7), or with one derived from a key or a token (version 5). */
const idOf = (number: number, version = 7) =>
  `00000000-0000-${version}000-8000-${number.toString(16).padStart(12, '0')}`;

async function startStore({ maxKept = null as number | null, used = [] as readonly string[] } = {}) {
  const time = new VirtualTime(START);
  const level = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
  const disk = { isBroken: false };
  const largest = { batch: 0 };
  const log = createRecordingLog();
  const clock = time.createClock();
  const open = async () => {
    const watched = interceptLevel(handleOf(level), async (_call, effect) => {
      if (disk.isBroken) throw new Error('no space left on device');
      return effect();
    });
    const counted = new Proxy(watched, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property !== 'batch' || typeof value !== 'function') return value;
        return (operations: readonly unknown[]) => {
          largest.batch = Math.max(largest.batch, operations.length);
          return (value as (operations: readonly unknown[]) => Promise<void>)(operations);
        };
      },
    });
    const staysUsed = ({ requestId }: RequestRecord) => used.includes(requestId);
    const store = new EmbeddedStore({
      level: counted,
      clock,
      log,
      retention: { keepMs: KEEP_MS, maxKept, staysUsed },
    });
    await store.recover();
    return store;
  };
  const finish = async (store: EmbeddedStore, requestId: string) => {
    const record = { ...buildRequestRecord({ requestId }), createdAt: clock.now() };
    await store.create(record);
    await store.record(buildCheckResult({ requestId, perspective: FIRST }));
    await store.close(requestId, 1, buildVerdict());
    await store.markPublished(requestId);
  };
  const keys = () => level.keys().all();
  return { time, level, open, finish, keys, disk, largest, log };
}

describe('Retention of requests', () => {
  it('deletes a request, its results and its index entry after the retention time, and not before', async () => {
    const { time, open, finish, keys } = await startStore();
    const store = await open();
    await finish(store, idOf(1));
    await time.advance(KEEP_MS - LOOK_MS);
    expect(await store.read(idOf(1))).not.toBeNull();
    expect(await store.readResults(idOf(1), [KEY])).toHaveLength(1);
    await time.advance(2 * LOOK_MS);
    expect(await store.read(idOf(1))).toBeNull();
    expect((await keys()).filter((key) => !key.startsWith('meta!'))).toEqual([]);
  });

  it('keeps newer requests', async () => {
    const { time, open, finish } = await startStore();
    const store = await open();
    await finish(store, idOf(1));
    await time.advance(DAY_MS);
    await finish(store, idOf(2));
    await time.advance(KEEP_MS - DAY_MS + LOOK_MS);
    expect([await store.read(idOf(1)), (await store.read(idOf(2)))?.requestId]).toEqual([null, idOf(2)]);
  });

  it('continues at once after a restart', async () => {
    const { time, open, finish } = await startStore();
    const first = await open();
    await finish(first, idOf(1));
    await time.until(first.shutdown());
    await time.advance(KEEP_MS + 1);
    const second = await open();
    await time.advance(1000);
    expect(await second.read(idOf(1))).toBeNull();
  });

  it('deletes thousands of requests in small batches', async () => {
    const { time, open, finish, keys, largest } = await startStore();
    const store = await open();
    for (let number = 0; number < 3000; number++) await finish(store, idOf(number));
    largest.batch = 0;
    await time.advance(KEEP_MS + 2 * LOOK_MS);
    expect((await keys()).filter((key) => !key.startsWith('meta!'))).toEqual([]);
    expect(largest.batch).toBeLessThanOrEqual(200);
  });

  it('keeps an unpublished request, however old', async () => {
    const { time, open, finish } = await startStore();
    const store = await open();
    await store.create({ ...buildRequestRecord({ requestId: idOf(1) }), createdAt: START });
    for (let number = 2; number < 120; number++) await finish(store, idOf(number));
    await time.advance(KEEP_MS + LOOK_MS);
    expect((await store.read(idOf(1)))?.status).toBe('running');
    expect(await store.read(idOf(119))).toBeNull();
    await store.close(idOf(1), 1, buildVerdict());
    await store.markPublished(idOf(1));
    await time.advance(LOOK_MS);
    expect(await store.read(idOf(1))).toBeNull();
  });

  it.each([
    { name: 'an Idempotency-Key', used: [], expected: 'created' },
    { name: 'a Request Token for one use', used: [idOf(1, 5)], expected: 'exists' },
  ])('lets create return $expected for the deleted id of $name', async ({ used, expected }) => {
    const { time, open, finish } = await startStore({ used });
    const store = await open();
    await finish(store, idOf(1, 5));
    await time.advance(KEEP_MS + LOOK_MS);
    expect(await store.read(idOf(1, 5))).toBeNull();
    expect(await store.create(buildRequestRecord({ requestId: idOf(1, 5) }))).toBe(expected);
    await time.until(store.shutdown());
    const next = await open();
    expect(await next.create(buildRequestRecord({ requestId: idOf(1, 5) }))).toBe('exists');
  });

  it('continues once a failed database is open again', async () => {
    const { time, open, finish, disk } = await startStore();
    const store = await open();
    await finish(store, idOf(1));
    disk.isBroken = true;
    await time.advance(KEEP_MS + LOOK_MS);
    expect(store.hasFailed).toBe(true);
    disk.isBroken = false;
    await time.advance(2 * LOOK_MS);
    expect(await store.read(idOf(1))).toBeNull();
  });

  it('adds the requests of a store of the previous version to the index', async () => {
    const { time, level, open, finish } = await startStore();
    const first = await open();
    for (let number = 0; number < 1200; number++) await finish(first, idOf(number));
    await time.until(first.shutdown());
    await level.clear({ gt: 'made!', lt: 'made"' });
    await level.del('meta!format');
    await level.put(`request!${idOf(5000)}`, 'not JSON');
    const second = await open();
    expect(await level.keys({ gt: 'made!', lt: 'made"' }).all()).toHaveLength(1201);
    await time.advance(KEEP_MS + LOOK_MS);
    expect(await second.read(idOf(1199))).toBeNull();
    expect(await level.keys({ gt: 'made!', lt: 'made"' }).all()).toEqual([]);
  });
});

describe('Retention in memory', () => {
  const MAX = 100;

  it('keeps the newest requests, at most 50 above the limit', async () => {
    const { time, open, finish, keys } = await startStore({ maxKept: MAX });
    const store = await open();
    for (let number = 0; number < 1000; number++) {
      await finish(store, idOf(number));
      await time.advance(1);
    }
    await time.advance(5000);
    const kept = (await keys()).filter((key) => key.startsWith('request!'));
    expect(kept.length).toBeGreaterThanOrEqual(MAX);
    expect(kept.length).toBeLessThanOrEqual(MAX + 50);
    expect(kept.at(-1)).toBe(`request!${idOf(999)}`);
    expect((await keys()).filter((key) => key.startsWith('result!'))).toHaveLength(kept.length);
  });

  it('never deletes a running request', async () => {
    const { time, open, finish } = await startStore({ maxKept: MAX });
    const store = await open();
    await store.create({ ...buildRequestRecord({ requestId: idOf(0) }), createdAt: START });
    for (let number = 1; number < 500; number++) await finish(store, idOf(number));
    await time.advance(5000);
    expect((await store.read(idOf(0)))?.status).toBe('running');
  });
});
