import { type CheckPlan, type LoadPlan, type LoadResult, runLoad } from '../load.ts';
import type { Measurement } from '../measurement.ts';
import type { BenchOptions } from '../options.ts';
import type { BenchServer } from '../server.ts';

/** What a scenario needs to know; it returns what it measured. */
export interface BenchContext {
  readonly options: BenchOptions;
  /** Tell the person who waits. */
  readonly progress: (text: string) => void;
}

export type Scenario = (context: BenchContext) => Promise<readonly Measurement[]>;

/** Long enough for the compiler to have seen every path of a check. */
const WARM_UP: readonly LoadPlan[] = [
  { callers: 16, seconds: 3 },
  { callers: 1, seconds: 1 },
];

export function checkPlan({ options }: BenchContext, { url }: BenchServer): CheckPlan {
  const { apiKey, target, caaDomain, perspectives } = options;
  return { url, apiKey, target, caaDomain, perspectives };
}

export async function warmUp(check: CheckPlan): Promise<void> {
  for (const plan of WARM_UP) await runLoad(check, plan);
}

/** Checks a second. */
export function rate({ samples, seconds }: LoadResult): number {
  return samples.length / seconds;
}

/** The bound of the design where it speaks about this backend. */
export function forEmbedded<Target>({ options }: BenchContext, target: Target): Target | undefined {
  return options.url === null && options.backend === 'embedded' ? target : undefined;
}
