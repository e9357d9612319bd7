import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { CohortMember } from '../../shared/domain/mpic/decision.ts';

/**
 * Decides an attempt, written from the rules and independent of `shared/domain/mpic/decision.ts`.
 *
 * TLS BR 3.2.2.9 as in force from 2026-06-15 to 2026-12-14: at least four remote perspectives; of two to five at most
 * one may fail to corroborate, of six and more two; those that corroborate are in at least two RIR regions. A
 * perspective without a result does not corroborate.
 */
export interface Attempt {
  readonly cohort: readonly CohortMember[];
  /** The requested quorum, if it is stricter than the table. */
  readonly quorumCount: number;
}

const MINIMUM_PERSPECTIVES = 4;
const MINIMUM_REGIONS = 2;

/** Whether the attempt is corroborated if exactly these perspectives corroborate. */
export function corroborates({ cohort, quorumCount }: Attempt, corroborating: ReadonlySet<string>): boolean {
  const members = cohort.filter(({ code }) => corroborating.has(code));
  const allowedFailures = cohort.length >= 6 ? 2 : 1;
  return (
    cohort.length >= MINIMUM_PERSPECTIVES &&
    members.length >= Math.max(quorumCount, cohort.length - allowedFailures) &&
    new Set(members.map(({ rir }) => rir)).size >= MINIMUM_REGIONS
  );
}

/**
 * The outcome of these results: true or false once no further result can change it, else `open`. A corroboration never
 * makes the outcome worse, so comparing the two extremes is enough.
 */
export function outcomeOf(attempt: Attempt, results: readonly CheckResult[]): boolean | 'open' {
  const saidYes = new Set(
    results.filter((result) => result.corroborates).map(({ perspective }) => perspective),
  );
  const answered = new Set(results.map(({ perspective }) => perspective));
  const silent = attempt.cohort.map(({ code }) => code).filter((code) => !answered.has(code));
  const atWorst = corroborates(attempt, saidYes);
  const atBest = corroborates(attempt, new Set([...saidYes, ...silent]));
  return atWorst === atBest ? atBest : 'open';
}
