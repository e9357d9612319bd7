import { type Choices, planOf } from './choices.ts';
import { runHistory } from './history.ts';
import type { Options } from './options.ts';
import type { Violation } from './oracle/judge.ts';
import type { Shape } from './plan.ts';
import type { Tally } from './tally.ts';

/** Summary of one history, for the report. */
export interface Lived {
  readonly seed: number;
  readonly shape: Shape;
  readonly requests: number;
  readonly virtualMs: number;
  readonly digest: string;
  readonly faults: Tally;
  readonly answers: Tally;
  readonly violations: readonly Violation[];
  readonly lines: readonly string[];
}

export async function live(choices: Choices, { trace }: Options): Promise<Lived> {
  const plan = planOf(choices);
  const report = await runHistory(plan, trace);
  return {
    seed: plan.seed,
    shape: plan.shape,
    requests: report.requests,
    virtualMs: report.virtualMs,
    digest: report.digest,
    faults: Object.fromEntries(report.faults),
    answers: Object.fromEntries(report.answers),
    violations: report.violations,
    lines: report.lines,
  };
}

/** Runs every `step`-th history from `first`, one after the other, until the consumer stops. */
export async function* liveMany(options: Options, first: number, step: number): AsyncGenerator<Lived> {
  for (let index = first; index < options.histories; index += step) {
    const choices = { ...options.choices, seed: (options.seed + index) % 2 ** 32 };
    if (options.shape !== null && planOf(choices).shape !== options.shape) continue;
    yield await live(choices, options);
  }
}
