import { describe, expect, it } from 'vitest';
import { createUuidIds } from '../../shared/adapters/system/uuid-ids.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { EmulatedBackend } from '../lab/emulators/emulated-backend.ts';
import { openEmulatedBench } from '../support/emulated-bench.ts';
import { eventually } from '../support/eventually.ts';
import { type Around, DoomedProcess, never } from '../support/faults.ts';
import { ASYNC, caaRequest, type Harness, type Reply, startHarness } from '../support/harness.ts';
import { expectEndedOnce } from '../support/invariants.ts';
import { AN_ORDINARY_NOON } from '../support/use-harness.ts';

const HOME_REGION = 'us-east-1';
const KEY = 'crash';
const REQUEST_ID = createUuidIds(() => 0).requestIdForKey('anonymous', KEY);
/** Number of steps tried at the same time, each with its own emulators: nearly all of the time is waiting. */
const AT_ONCE = 6;
/** Visibility time-out, after which the messages of a dead process are redelivered, seconds. */
const VISIBILITY_S = 3;
const LONG_MS = 40_000;
/** Long enough that polling does not slow down ten services in this process. */
const POLL_MS = 50;

/** Kills the process at `fatalStep`; another one continues. Returns false if it did not die. */
async function survive(fatalStep: number, async: boolean): Promise<boolean> {
  const bench = await openEmulatedBench(AN_ORDINARY_NOON, VISIBILITY_S);
  try {
    const clock = bench.time.createClock();
    const doomed = new DoomedProcess(fatalStep, clock);
    let serves = false;
    const around: Around = (call, effect) => (serves ? doomed.around(call, effect) : effect());
    const first = await startHarness(bench, { clock, around });
    cutOffWhenDead(first.backend as EmulatedBackend, doomed);
    serves = true;

    const told: Reply[] = [];
    const options = { ...(async ? ASYNC : {}), headers: { 'idempotency-key': KEY } };
    first.send(caaRequest(), options).then((reply) => told.push(reply), never);
    const published = async () => (await first.backend.requests.read(REQUEST_ID))?.published === true;
    // Between the publication and the answer the process may die, too.
    await eventually(
      async () => doomed.dead || (told.length > 0 && (await published())),
      'the request is answered and published, or the process is dead',
      LONG_MS,
      POLL_MS,
    );
    // What follows is not a step of the request.
    serves = false;
    // A killed process loses its connections and cannot open new ones.
    if (doomed.dead) (first.backend as EmulatedBackend).clients.close();

    const second = await startHarness(bench);
    try {
      await expectEnded(bench, second, told);
    } catch (cause) {
      const died = `killed at step ${fatalStep}, ${doomed.lastCall?.port}.${doomed.lastCall?.method}`;
      throw new Error(`${died}: ${describeTroubles(second)}`, { cause });
    }
    await second.stop();
    if (!doomed.dead) await first.stop();
    return doomed.dead;
  } finally {
    await bench.close();
  }
}

/**
 * A dead process polls no queue, which would take messages from the living ones until they reach the dead-letter queue.
 * Its loops still run in this process, so their calls never resolve.
 */
function cutOffWhenDead({ clients }: EmulatedBackend, doomed: DoomedProcess): void {
  clients.sqs
    .inRegion(HOME_REGION)
    .middlewareStack.add((next) => (args) => (doomed.dead ? never() : next(args)), { step: 'initialize' });
}

function describeTroubles({ log }: Harness): string {
  const troubles = log.entries.filter(({ level }) => level === 'warn' || level === 'error');
  return JSON.stringify(troubles.map(({ event, fields }) => ({ event, ...fields })));
}

async function expectEnded(
  bench: Awaited<ReturnType<typeof openEmulatedBench>>,
  { backend }: Harness,
  told: readonly Reply[],
): Promise<void> {
  let record: RequestRecord | null = await backend.requests.read(REQUEST_ID);
  if (record === null) {
    expect(told).toEqual([]);
    expect(bench.events).toEqual([]);
    return;
  }
  await eventually(
    async () => {
      record = await backend.requests.read(REQUEST_ID);
      return record?.published === true;
    },
    'the request is completed and published',
    LONG_MS,
    POLL_MS,
  );
  await expectEndedOnce(bench, backend.results, record);
  const answered = told.find(({ status, mpic }) => status === 200 && mpic.is_valid !== undefined);
  if (answered !== undefined) expect(record.verdicts.at(-1)?.isValid).toBe(answered.mpic.is_valid);
}

describe('A process on the emulated backend killed before and after every port call', () => {
  it.each([
    { name: 'synchronous', async: false },
    { name: 'asynchronous', async: true },
  ])(
    '$name: an accepted request ends exactly once',
    async ({ async }) => {
      for (let step = 1; ; step += AT_ONCE) {
        const steps = Array.from({ length: AT_ONCE }, (_, index) => step + index);
        const died = await Promise.all(steps.map((fatalStep) => survive(fatalStep, async)));
        if (died.includes(false)) {
          // At least: deadline message, record, six jobs sent and delivered, six results, verdict, event, mark; each
          // twice.
          expect(step + died.indexOf(false)).toBeGreaterThan(40);
          return;
        }
      }
    },
    600_000,
  );
});
