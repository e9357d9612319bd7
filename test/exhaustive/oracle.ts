import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { CohortMember } from '../../shared/domain/mpic/decision.ts';

/**
 * What an attempt amounts to, written from the rules and not from the product: nothing of `shared/domain/mpic/decision.ts` is used here.
 *
 * TLS BR 3.2.2.9 as in force from 2026-06-15 to 2026-12-14: at least four remote perspectives; of two to five at most one may fail to
 * corroborate, of six and more two; those that corroborate lie in at least two RIR regions. Silence is not corroboration.
 */
export interface Attempt {
  readonly cohort: readonly CohortMember[];
  /** The quorum asked for, where it is stricter than the table. */
  readonly quorumCount: number;
}

const MINIMUM_PERSPECTIVES = 4;
const MINIMUM_REGIONS = 2;

/** Whether the attempt corroborates when these have corroborated and no other does. */
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
 * What follows from these results: true or false once nothing that the others could still say would change it, `open` before. More
 * corroborations never make it worse, so the two extremes decide.
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
