import type { Check, NameLookup } from '../check/check.ts';
import type { CheckDetails, CheckError, CheckResult, NameObservation } from '../check/check-result.ts';
import type { ResultKey } from '../check/perspective.ts';
import type { ReadableResult, StoredResult, UnreadableResult } from '../check/stored-result.ts';
import { usesOnlyDns } from '../dcv/methods.ts';
import type { CheckErrorType } from '../errors.ts';
import type { Finding } from './decision.ts';
import { type AttemptVerdict, perspectivesAsked, type RequestRecord, tokenOfAttempt } from './lifecycle.ts';

/**
 * What lies under a perspective's key, as the vote of that perspective: itself when it is about the check of the request and
 * about this start of its attempt, else unreadable. The first write wins, so nothing better can come, and the vote is lost at
 * once.
 */
export function asVote(record: RequestRecord, stored: StoredResult): StoredResult {
  if (stored.status === 'unreadable') return stored;
  if (!isOfStart(record, stored.result))
    return asUnreadable(stored, 'it is about another start of the attempt');
  return isAbout(record.check, stored.result)
    ? stored
    : asUnreadable(stored, 'it is about another kind of check');
}

/** A request of the version before has no token, and its jobs had neither token nor digest. */
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

/** Of a perspective that gave no result before the decision, in the words of the Open MPIC API. */
export const SILENCE_ERROR = 'mpic_error:coordinator:remote_check' satisfies CheckErrorType;

/** What answers, events and records say of a vote that could not be read. */
export function unreadableError({ problem }: UnreadableResult): CheckError {
  return {
    type: 'mpic_error:coordinator:unreadable_result' satisfies CheckErrorType,
    message: `What the perspective stored is not a result: ${problem}`,
  };
}

/**
 * Only a check that could not be completed has nothing to tell, or one that ended on the way to its target, with what was seen
 * there. One that passes has seen the whole way.
 */
function isAbout(
  check: Check,
  { checkType, details, completed, passed, adnLookups = [] }: CheckResult,
): boolean {
  if (checkType !== check.checkType) return false;
  const way = check.checkType === 'dcv' ? (check.adn?.lookups ?? []) : [];
  const isOnWay = adnLookups.every((seen, index) => isObservationOf(seen, way[index]));
  if (!isOnWay || (passed && adnLookups.length !== way.length)) return false;
  if (details.kind === 'none') return !passed && (!completed || adnLookups.length > 0);
  if (check.checkType === 'caa' || details.kind === 'caa') return details.kind === check.checkType;
  return details.kind === detailsKind(check.dcv) && details.method === check.dcv.method;
}

function isObservationOf(seen: NameObservation, wanted: NameLookup | undefined): boolean {
  return seen.type === wanted?.type && seen.name === wanted.name && seen.expected === wanted.expected;
}

function detailsKind(parameters: Extract<Check, { checkType: 'dcv' }>['dcv']): CheckDetails['kind'] {
  if (usesOnlyDns(parameters)) return 'dns';
  return parameters.method === 'acme-tls-alpn-01' ? 'tls' : 'http';
}

const LOST_VOTE: Finding = { passed: false, corroborates: false, completed: false, allowedNetworks: [] };

/** What the decision looks at. */
export function toFinding(vote: StoredResult): Finding {
  return vote.status === 'readable' ? vote.result : LOST_VOTE;
}

/** The results among votes. */
export function readableResults(votes: readonly StoredResult[]): readonly CheckResult[] {
  return votes
    .filter((vote): vote is ReadableResult => vote.status === 'readable')
    .map(({ result }) => result);
}

/** The vote of a perspective that a verdict rests on. */
export function voteOf({ results }: AttemptVerdict, perspective: string): StoredResult | undefined {
  return results.find((vote) => vote.perspective === perspective);
}

/**
 * Results that arrived but were not counted in their attempt, of perspectives that were asked in it.
 * They are evidence and change nothing (TLS BR 3.2.2.9 [mpic]: no corroboration is carried over).
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

/** A vote that counted, and what lies under its key now; null: nothing does. */
export interface ChangedResult {
  readonly counted: StoredResult;
  readonly found: StoredResult | null;
}

/**
 * Votes of `attempt` under whose keys something else lies now. A perspective's role cannot be kept from putting again what it
 * has put before; the verdict rests on what was read for it.
 *
 * @param stored everything that lies under the keys of that attempt, but for those that could not be read.
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
