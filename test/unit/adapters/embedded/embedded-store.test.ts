import { MemoryLevel } from 'memory-level';
import { describe, expect, it } from 'vitest';
import { EmbeddedStore } from '../../../../shared/adapters/embedded/embedded-store.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import { StoreUnavailableError } from '../../../../shared/ports/request-store.ts';
import { buildCheckResult, buildRequestRecord } from '../../../support/builders.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

/** A store whose database is closed, as with a full or broken disk. */
async function brokenStore() {
  const level = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
  const store = new EmbeddedStore({ level, clock: systemClock, log: createRecordingLog() });
  await store.shutdown();
  return store;
}

describe('EmbeddedStore on a failing database', () => {
  const record = buildRequestRecord();

  it.each([
    { name: 'create', call: (store: Awaited<ReturnType<typeof brokenStore>>) => store.create(record) },
    { name: 'read', call: (store: Awaited<ReturnType<typeof brokenStore>>) => store.read(record.requestId) },
    {
      name: 'awaitCompletion',
      call: (store: Awaited<ReturnType<typeof brokenStore>>) =>
        store.awaitCompletion(record.requestId, 20_000),
    },
    {
      name: 'record',
      call: (store: Awaited<ReturnType<typeof brokenStore>>) =>
        store.record(buildCheckResult({ requestId: record.requestId })),
    },
    {
      name: 'snapshot',
      call: (store: Awaited<ReturnType<typeof brokenStore>>) => store.snapshot(record.requestId, []),
    },
  ])('rejects $name with StoreUnavailableError', async ({ call }) => {
    await expect(call(await brokenStore())).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('does not keep a request that it could not write', async () => {
    const store = await brokenStore();
    await expect(store.create(record)).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(store.countRunning()).toBe(0);
  });
});
