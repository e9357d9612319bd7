import type { ResultKey } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { Attempt } from '../../shared/domain/mpic/attempt.ts';
import { selectChangedResults, selectLateResults } from '../../shared/domain/mpic/votes.ts';
import type { DecisionDeps } from './finish.ts';

/**
 * Writes audit records for results found after an attempt was decided: results that came too late to count, and results
 * that differ from the ones counted.
 *
 * @param stored the readable results stored under the keys of that attempt.
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
  // `stored` may have been read before another process wrote the verdict. The counted results were stored before that
  // verdict, so reading them again now finds them.
  const keys = suspects.map(({ counted: { perspective } }) => ({ perspective, attempt: number }));
  const again = await results.readResults(record.requestId, keys);
  const isAgain = ({ perspective }: StoredResult) => keys.some((key) => key.perspective === perspective);
  const now = [...stored.filter((result) => !isAgain(result)), ...again];
  await publisher.publishChangedResults(record, selectChangedResults(record, number, now, unread));
}

/**
 * Writes audit records for late results of perspectives that an already decided attempt did not count.
 *
 * @returns true if every perspective has a result, so that nothing more can arrive.
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
