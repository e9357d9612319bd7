import type { Target, ValidationMethod } from '../mpic/check.ts';
import { METHOD_RULES } from './methods.ts';

const DAY_MS = 86_400_000;

/** TLS BR v2.2.6 sections 3.2.2.4 and 3.2.2.5: a Random Value, and a token made for a challenge. */
const CHALLENGE_DAYS = 30;

/** Sections under which a value may be as old as a validation that is reused, where that is longer. */
const REUSE_SECTIONS: readonly (string | null)[] = ['3.2.2.4.7', '3.2.2.5.1'];

/** What the clock of a CA may be ahead of ours, milliseconds. */
const CLOCK_TOLERANCE_MS = 300_000;

export interface ChallengeAge {
  readonly method: ValidationMethod;
  readonly target: Target;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** When the check is made, Unix milliseconds. */
  readonly usedAt: number;
  /** How long a validation may be reused on that day (TLS BR v2.2.6 section 4.2.1). */
  readonly reuseDays: number;
}

/**
 * Why a challenge of this age proves nothing, or null. The limits are those of TLS BR v2.2.6: 30 days, and for sections
 * 3.2.2.4.7 and 3.2.2.5.1 the reuse period when it is longer. Exactly the limit is still in time.
 */
export function findChallengeAgeProblem(age: ChallengeAge): string | null {
  const { createdAt, usedAt } = age;
  if (createdAt > usedAt + CLOCK_TOLERANCE_MS)
    return 'challenge_created_at lies in the future; send when the challenge was made';
  const days = challengeDays(age);
  if (usedAt - createdAt <= days * DAY_MS) return null;
  return `the challenge is older than the ${days} days that it may be used (TLS BR v2.2.6 section ${sectionOf(age)}); make a new one`;
}

function challengeDays(age: ChallengeAge): number {
  return REUSE_SECTIONS.includes(sectionOf(age)) ? Math.max(CHALLENGE_DAYS, age.reuseDays) : CHALLENGE_DAYS;
}

function sectionOf({ method, target }: ChallengeAge): string | null {
  const { sections } = METHOD_RULES[method];
  return target.kind === 'domain' ? sections.domain : sections.ip;
}
