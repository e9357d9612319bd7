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
/** Longer than all attempts of a request, retries of messages included. */
const LONG_MS = 60_000;
/** How long a write takes, so that there is a time in which it is under way and not done. */
const DISK_MS = 2;
/** How soon after a death the next process starts, at the latest. */
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

/** The first attempt fails where there is to be a second; one perspective answers when the linger is over. */
function viewsOf({ attempts }: Scenario): NonNullable<HarnessOptions['views']> {
  const view = attempts === 1 ? permits : changing(1, forbids, permits);
  return { ...views(SIX, view), [SLOW]: late(500, permits) };
}

interface Life {
  readonly harness: Harness;
  readonly doomed: DoomedProcess;
  /** What clients were answered before the end. */
  readonly told: Reply[];
}

/** A process that lives until it dies at `fatalStep`, counted from when it serves, or until all is done. */
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

/** A client posts, and reads until there is a verdict; whatever it hears is noted. */
async function callService({ harness, told }: Life, scenario: Scenario): Promise<void> {
  const { query = '' } = scenario.async ? ASYNC : {};
  const headers = { 'content-type': 'application/json', 'idempotency-key': KEY };
  const body = JSON.stringify(caaRequest({ orchestration_parameters: { max_attempts: scenario.attempts } }));
  told.push(await harness.send(body, { query, headers }));
  const path = `http://127.0.0.1/mpic/${REQUEST_ID}?wait=25`;
  const job = (await (await harness.service.api.request(path)).json()) as JobView;
  told.push({ ...(told[0] as Reply), status: 200, body: job, job });
}

/** The verdict that a client was told, if any. */
function verdictTold(told: readonly Reply[]): boolean | null {
  for (const reply of told) {
    if (reply.status === 200 && reply.mpic.is_valid !== undefined) return reply.mpic.is_valid;
    if (reply.job.response) return reply.job.response.is_valid;
  }
  return null;
}

/** What is stored, read by a process that does nothing else. */
async function readStored(bench: Bench, harness: Harness): Promise<RequestRecord | null> {
  const backend = await bench.openBackend({
    perspectives: SIX,
    clock: bench.time.createClock(),
    log: harness.log,
  });
  await backend.recover();
  return backend.requests.read(REQUEST_ID);
}

/** Kill one process after the other at the given steps, then let a last one finish. False when none died. */
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

/** Nothing that a client was told is lost with the process that told it. */
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
    // There was time enough to ask again those whose jobs died with the process.
    if (attempts === 1) expect(record.verdicts.at(-1)?.isValid).toBe(true);
  }
  expect([harness.backend.countOpen(), harness.backend.unpublished()?.count]).toEqual([0, 0]);
}

describe('A process killed at every step, before and after every call of a port and every write', () => {
  it.each(SCENARIOS)('$name: what was accepted ends once', async (scenario) => {
    let step = 1;
    while (await survive(scenario, [step])) {
      step += 1;
      expect(step).toBeLessThan(STEP_LIMIT);
    }
    // A request takes at least: deadline, record, six jobs, six results, verdict, audit, event, mark; each twice.
    expect(step).toBeGreaterThan(50);
  });

  it.each(SCENARIOS)('$name: and again at every step of the recovery', async (scenario) => {
    for (const first of [7, 20, 33, 46, 59, 72]) {
      let step = 1;
      while (await survive(scenario, [first, step])) step += 3;
    }
  });
});
