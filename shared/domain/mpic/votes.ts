import { adnLookupsOf, type Check, methodOf, type NameLookup } from '../check/check.ts';
import type { CheckDetails, CheckError, CheckResult, NameObservation } from '../check/check-result.ts';
import type { ResultKey } from '../check/perspective.ts';
import type { ReadableResult, StoredResult, UnreadableResult } from '../check/stored-result.ts';
import { isCanonicalContact } from '../dcv/contact.ts';
import { usesOnlyDns } from '../dcv/methods.ts';
import type { CheckErrorType } from '../errors.ts';
import type { Finding } from './decision.ts';
import { type AttemptVerdict, perspectivesAsked, type RequestRecord, tokenOfAttempt } from './lifecycle.ts';

/**
 * The vote of a perspective, from the result under its key: the result itself if it is about the check of the request
 * and this start of its attempt, else unreadable. The first write wins, so no better result can follow, and the vote
 * counts at once as a failed check.
 */
export function asVote(record: RequestRecord, stored: StoredResult): StoredResult {
  if (stored.status === 'unreadable') return stored;
  if (!isOfStart(record, stored.result))
    return asUnreadable(stored, 'it is about another start of the attempt');
  return isAbout(record.check, stored.result)
    ? stored
    : asUnreadable(stored, 'it is about another kind of check');
}

/** A request of the previous version has no token, and its jobs had neither token nor digest. */
function isOfStart(record: RequestRecord, { attempt, attemptToken, requestDigest }: CheckResult): boolean {
  const token = tokenOfAttempt(record, attempt);
  return attemptToken === token && (token === null || requestDigest === record.requestDigest);
}

export function asUnreadable(
  { perspective, attempt, digest, bytes }: StoredResult,
  problem: string,
): UnreadableResult {
  return { status: 'unreadable', perspective, attempt, digest, bytes, problem };
}

/** Error type for a perspective that gave no result before the decision, as in the Open MPIC API. */
export const SILENCE_ERROR = 'mpic_error:coordinator:remote_check' satisfies CheckErrorType;

/** The error that responses, events and audit records contain for an unreadable vote. */
export function unreadableError({ problem }: UnreadableResult): CheckError {
  return {
    type: 'mpic_error:coordinator:unreadable_result' satisfies CheckErrorType,
    message: `What the perspective stored is not a result: ${problem}`,
  };
}

/**
 * Whether a result is about `check`. A result without details is valid only for a check that did not complete, or that
 * ended at a lookup on the way to its target and reports it. A result that passes must report every lookup on the way.
 */
function isAbout(
  check: Check,
  { checkType, details, completed, passed, adnLookups = [] }: CheckResult,
): boolean {
  if (checkType !== check.checkType) return false;
  const way = adnLookupsOf(check);
  const isOnWay = adnLookups.every((seen, index) => isObservationOf(seen, way[index]));
  if (!isOnWay || (passed && adnLookups.length !== way.length)) return false;
  if (details.kind === 'none') return !passed && (!completed || adnLookups.length > 0);
  return isObservationBy(check, details);
}

/** Whether details are of the kind that a check produces. Contacts must be such that a correct perspective can report. */
export function isObservationBy(check: Check, details: Exclude<CheckDetails, { kind: 'none' }>): boolean {
  if (check.checkType === 'caa' || details.kind === 'caa') return details.kind === check.checkType;
  if (details.method !== methodOf(check)) return false;
  if (check.checkType === 'dcv') return details.kind === detailsKind(check.dcv);
  if (details.kind !== 'contacts') return false;
  return (details.contacts ?? []).every((contact) => isCanonicalContact(details.method, contact));
}

function isObservationOf(seen: NameObservation, wanted: NameLookup | undefined): boolean {
  return seen.type === wanted?.type && seen.name === wanted.name && seen.expected === wanted.expected;
}

function detailsKind(parameters: Extract<Check, { checkType: 'dcv' }>['dcv']): CheckDetails['kind'] {
  if (usesOnlyDns(parameters)) return 'dns';
  return parameters.method === 'acme-tls-alpn-01' ? 'tls' : 'http';
}

const LOST_VOTE: Finding = { passed: false, corroborates: false, completed: false, allowedNetworks: [] };

/** The finding that the decision uses. */
export function toFinding(vote: StoredResult): Finding {
  return vote.status === 'readable' ? vote.result : LOST_VOTE;
}

/** The readable results among votes. */
export function readableResults(votes: readonly StoredResult[]): readonly CheckResult[] {
  return votes
    .filter((vote): vote is ReadableResult => vote.status === 'readable')
    .map(({ result }) => result);
}

/** The counted vote of a perspective in a verdict. */
export function voteOf({ results }: AttemptVerdict, perspective: string): StoredResult | undefined {
  return results.find((vote) => vote.perspective === perspective);
}

/**
 * Results that were not counted in their attempt, from perspectives that received a job in it. They are evidence only
 * (TLS BR 3.2.2.9 [mpic]: no corroboration is carried over).
 */
export function selectLateResults(
  record: RequestRecord,
  stored: readonly StoredResult[],
): readonly StoredResult[] {
  return record.verdicts.flatMap(({ attempt, counted }) => {
    const silent = perspectivesAsked(record, attempt).filter((code) => !counted.includes(code));
    return stored
      .filter((result) => result.attempt === attempt && silent.includes(result.perspective))
      .map((result) => asVote(record, result));
  });
}

/** A counted vote, and what is stored under its key now; null if nothing is. */
export interface ChangedResult {
  readonly counted: StoredResult;
  readonly found: StoredResult | null;
}

/**
 * Counted votes of `attempt` whose stored results have changed since. A perspective's role cannot be prevented from
 * overwriting its own results; the verdict is based on what was read for it.
 *
 * @param stored everything stored under the keys of that attempt, except keys that could not be read.
 */
export function selectChangedResults(
  record: RequestRecord,
  attempt: number,
  stored: readonly StoredResult[],
  unread: readonly ResultKey[],
): readonly ChangedResult[] {
  const verdict = record.verdicts.find((candidate) => candidate.attempt === attempt);
  return (verdict?.results ?? []).flatMap((counted) => {
    const isOfVote = (key: ResultKey) => key.attempt === attempt && key.perspective === counted.perspective;
    if (unread.some(isOfVote)) return [];
    const found = stored.find(isOfVote);
    return found?.digest === counted.digest ? [] : { counted, found: found ?? null };
  });
}
