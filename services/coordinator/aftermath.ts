import type { ResultKey } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { Attempt } from '../../shared/domain/mpic/attempt.ts';
import { selectChangedResults, selectLateResults } from '../../shared/domain/mpic/votes.ts';
import type { DecisionDeps } from './finish.ts';

/**
 * Put on record what is found after an attempt is over: results that came too late to count, and others that lie where counted
 * ones lay.
 *
 * @param stored everything that lies under the keys of that attempt, but for those that could not be read.
 */
export async function recordAftermath(
  { publisher, results }: DecisionDeps,
  { record, number }: Attempt,
  stored: readonly StoredResult[],
  unread: readonly ResultKey[],
): Promise<void> {
  await publisher.publishLateResults(record, selectLateResults(record, stored));
  const suspects = selectChangedResults(record, number, stored, unread);
  if (suspects.length === 0) return;
  // The look may be older than the verdict of another process. What counted there was stored before it, so that a look from now on
  // sees it.
  const keys = suspects.map(({ counted: { perspective } }) => ({ perspective, attempt: number }));
  const again = await results.readResults(record.requestId, keys);
  const isAgain = ({ perspective }: StoredResult) => keys.some((key) => key.perspective === perspective);
  const now = [...stored.filter((result) => !isAgain(result)), ...again];
  await publisher.publishChangedResults(record, selectChangedResults(record, number, now, unread));
}

/**
 * Put on record what has come of perspectives that did not count in an attempt that is over.
 *
 * @returns whether everybody was heard, so that nothing more can come.
 */
export async function recordLateResults(
  { publisher, results }: DecisionDeps,
  attempt: Attempt,
): Promise<boolean> {
  const { record, verdict } = attempt;
  const silent = attempt.keysOfSilent(verdict?.counted ?? []);
  const stored = silent.length === 0 ? [] : await results.readResults(record.requestId, silent);
  await publisher.publishLateResults(record, selectLateResults(record, stored));
  return stored.length === silent.length;
}
