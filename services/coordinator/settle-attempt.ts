import type { ResultKey } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { judgeAttempt, selectAttemptResults } from '../../shared/domain/mpic/judge-attempt.ts';
import { perspectivesAsked, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { selectChangedResults, selectLateResults } from '../../shared/domain/mpic/votes.ts';
import { concludeAttempt, type DecisionDeps } from './finish.ts';
import { withEvidence } from './publish.ts';

export function isRunning(record: RequestRecord, attempt: number): boolean {
  return record.status === 'running' && record.attempt === attempt;
}

/** The keys under which everybody who was asked in `attempt` stores. */
export function keysOfAttempt(record: RequestRecord, attempt: number): readonly ResultKey[] {
  return perspectivesAsked(record, attempt).map((perspective) => ({ perspective, attempt }));
}

/**
 * End the attempt under way if its votes settle it, or at its deadline whatever they are, and publish a request that is over.
 *
 * @returns the record as another process left it that was first; null when nothing is left to see to.
 */
export async function settleAttempt(
  deps: DecisionDeps,
  record: RequestRecord,
  stored: readonly StoredResult[],
  isDeadline: boolean,
): Promise<RequestRecord | null> {
  const counted = selectAttemptResults(record, stored);
  const decision = judgeAttempt(record, counted, isDeadline);
  if (decision.status === 'pending') return null;
  const conclusion = await concludeAttempt(deps, record, counted, decision);
  // Where a function ends with its message, what is under way would stop with it.
  if (conclusion.kind === 'advanced') await conclusion.dispatched;
  if (conclusion.kind === 'completed')
    await deps.publisher.publishCompletion(await withEvidence(deps.results, conclusion.record));
  return conclusion.kind === 'superseded' ? deps.requests.read(record.requestId) : null;
}

/**
 * Put on record what is found after an attempt is over: results that came too late to count, and others that lie where counted
 * ones lay.
 *
 * @param stored everything that lies under the keys of that attempt, but for those that could not be read.
 */
export async function recordAftermath(
  { publisher, results }: DecisionDeps,
  record: RequestRecord,
  attempt: number,
  stored: readonly StoredResult[],
  unread: readonly ResultKey[],
): Promise<void> {
  await publisher.publishLateResults(record, selectLateResults(record, stored));
  const suspects = selectChangedResults(record, attempt, stored, unread);
  if (suspects.length === 0) return;
  // The look may be older than the verdict of another process. What counted there was stored before it, so that a look from now on
  // sees it.
  const keys = suspects.map(({ counted: { perspective } }) => ({ perspective, attempt }));
  const again = await results.readResults(record.requestId, keys);
  const isAgain = ({ perspective }: StoredResult) => keys.some((key) => key.perspective === perspective);
  const now = [...stored.filter((result) => !isAgain(result)), ...again];
  await publisher.publishChangedResults(record, selectChangedResults(record, attempt, now, unread));
}
