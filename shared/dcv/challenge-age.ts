import type { Target, ValidationMethod } from '../mpic/check.ts';
import { citeMethod, METHOD_RULES } from './methods.ts';

const DAY_MS = 86_400_000;

/** What the clock of a CA may be ahead of ours, milliseconds. */
const CLOCK_TOLERANCE_MS = 300_000;

export interface ChallengeAge {
  readonly method: ValidationMethod;
  readonly target: Target;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** When the check is made, Unix milliseconds. */
  readonly usedAt: number;
}

/**
 * Why a challenge of this age proves nothing, or null. The limit of each method is in the rulebook; exactly the limit is
 * still in time (TLS BR 3.2.2.4 [dcv], 3.2.2.5 [ip]).
 */
export function findChallengeAgeProblem({ method, target, createdAt, usedAt }: ChallengeAge): string | null {
  const { challengeDays } = METHOD_RULES[method];
  if (challengeDays === null) return null;
  if (createdAt > usedAt + CLOCK_TOLERANCE_MS)
    return 'challenge_created_at lies in the future; send when the challenge was made';
  if (usedAt - createdAt <= challengeDays * DAY_MS) return null;
  return `the challenge is older than the ${challengeDays} days that it may be used (${citeMethod(method, target)}); make a new one`;
}
