/**
 * The rules for one attempt, written from the documents and sharing nothing with the code that decides (TLS BR 3.2.2.9
 * [mpic] for the quorum, the Open MPIC API for its policy).
 */

/** The result of one perspective. */
export interface Vote {
  readonly passed: boolean;
  readonly corroborates: boolean;
  readonly completed: boolean;
}

export const LOST: Vote = { passed: false, corroborates: false, completed: false };
const BEST: Vote = { passed: true, corroborates: true, completed: true };

export type PrimaryStatus = 'not-declared' | 'site' | 'pending' | 'passed' | 'failed';

export interface Attempt {
  readonly policy: 'baseline-requirements' | 'open-mpic';
  /** The day of the rules, `YYYY-MM-DD`. */
  readonly day: string;
  readonly cohort: readonly { readonly code: string; readonly rir: string }[];
  readonly quorumCount: number;
  readonly isMonitoring: boolean;
  readonly isSharedHost: boolean;
  /** Results of the cohort. */
  readonly votes: ReadonlyMap<string, Vote>;
  readonly primary: PrimaryStatus;
  readonly isTooLate: boolean;
}

export interface Outcome {
  readonly isValid: boolean;
  readonly mpicCompleted: boolean;
  readonly corroborating: readonly string[];
  readonly quorum: string;
  readonly required: number;
  readonly minimum: number;
  readonly rirs: readonly string[];
  readonly reasons: readonly string[];
}

/** Minimum number of remote perspectives, by day. */
const MINIMA: readonly (readonly [string, number])[] = [
  ['2026-12-15', 5],
  ['2026-06-15', 4],
  ['2026-03-15', 3],
  ['2025-03-15', 2],
];
const TWO_REGIONS_SINCE = '2026-03-15';

/** The outcome of the attempt if perspectives without a result count as non-corroborations. */
export function outcomeOf(attempt: Attempt): Outcome {
  const { cohort, policy, quorumCount, votes } = attempt;
  const count = cohort.length;
  const voteOf = (code: string) => votes.get(code) ?? LOST;
  const isFor = ({ passed, corroborates, completed }: Vote) => passed && corroborates && completed;
  const corroborating = cohort.filter(({ code }) => isFor(voteOf(code)));
  const passing = cohort.filter(({ code }) => voteOf(code).passed);
  const completed = cohort.filter(({ code }) => voteOf(code).completed).length;
  const spare = count >= 6 ? 2 : count >= 2 ? 1 : 0;
  const minimum = MINIMA.find(([since]) => attempt.day >= since)?.[1] ?? 0;
  const regions = (some: typeof cohort) => [...new Set(some.map(({ rir }) => rir))].sort();
  const rirs = regions(corroborating);
  const leastRegions = attempt.day >= TWO_REGIONS_SINCE ? 2 : 1;

  const findings: readonly (readonly [string, boolean])[] = [
    ['monitoring', attempt.isMonitoring],
    ['primary-failed', attempt.primary === 'failed'],
    ['quorum-not-met', corroborating.length < quorumCount],
    ['shared-host', attempt.isSharedHost],
    ['too-few-perspectives', count < minimum || count < 2],
    ['too-few-rirs', rirs.length < leastRegions],
    ['too-late', attempt.isTooLate],
    ['too-many-non-corroborations', corroborating.length < count - spare],
  ];
  const reasons = findings.filter(([, isSo]) => isSo).map(([reason]) => reason);
  const hasQuorum = passing.length >= Math.max(1, quorumCount);
  const meetsRules = reasons.every((reason) => reason === 'shared-host');
  const spansRegions = count <= 2 || regions(passing).length >= 2;
  const isValid =
    policy === 'open-mpic'
      ? !attempt.isTooLate &&
        (attempt.isMonitoring || (hasQuorum && spansRegions && attempt.primary !== 'failed'))
      : hasQuorum && meetsRules;
  return {
    isValid,
    mpicCompleted: completed >= quorumCount,
    corroborating: corroborating.map(({ code }) => code),
    quorum: `${corroborating.length}/${count}`,
    required: Math.max(count - spare, quorumCount),
    minimum,
    rirs,
    reasons,
  };
}

/** True if no result that is still missing can change the outcome. */
export function isSettled(attempt: Attempt): boolean {
  const silent = attempt.cohort.filter(({ code }) => !attempt.votes.has(code));
  if (silent.length === 0 && attempt.primary !== 'pending') return true;
  // The verdict of monitoring is known in advance; its purpose is the report.
  if (attempt.isMonitoring) return false;
  const worst = outcomeOf({
    ...attempt,
    primary: attempt.primary === 'pending' ? 'failed' : attempt.primary,
  });
  const best = outcomeOf({
    ...attempt,
    votes: new Map([...attempt.votes, ...silent.map(({ code }) => [code, BEST] as const)]),
    primary: attempt.primary === 'pending' ? 'passed' : attempt.primary,
  });
  const isClean = ({ reasons }: Outcome) => reasons.length === 0;
  const meets = ({ reasons }: Outcome) => reasons.every((reason) => reason === 'shared-host');
  return worst.isValid === best.isValid && meets(worst) === meets(best) && isClean(worst) === isClean(best);
}

interface StoredMembers {
  readonly contract?: unknown;
  readonly requestId?: unknown;
  readonly perspective?: unknown;
  readonly attempt?: unknown;
  readonly attemptToken?: unknown;
  readonly requestDigest?: unknown;
  readonly checkType?: unknown;
  readonly passed?: unknown;
  readonly corroborates?: unknown;
  readonly completed?: unknown;
  readonly details?: { readonly kind?: unknown; readonly dns?: { readonly dnssec?: unknown } | null };
}

/** What a result must be about. */
export interface Ballot {
  readonly requestId: string;
  readonly perspective: string;
  readonly attempt: number;
  readonly token: string | null;
  readonly digest: string;
  readonly checkType: string;
}

export interface ReadVote extends Vote {
  readonly isValidated: boolean;
}

/** Reads a stored result; one about anything else counts as lost. */
export function readVote(text: string, ballot: Ballot): ReadVote {
  const lost = { ...LOST, isValidated: false };
  let members: StoredMembers;
  try {
    members = JSON.parse(text) as StoredMembers;
  } catch {
    return lost;
  }
  if (typeof members !== 'object' || members === null) return lost;
  const isAbout =
    members.requestId === ballot.requestId &&
    members.perspective === ballot.perspective &&
    members.attempt === ballot.attempt &&
    members.attemptToken === ballot.token &&
    members.requestDigest === ballot.digest &&
    members.checkType === ballot.checkType;
  const { passed, corroborates, completed, details } = members;
  const isWhole =
    typeof passed === 'boolean' &&
    typeof corroborates === 'boolean' &&
    typeof completed === 'boolean' &&
    details !== undefined;
  if (!isAbout || !isWhole) return lost;
  if (details.kind === 'none' && passed) return lost;
  const dnssec = details.dns?.dnssec;
  return { passed, corroborates, completed, isValidated: dnssec === 'secure' || dnssec === 'insecure' };
}
