import { describe, expect, it } from 'vitest';
import { createUuidIds } from '../../shared/adapters/system/uuid-ids.ts';
import type { JobView } from '../../shared/contract/api/response-schema.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { sleep } from '../../shared/ports/clock.ts';
import { type Bench, openEmbeddedBench } from '../support/bench.ts';
import { type Around, DoomedProcess, interceptLevel } from '../support/faults.ts';
import {
  ASYNC,
  caaRequest,
  type Harness,
  type HarnessOptions,
  type Reply,
  startHarness,
} from '../support/harness.ts';
import { expectEndedOnce } from '../support/invariants.ts';
import { SIX, views } from '../support/perspectives.ts';
import { AN_ORDINARY_NOON } from '../support/use-harness.ts';
import { changing, forbids, late, permits } from '../support/views.ts';

const KEY = 'crash';
const REQUEST_ID = createUuidIds(() => 0).requestIdForKey('anonymous', KEY);
/** Longer than all attempts of a request, redeliveries of messages included. */
const LONG_MS = 60_000;
/** Duration of a write, so that a process can die during it. */
const DISK_MS = 2;
/** Maximum time between a death and the start of the next process. */
const GLANCE_MS = 500;
const STEP_LIMIT = 2000;
const SLOW = SIX[0] ?? '';

interface Scenario {
  readonly name: string;
  readonly async: boolean;
  readonly attempts: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'synchronous, one attempt', async: false, attempts: 1 },
  { name: 'asynchronous, one attempt', async: true, attempts: 1 },
  { name: 'synchronous, two attempts', async: false, attempts: 2 },
  { name: 'asynchronous, two attempts', async: true, attempts: 2 },
];

/** The first attempt fails if there is to be a second; one perspective responds after the linger time. */
function viewsOf({ attempts }: Scenario): NonNullable<HarnessOptions['views']> {
  const view = attempts === 1 ? permits : changing(1, forbids, permits);
  return { ...views(SIX, view), [SLOW]: late(500, permits) };
}

interface Life {
  readonly harness: Harness;
  readonly doomed: DoomedProcess;
  /** What clients were answered before the process died. */
  readonly told: Reply[];
}

/** Runs a process until it dies at `fatalStep`, counted from when it serves, or until all is done. */
async function live(bench: Bench, scenario: Scenario, fatalStep: number): Promise<Life> {
  const clock = bench.time.createClock();
  const doomed = new DoomedProcess(fatalStep, clock);
  let serves = false;
  const around: Around = (call, effect) => (serves ? doomed.around(call, effect) : effect());
  const harness = await startHarness(bench, {
    views: viewsOf(scenario),
    clock,
    around,
    wrapLevel: (level) =>
      interceptLevel(level, (call, effect) =>
        around(call, async () => {
          await sleep(clock, DISK_MS);
          return around(call, effect);
        }),
      ),
  });
  serves = true;
  return { harness, doomed, told: [] };
}

/** A client posts, then reads until there is a verdict; all answers are recorded. */
async function callService({ harness, told }: Life, scenario: Scenario): Promise<void> {
  const { query = '' } = scenario.async ? ASYNC : {};
  const headers = { 'content-type': 'application/json', 'idempotency-key': KEY };
  const body = JSON.stringify(caaRequest({ orchestration_parameters: { max_attempts: scenario.attempts } }));
  told.push(await harness.send(body, { query, headers }));
  const path = `http://127.0.0.1/mpic/${REQUEST_ID}?wait=25`;
  const job = (await (await harness.service.api.request(path)).json()) as JobView;
  told.push({ ...(told[0] as Reply), status: 200, body: job, job });
}

/** The verdict that a client received, if any. */
function verdictTold(told: readonly Reply[]): boolean | null {
  for (const reply of told) {
    if (reply.status === 200 && reply.mpic.is_valid !== undefined) return reply.mpic.is_valid;
    if (reply.job.response) return reply.job.response.is_valid;
  }
  return null;
}

/** Reads the stored request in a process that does nothing else. */
async function readStored(bench: Bench, harness: Harness): Promise<RequestRecord | null> {
  const backend = await bench.openBackend({
    perspectives: SIX,
    clock: bench.time.createClock(),
    log: harness.log,
  });
  await backend.recover();
  return backend.requests.read(REQUEST_ID);
}

/**
 * Kills one process after the other at the given steps, then lets a last one finish. Returns false if one did not die.
 */
async function survive(scenario: Scenario, fatalSteps: readonly number[]): Promise<boolean> {
  const bench = await openEmbeddedBench(AN_ORDINARY_NOON);
  const told: Reply[] = [];
  let deaths = 0;
  for (const [index, fatalStep] of fatalSteps.entries()) {
    const life = await live(bench, scenario, fatalStep);
    if (index === 0) void callService(life, scenario);
    for (let left = LONG_MS; left > 0 && !life.doomed.dead; left -= GLANCE_MS)
      await bench.time.advance(GLANCE_MS);
    told.push(...life.told);
    if (!life.doomed.dead) break;
    deaths += 1;
    await expectKept(bench, life, told);
  }
  const harness = await startHarness(bench, { views: viewsOf(scenario) });
  await harness.advance(LONG_MS);
  await expectEnded(bench, harness, scenario, told);
  await harness.stop();
  return deaths === fatalSteps.length;
}

/** Checks that everything clients were answered is stored when the process dies. */
async function expectKept(bench: Bench, { harness, doomed }: Life, told: readonly Reply[]): Promise<void> {
  const stored = await readStored(bench, harness);
  const at = `died at ${doomed.lastCall?.port}.${doomed.lastCall?.method}`;
  if (told.length > 0) expect(stored, at).not.toBeNull();
  const verdict = verdictTold(told);
  if (verdict === null) return;
  expect(stored?.status, at).toBe('completed');
  expect(stored?.verdicts.at(-1)?.isValid, at).toBe(verdict);
}

async function expectEnded(
  bench: Bench,
  harness: Harness,
  { attempts }: Scenario,
  told: readonly Reply[],
): Promise<void> {
  const record = await harness.backend.requests.read(REQUEST_ID);
  if (record === null) {
    expect(told).toEqual([]);
    expect(bench.events).toEqual([]);
  } else {
    await expectEndedOnce(bench, harness.backend.results, record);
    const verdict = verdictTold(told);
    if (verdict !== null) expect(record.verdicts.at(-1)?.isValid).toBe(verdict);
    // There was enough time to ask the perspectives again whose jobs died with the process.
    if (attempts === 1) expect(record.verdicts.at(-1)?.isValid).toBe(true);
  }
  expect([harness.backend.countOpen(), harness.backend.unpublished()?.count]).toEqual([0, 0]);
}

describe('A process killed at every step, before and after every port call and every write', () => {
  it.each(SCENARIOS)('$name: an accepted request ends exactly once', async (scenario) => {
    let step = 1;
    while (await survive(scenario, [step])) {
      step += 1;
      expect(step).toBeLessThan(STEP_LIMIT);
    }
    // A request takes at least: deadline message, record, six jobs, six results, verdict, audit, event, mark; each
    // twice.
    expect(step).toBeGreaterThan(50);
  });

  it.each(SCENARIOS)(
    '$name: an accepted request ends exactly once when the recovery is killed at every third step, too',
    async (scenario) => {
      for (const first of [7, 20, 33, 46, 59, 72]) {
        let step = 1;
        while (await survive(scenario, [first, step])) step += 3;
      }
    },
  );
});
