import type { ScenarioName } from './options.ts';

/** One number that was measured, and what it should be. */
export interface Measurement {
  readonly scenario: ScenarioName;
  /** What was measured, for people. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The bound of the design, where it has one for this backend. */
  readonly target?: { readonly kind: 'at most' | 'at least'; readonly bound: number } | undefined;
}

export function isMet({ value, target }: Measurement): boolean | null {
  if (target === undefined) return null;
  return target.kind === 'at most' ? value <= target.bound : value >= target.bound;
}

export const atMost = (bound: number) => ({ kind: 'at most', bound }) as const;
export const atLeast = (bound: number) => ({ kind: 'at least', bound }) as const;

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest-rank percentiles. NaN for no samples at all. */
export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
