import { expect, it } from 'vitest';
import type { Backend } from '../../services/hosts/local/backend.ts';
import type { EmulatedBackend } from '../lab/emulators/emulated-backend.ts';
import type { Bench } from '../support/bench.ts';
import { buildRequestRecord } from '../support/builders.ts';
import { openEmulatedBench } from '../support/emulated-bench.ts';
import { eventually } from '../support/eventually.ts';
import { caaRequest, startHarness } from '../support/harness.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { AN_ORDINARY_NOON } from '../support/use-harness.ts';

const PATIENCE_MS = 30_000;

it('the emulated backend accepts requests before it has found what a previous process left', async () => {
  const bench = await openEmulatedBench(AN_ORDINARY_NOON);
  try {
    const left = await leaveRequest(bench);
    const scans = { failing: true, failed: 0 };
    const openBackend: Bench['openBackend'] = async (options) => {
      const backend = await bench.openBackend(options);
      failScans(backend, scans);
      return backend;
    };
    const second = await startHarness({ ...bench, openBackend });

    const { status, mpic } = await second.post(caaRequest());
    expect([status, mpic.is_valid]).toEqual([200, true]);
    await eventually(() => scans.failed > 0, 'the first scan has failed');
    expect((await second.record(left)).status).toBe('running');

    scans.failing = false;
    const isOver = async () => (await second.record(left)).published;
    await eventually(isOver, 'the left request has ended', PATIENCE_MS, 50);
    await second.stop();
  } finally {
    await bench.close();
  }
});

/** Stores a request whose process died before it sent anything. */
async function leaveRequest(bench: Bench): Promise<string> {
  const clock = bench.time.createClock();
  const backend = await bench.openBackend({ perspectives: [], clock, log: createRecordingLog() });
  const now = clock.now();
  const record = buildRequestRecord({
    createdAt: now,
    attemptStartedAt: now,
    attemptTimeoutMs: 2300,
    attemptDeadline: now + 2300,
    maxAttempts: 1,
  });
  await backend.requests.create(record);
  await backend.close();
  return record.requestId;
}

function failScans(backend: Backend, scans: { failing: boolean; failed: number }): void {
  (backend as EmulatedBackend).clients.dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName !== 'ScanCommand' || !scans.failing) return next(args);
        scans.failed += 1;
        throw new Error('the table cannot be read');
      },
    { step: 'initialize' },
  );
}
