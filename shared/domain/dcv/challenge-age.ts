import type { Target, ValidationMethod } from '../check/check.ts';
import { cite } from '../rules/citation.ts';
import { citeMethod, METHOD_RULES } from './methods.ts';

const DAY_MS = 86_400_000;

/** What the clock of a CA may be ahead of ours when it draws a Random Value, milliseconds. */
const CLOCK_TOLERANCE_MS = 300_000;

/** What a CA gives to an applicant, or has the applicant make from the certificate request (TLS BR 1.6.1 [definitions]). */
export const CHALLENGE_TYPES = ['random-value', 'request-token'] as const;
export type ChallengeType = (typeof CHALLENGE_TYPES)[number];

export interface ChallengeAge {
  readonly method: ValidationMethod;
  readonly target: Target;
  /** Null: a Random Value or token of the method, whose making is the CA's own. */
  readonly type: ChallengeType | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** When the request came, Unix milliseconds. */
  readonly receivedAt: number;
  /** When the check is made at the latest, Unix milliseconds. */
  readonly usedAt: number;
}

/**
 * Why a challenge of this age proves nothing, or null. The limit of each method is in the rulebook; exactly the limit is
 * still in time (TLS BR 3.2.2.4 [dcv], 3.2.2.5 [ip]). A Request Token carries its time, which is never in the future (TLS BR
 * 1.6.1 [definitions]); a Random Value is drawn by the CA, whose clock may be a little ahead.
 */
export function findChallengeAgeProblem(age: ChallengeAge): string | null {
  const { method, target, type, createdAt, receivedAt, usedAt } = age;
  const { challengeDays } = METHOD_RULES[method];
  if (challengeDays === null) return null;
  const isToken = type === 'request-token';
  if (createdAt > receivedAt + (isToken ? 0 : CLOCK_TOLERANCE_MS)) {
    return isToken
      ? `challenge_created_at of a Request Token lies in the future (${cite('definitions')}); take one of the past`
      : 'challenge_created_at lies in the future; send when the challenge was made';
  }
  if (usedAt - createdAt <= challengeDays * DAY_MS) return null;
  return `the challenge is older than the ${challengeDays} days that it may be used (${citeMethod(method, target)}); make a new one`;
}
