import { MemoryLevel } from 'memory-level';
import { describe, expect, it } from 'vitest';
import { EmbeddedStore } from '../../../../shared/adapters/embedded/embedded-store.ts';
import { StoreUnavailableError } from '../../../../shared/ports/request-store.ts';
import {
  buildCheckResult,
  buildRequestRecord,
  buildStored,
  buildVerdict,
} from '../../../support/builders.ts';
import { FIRST } from '../../../support/decision-bench.ts';
import { handleOf, interceptLevel, never } from '../../../support/faults.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

/** Longer than the longest pause before a database is reopened. */
const LONG_MS = 60_000;
/** Longer than the first pause. */
const SOON_MS = 150;

interface Gate {
  readonly open: () => void;
  /** The write does not happen, and fails. */
  readonly fail: () => void;
  /** The write happens, but reports a failure. */
  readonly failAfter: () => void;
}

/** A store with one running request; the test lets each further write succeed or fail. */
async function heldStore() {
  const time = new VirtualTime(0);
  const level = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
  const gates: Gate[] = [];
  const state = { isHeld: false, isFull: false };
  const handle = handleOf(level, () => {
    if (state.isFull) throw new Error('no space left on device');
  });
  const held = interceptLevel(handle, async (_call, effect) => {
    if (!state.isHeld) return effect();
    const fate = await new Promise<keyof Gate>((resolve) => {
      gates.push({
        open: () => resolve('open'),
        fail: () => resolve('fail'),
        failAfter: () => resolve('failAfter'),
      });
    });
    if (fate === 'fail') throw new Error('disk full');
    const done = await effect();
    if (fate === 'failAfter') throw new Error('disk full');
    return done;
  });
  const clock = time.createClock();
  const log = createRecordingLog();
  const store = new EmbeddedStore({ level: held, clock, log });
  const record = buildRequestRecord();
  await store.create(record);
  state.isHeld = true;
  const settle = () => time.advance(0);
  /** Open the store as a newly started process. */
  const reopen = async () => {
    const next = new EmbeddedStore({ level: handleOf(level), clock, log });
    await next.recover();
    return next;
  };
  /** Fail the write in progress, and give the database time to reopen. */
  const endWrite = async (fate: keyof Gate, thenMs = SOON_MS) => {
    state.isHeld = false;
    gates.at(-1)?.[fate]();
    await time.advance(thenMs);
  };
  return { store, record, gates, state, settle, reopen, endWrite, time, log };
}

/** The outcome of a call that may fail. */
const outcome = (promise: Promise<unknown>) =>
  promise.catch((error: unknown) => (error instanceof StoreUnavailableError ? 'failed' : error));

