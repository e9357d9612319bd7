import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ALL, planOf } from './choices.ts';
import { runHistory } from './history.ts';
import { isCalm, SHAPES } from './plan.ts';
import { shrink } from './shrink.ts';

/** Replay with `SIMULATION_SEED=<seed>`; without it no two runs are the same. */
const SEED = process.env.SIMULATION_SEED;
const REQUESTS = process.env.SIMULATION_REQUESTS ?? '3000';
/** Where the processor has other things to do it ends after this many seconds, however many requests that were. */
const SECONDS = process.env.SIMULATION_SECONDS ?? '150';
/** Time is virtual, and what limits it is the processor alone, which may have other things to do. */
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

/** The first seed whose history is of this kind. */
function seedOf(isWanted: (plan: ReturnType<typeof planOf>) => boolean): number {
  for (let seed = 0; ; seed += 1) if (isWanted(planOf({ ...ALL, seed }))) return seed;
}

describe('The whole service in virtual time', () => {
  it(
    'nothing is lost, stale, ended early or told twice, whatever goes wrong',
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

  it.each(SHAPES)('a seed repeats its history, call by call: %s', async (shape) => {
    const seed = seedOf((plan) => plan.shape === shape && plan.faults.length > 5);
    const first = await runHistory(planOf({ ...ALL, seed }));
    const again = await runHistory(planOf({ ...ALL, seed }));
    expect(again.digest).toBe(first.digest);
    expect(again.answers).toEqual(first.answers);
  });

  it('another seed is another history', async () => {
    const [one, other] = await Promise.all([1, 2].map((seed) => runHistory(planOf({ ...ALL, seed }))));
    expect(one?.digest).not.toBe(other?.digest);
  });

  it.each(SHAPES)('where nothing goes wrong, nothing is amiss: %s', async (shape) => {
    const seed = seedOf((plan) => plan.shape === shape && isCalm(plan));
    const { violations, requests } = await runHistory(planOf({ ...ALL, seed }));
    expect(requests).toBeGreaterThan(0);
    expect(violations).toEqual([]);
  });

  it('a failing history is reduced to what makes it fail', async () => {
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
