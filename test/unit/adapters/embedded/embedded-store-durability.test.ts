import { MemoryLevel } from 'memory-level';
import { describe, expect, it } from 'vitest';
import { createEmbeddedStore } from '../../../../shared/adapters/embedded/embedded-store.ts';
import {
  buildCheckResult,
  buildRequestRecord,
  buildStored,
  buildVerdict,
} from '../../../support/builders.ts';
import { FIRST } from '../../../support/decision-bench.ts';
import { interceptLevel } from '../../../support/faults.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

/** A store with one running request, whose next writes wait for the test to let them through or fail. */
async function heldStore() {
  const time = new VirtualTime(0);
  const level = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
  const gates: { open: () => void; fail: () => void }[] = [];
  let isHeld = false;
  const held = interceptLevel(level, (_call, effect) =>
    isHeld
      ? new Promise<void>((open, reject) => {
          gates.push({ open, fail: () => reject(new Error('disk full')) });
        }).then(effect)
      : effect(),
  );
  const clock = time.createClock();
  const store = createEmbeddedStore(held, clock);
  const record = buildRequestRecord();
  await store.create(record);
  isHeld = true;
  const settle = () => time.advance(0);
  /** What a process finds that starts now. */
  const reopen = async () => {
    const next = createEmbeddedStore(level, clock);
    await next.recover();
    return next;
  };
  return { store, record, gates, settle, reopen, time };
}

describe('What the embedded store tells is in its log', () => {
  it('nobody sees a verdict before it is written', async () => {
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

  it('who comes second is told so once the first is written', async () => {
    const { store, record, gates, settle } = await heldStore();
    const first = store.close(record.requestId, 1, buildVerdict());
    const second = store.close(record.requestId, 1, buildVerdict({ isValid: false }));
    await settle();
    expect(gates).toHaveLength(1);
    gates[0]?.open();
    expect(await Promise.all([first, second])).toEqual(['written', 'superseded']);
  });

  it('when the first cannot be written the second decides', async () => {
    const { store, record, gates, settle } = await heldStore();
    const first = store.close(record.requestId, 1, buildVerdict()).catch(() => 'failed');
    const second = store.close(record.requestId, 1, buildVerdict({ isValid: false }));
    await settle();
    gates[0]?.fail();
    await settle();
    gates[1]?.open();
    expect(await Promise.all([first, second])).toEqual(['failed', 'written']);
    expect((await store.read(record.requestId))?.verdicts).toMatchObject([{ isValid: false }]);
  });

  it('a verdict takes the results with it that it may rest on and whose writing failed', async () => {
    const { store, record, gates, settle, reopen } = await heldStore();
    const key = { perspective: FIRST, attempt: 1 };
    const recording = store
      .record(buildCheckResult({ requestId: record.requestId, perspective: FIRST }))
      .catch(() => 'failed');
    await settle();
    gates[0]?.fail();
    expect(await recording).toBe('failed');
    const closing = store.close(record.requestId, 1, buildVerdict({ counted: [FIRST] }));
    await settle();
    gates[1]?.open();
    expect(await closing).toBe('written');
    expect(await (await reopen()).readResults(record.requestId, [key])).toHaveLength(1);
  });

  it('a result whose writing failed is not replaced by the next look of its perspective', async () => {
    const { store, record, gates, settle, reopen } = await heldStore();
    const key = { perspective: FIRST, attempt: 1 };
    const result = buildCheckResult({ requestId: record.requestId, perspective: FIRST });
    const recording = store.record(result).catch(() => 'failed');
    await settle();
    gates[0]?.fail();
    await recording;
    const again = store.record({ ...result, passed: false, corroborates: false });
    await settle();
    gates[1]?.open();
    expect(await again).toBe('duplicate');
    expect(await (await reopen()).readResults(record.requestId, [key])).toEqual([buildStored(result)]);
  });

  it('who waits for results learns that the attempt is over', async () => {
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

  it('a mark that cannot be written is not taken for written', async () => {
    const { store, record, gates, settle } = await heldStore();
    const marking = store.markPublished(record.requestId).catch(() => 'failed');
    await settle();
    gates[0]?.fail();
    expect(await marking).toBe('failed');
    expect(await store.read(record.requestId)).toMatchObject({ published: false });
  });
});