describe('The embedded store acknowledges only what is in its log', () => {
  it('returns a verdict only once it is written', async () => {
    const { store, record, gates, settle, time } = await heldStore();
    let isTold = false;
    const waiting = store.awaitCompletion(record.requestId, 60_000).then(() => {
      isTold = true;
    });
    const closing = store.close(record.requestId, 1, buildVerdict());
    await settle();
    expect(isTold).toBe(false);
    expect(await store.read(record.requestId)).toMatchObject({ status: 'running' });
    gates[0]?.open();
    expect(await closing).toBe('written');
    await time.until(waiting);
    expect(await store.read(record.requestId)).toMatchObject({ status: 'completed' });
  });

  it('returns superseded to a second close once the first is written', async () => {
    const { store, record, gates, settle } = await heldStore();
    const first = store.close(record.requestId, 1, buildVerdict());
    const second = store.close(record.requestId, 1, buildVerdict({ isValid: false }));
    await settle();
    expect(gates).toHaveLength(1);
    gates[0]?.open();
    expect(await Promise.all([first, second])).toEqual(['written', 'superseded']);
  });

  it('fails a waiting second close with the first, and accepts the next one', async () => {
    const { store, record, settle, endWrite } = await heldStore();
    const first = outcome(store.close(record.requestId, 1, buildVerdict()));
    const second = outcome(store.close(record.requestId, 1, buildVerdict({ isValid: false })));
    await settle();
    await endWrite('fail');
    expect(await Promise.all([first, second])).toEqual(['failed', 'failed']);
    expect(await store.close(record.requestId, 1, buildVerdict({ isValid: false }))).toBe('written');
    expect((await store.read(record.requestId))?.verdicts).toMatchObject([{ isValid: false }]);
  });

  it('writes results whose write failed together with the verdict', async () => {
    const { store, record, settle, endWrite, reopen } = await heldStore();
    const key = { perspective: FIRST, attempt: 1 };
    const recording = outcome(
      store.record(buildCheckResult({ requestId: record.requestId, perspective: FIRST })),
    );
    await settle();
    await endWrite('fail');
    expect(await recording).toBe('failed');
    expect(await store.close(record.requestId, 1, buildVerdict({ counted: [FIRST] }))).toBe('written');
    expect(await (await reopen()).readResults(record.requestId, [key])).toHaveLength(1);
  });

  it('writes a result that arrived while the database had failed together with the verdict', async () => {
    const { store, record, settle, endWrite, reopen, time } = await heldStore();
    const key = { perspective: FIRST, attempt: 1 };
    const closing = outcome(store.close(record.requestId, 1, buildVerdict()));
    await settle();
    await endWrite('fail', 0);
    expect(await closing).toBe('failed');
    const result = buildCheckResult({ requestId: record.requestId, perspective: FIRST });
    expect(await outcome(store.record(result))).toBe('failed');
    expect(await (await reopen()).readResults(record.requestId, [key])).toEqual([]);
    await time.advance(SOON_MS);
    expect(await store.close(record.requestId, 1, buildVerdict({ counted: [FIRST] }))).toBe('written');
    expect(await (await reopen()).readResults(record.requestId, [key])).toEqual([buildStored(result)]);
  });

  it('does not replace a result whose write failed by a second result', async () => {
    const { store, record, settle, endWrite, reopen } = await heldStore();
    const key = { perspective: FIRST, attempt: 1 };
    const result = buildCheckResult({ requestId: record.requestId, perspective: FIRST });
    const recording = outcome(store.record(result));
    await settle();
    await endWrite('fail');
    await recording;
    expect(await store.record({ ...result, passed: false, corroborates: false })).toBe('duplicate');
    expect(await (await reopen()).readResults(record.requestId, [key])).toEqual([buildStored(result)]);
  });

  it('ends a wait for results when the attempt ends', async () => {
    const { store, record, gates, settle, time } = await heldStore();
    const waiting = store.nextResults(record.requestId, 1, {
      missing: [FIRST],
      needed: 1,
      sentAt: 0,
      until: 60_000,
    });
    const closing = store.close(record.requestId, 1, buildVerdict());
    await settle();
    gates[0]?.open();
    await closing;
    expect(await time.until(waiting)).toEqual([]);
    expect(time.elapsed).toBeLessThan(60_000);
  });

  it('does not treat a published mark as written when its write fails', async () => {
    const { store, record, settle, endWrite } = await heldStore();
    const marking = outcome(store.markPublished(record.requestId));
    await settle();
    await endWrite('fail');
    expect(await marking).toBe('failed');
    expect(await store.read(record.requestId)).toMatchObject({ published: false });
  });
});

describe('A request that is being first written', () => {
  const ID = '00000000-0000-5000-8000-000000000001';
  const fresh = buildRequestRecord({ requestId: ID });
  const KEY = { perspective: FIRST, attempt: 1 };

  it.each([
    { name: 'read', call: (store: EmbeddedStore) => store.read(ID) },
    { name: 'awaitCompletion', call: (store: EmbeddedStore) => store.awaitCompletion(ID, 0) },
    {
      name: 'snapshot',
      call: async (store: EmbeddedStore) => (await store.snapshot(ID, [KEY])).record,
    },
  ])('is not returned by $name before it is in the log', async ({ call }) => {
    const { store, gates, settle } = await heldStore();
    const creating = store.create(fresh);
    let isTold = false;
    const asking = call(store).then((found) => {
      isTold = true;
      return found;
    });
    await settle();
    expect(isTold).toBe(false);
    gates[0]?.open();
    expect(await creating).toBe('created');
    expect(await asking).toMatchObject({ requestId: ID, status: 'running' });
  });

  it.each([
    { name: 'read', call: (store: EmbeddedStore) => store.read(ID) },
    { name: 'awaitCompletion', call: (store: EmbeddedStore) => store.awaitCompletion(ID, 60_000) },
    { name: 'create', call: (store: EmbeddedStore) => store.create(fresh) },
  ])('makes a waiting $name fail when its write fails', async ({ call }) => {
    const { store, settle, endWrite } = await heldStore();
    const creating = outcome(store.create(fresh));
    await settle();
    const asking = outcome(call(store));
    await settle();
    await endWrite('fail');
    expect(await Promise.all([creating, asking])).toEqual(['failed', 'failed']);
    expect(await store.read(ID)).toBeNull();
    expect(await store.create(fresh)).toBe('created');
  });

  it('counts as running at once, and not after its write failed', async () => {
    const { store, settle, endWrite } = await heldStore();
    const { caller } = fresh;
    const before = store.countRunning();
    const creating = outcome(store.create(fresh));
    expect([store.countRunning(), store.countRunning(caller)]).toEqual([before + 1, before + 1]);
    await settle();
    await endWrite('fail');
    await creating;
    expect([store.countRunning(), store.countRunning(caller)]).toEqual([before, before]);
  });
});

