import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ALL, planOf } from './choices.ts';
import { runHistory } from './history.ts';
import { isCalm, SHAPES } from './plan.ts';
import { shrink } from './shrink.ts';

/** Repeat a run with `SIMULATION_SEED=<seed>`; without it every run is different. */
const SEED = process.env.SIMULATION_SEED;
const REQUESTS = process.env.SIMULATION_REQUESTS ?? '3000';
/** Ends a run on a busy machine after this many seconds, whatever the number of requests. */
const SECONDS = process.env.SIMULATION_SECONDS ?? '150';
/** Test time-out: time is virtual, so only the processor limits the run, and it may be busy. */
const PROCESSOR_MS = 900_000;

function simulate(
  flags: readonly string[],
): Promise<{ readonly status: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/simulate.mjs', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** The first seed whose plan matches. */
function seedOf(isWanted: (plan: ReturnType<typeof planOf>) => boolean): number {
  for (let seed = 0; ; seed += 1) if (isWanted(planOf({ ...ALL, seed }))) return seed;
}

describe('The whole service in virtual time', () => {
  it(
    'loses nothing, answers nothing stale, ends nothing early and contradicts no answer, under random faults',
    async () => {
      const seed = SEED === undefined ? [] : ['--seed', SEED];
      const { status, output } = await simulate([
        '--requests',
        REQUESTS,
        '--workers',
        '2',
        '--seconds',
        SECONDS,
        ...seed,
      ]);
      process.stdout.write(output.replaceAll(/^\d+ s: .*\n/gm, ''));
      expect(status, output).toBe(0);
    },
    PROCESSOR_MS,
  );

  it.each(SHAPES)('repeats a history call by call for the same seed: %s', async (shape) => {
    const seed = seedOf((plan) => plan.shape === shape && plan.faults.length > 5);
    const first = await runHistory(planOf({ ...ALL, seed }));
    const again = await runHistory(planOf({ ...ALL, seed }));
    expect(again.digest).toBe(first.digest);
    expect(again.answers).toEqual(first.answers);
  });

  it('runs another history for another seed', async () => {
    const [one, other] = await Promise.all([1, 2].map((seed) => runHistory(planOf({ ...ALL, seed }))));
    expect(one?.digest).not.toBe(other?.digest);
  });

  it.each(SHAPES)('has no violations without faults: %s', async (shape) => {
    const seed = seedOf((plan) => plan.shape === shape && isCalm(plan));
    const { violations, requests } = await runHistory(planOf({ ...ALL, seed }));
    expect(requests).toBeGreaterThan(0);
    expect(violations).toEqual([]);
  });

  it('shrinks a failing history to the parts that make it fail', async () => {
    const seed = seedOf((plan) => plan.faults.length > 8);
    const short = await shrink({ ...ALL, seed }, async ({ clients, faults }) => {
      const isCause = (list: readonly number[] | null, index: number) => list?.includes(index) ?? true;
      return isCause(clients, 3) && isCause(clients, 17) && isCause(faults, 6);
    });
    expect(short).toEqual({
      seed,
      clients: [3, 17],
      faults: [6],
      isHonest: true,
      isClear: true,
      isOnTime: true,
    });
  });
});