describe('After a failed write', () => {
  const verdict = buildVerdict();
  const ID = '00000000-0000-5000-8000-000000000001';

  it.each([
    { name: 'create', call: (store: EmbeddedStore) => store.create(buildRequestRecord({ requestId: ID })) },
    { name: 'read of an open request', call: (store: EmbeddedStore, id: string) => store.read(id) },
    { name: 'read of another one', call: (store: EmbeddedStore) => store.read(ID) },
    { name: 'close', call: (store: EmbeddedStore, id: string) => store.close(id, 1, verdict) },
    { name: 'markPublished', call: (store: EmbeddedStore, id: string) => store.markPublished(id) },
    { name: 'snapshot', call: (store: EmbeddedStore, id: string) => store.snapshot(id, []) },
    { name: 'awaitCompletion', call: (store: EmbeddedStore, id: string) => store.awaitCompletion(id, 0) },
    {
      name: 'record',
      call: (store: EmbeddedStore, id: string) =>
        store.record(buildCheckResult({ requestId: id, perspective: FIRST })),
    },
    {
      name: 'a late result',
      call: (store: EmbeddedStore) => store.record(buildCheckResult({ requestId: ID })),
    },
  ])('$name is rejected until the database is open again', async ({ call }) => {
    const { store, record, state, settle, endWrite, time } = await heldStore();
    state.isFull = true;
    const closing = outcome(store.close(record.requestId, 1, verdict));
    await settle();
    await endWrite('fail', LONG_MS);
    expect(await closing).toBe('failed');
    expect(store.hasFailed).toBe(true);
    expect(await outcome(call(store, record.requestId))).toBe('failed');
    state.isFull = false;
    await time.advance(LONG_MS);
    expect(store.hasFailed).toBe(false);
    expect(await outcome(call(store, record.requestId))).not.toBe('failed');
  });

  it('a verdict that was written despite the failure is found on reopening', async () => {
    const { store, record, settle, endWrite, time } = await heldStore();
    const waiting = store.awaitCompletion(record.requestId, 60_000);
    const closing = outcome(store.close(record.requestId, 1, verdict));
    await settle();
    await endWrite('failAfter');
    expect(await closing).toBe('failed');
    expect(await time.until(waiting)).toMatchObject({ status: 'completed', verdicts: [{ isValid: true }] });
    expect(await store.close(record.requestId, 1, buildVerdict({ isValid: false }))).toBe('superseded');
    expect([store.countRunning(), store.unpublished().count]).toEqual([0, 1]);
  });

  it('a request that was written despite the failure runs and counts', async () => {
    const { store, settle, endWrite, log } = await heldStore();
    const creating = outcome(store.create(buildRequestRecord({ requestId: ID })));
    await settle();
    await endWrite('failAfter');
    expect(await creating).toBe('failed');
    expect(await store.create(buildRequestRecord({ requestId: ID }))).toBe('exists');
    expect(await store.read(ID)).toMatchObject({ status: 'running' });
    expect(store.countRunning()).toBe(2);
    expect(await store.close(ID, 1, verdict)).toBe('written');
    expect(log.entries.map(({ event }) => event)).toContain('request_found_after_failure');
  });

  it('a published mark that was written despite the failure is found, and late results are recorded once', async () => {
    const { store, record, state, settle, endWrite } = await heldStore();
    state.isHeld = false;
    await store.close(record.requestId, 1, verdict);
    state.isHeld = true;
    const marking = outcome(store.markPublished(record.requestId));
    await settle();
    await endWrite('failAfter');
    expect(await marking).toBe('failed');
    expect(await store.read(record.requestId)).toMatchObject({ published: true });
    expect(store.unpublished()).toEqual({ count: 0, oldestAt: null });
    const late = buildCheckResult({ requestId: record.requestId, perspective: FIRST });
    expect(await store.record(late)).toBe('recorded');
    expect(await store.record(late)).toBe('duplicate');
  });

  it('a result that was written despite the failure is not replaced', async () => {
    const { store, record, settle, endWrite, reopen } = await heldStore();
    const result = buildCheckResult({ requestId: record.requestId, perspective: FIRST });
    const recording = outcome(store.record(result));
    await settle();
    await endWrite('failAfter');
    expect(await recording).toBe('failed');
    expect(await store.record({ ...result, passed: false, corroborates: false })).toBe('duplicate');
    const key = { perspective: FIRST, attempt: 1 };
    expect(await (await reopen()).readResults(record.requestId, [key])).toEqual([buildStored(result)]);
  });

  it('the store reopens after a longer pause when it soon fails again', async () => {
    const { store, record, state, settle, endWrite, time, log } = await heldStore();
    for (const isLast of [false, true]) {
      state.isHeld = true;
      const closing = outcome(store.close(record.requestId, 1, verdict));
      await settle();
      await endWrite('fail', SOON_MS);
      expect(await closing).toBe('failed');
      expect(store.hasFailed).toBe(isLast);
    }
    await time.advance(2 * SOON_MS);
    expect(store.hasFailed).toBe(false);
    expect(await store.close(record.requestId, 1, verdict)).toBe('written');
    expect(log.entries.filter(({ event }) => event === 'store_reopened')).toHaveLength(2);
  });

  it('a database that has lost acknowledged writes stays closed, and this is logged', async () => {
    const time = new VirtualTime(0);
    const level = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
    const log = createRecordingLog();
    let isFailing = false;
    const disk = interceptLevel(handleOf(level), (_call, effect) => {
      if (isFailing) throw new Error('disk full');
      return effect();
    });
    const store = new EmbeddedStore({ level: disk, clock: time.createClock(), log });
    const record = buildRequestRecord();
    await store.create(record);
    isFailing = true;
    expect(await outcome(store.close(record.requestId, 1, verdict))).toBe('failed');
    isFailing = false;
    await level.clear();
    await time.advance(LONG_MS);
    expect(store.hasFailed).toBe(true);
    expect(log.entries.at(-1)).toMatchObject({ level: 'error', event: 'store_not_reopened' });
    expect(log.entries.at(-1)?.fields.error).toContain(record.requestId);
  });

  const READS: readonly (readonly [string, (store: EmbeddedStore, id: string) => Promise<unknown>])[] = [
    ['a request', (store, id) => store.read(id)],
    ['a result', (store, id) => store.readResults(id, [{ perspective: FIRST, attempt: 1 }])],
    ['a new request id', (store, requestId) => store.create(buildRequestRecord({ requestId }))],
    [
      'an earlier late result',
      (store, requestId) => store.record(buildCheckResult({ requestId, perspective: FIRST })),
    ],
  ];

  it.each(READS)('the lookup of %s times out when the disk does not respond', async (_what, read) => {
    const time = new VirtualTime(0);
    const level = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
    const hung = new Proxy(level, {
      get(target, property) {
        if (property === 'get' || property === 'has') return () => never();
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const store = new EmbeddedStore({ level: hung, clock: time.createClock(), log: createRecordingLog() });
    const reading = outcome(read(store, buildRequestRecord().requestId));
    await time.advance(5000);
    expect(await Promise.race([reading, time.advance(0).then(() => 'waits')])).toBe('failed');
  });

  it('closing the store ends its tries to reopen the database', async () => {
    const { store, record, state, settle, endWrite, time, log } = await heldStore();
    state.isFull = true;
    const closing = outcome(store.close(record.requestId, 1, verdict));
    await settle();
    await endWrite('fail', LONG_MS);
    await closing;
    await time.until(store.shutdown());
    const said = log.entries.length;
    state.isFull = false;
    await time.advance(LONG_MS);
    expect(log.entries).toHaveLength(said);
    await expect(store.read(record.requestId)).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
