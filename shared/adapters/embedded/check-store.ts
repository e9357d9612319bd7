import type { Clock } from '../../ports/clock.ts';
import { findMissingBatches } from './batch-seal.ts';
import { describeError } from './database.ts';
import type { DatabaseReader } from './level.ts';
import { MADE_RANGE, madeIdOf } from './retention.ts';
import { isNewest, OPEN_RANGE, openKey, readRecord } from './stored-records.ts';

/** Findings of a check of a whole store. */
export interface StoreCheck {
  /** Descriptions of the first {@link MAX_PROBLEMS} problems; empty if everything checked is present and intact. */
  readonly problems: readonly string[];
  /** Number of requests checked, the newest first. */
  readonly checked: number;
  /** Number of requests not checked before the time limit. */
  readonly left: number;
}

const STEP_REQUESTS = 500;
const MAX_PROBLEMS = 20;

/**
 * Check that everything acknowledged is present and intact: each of the newest batches, and each request in the index
 * by time of acceptance.
 *
 * @param limitMs time limit for the requests; those not checked are counted in `left`.
 */
export async function checkStore(
  reader: DatabaseReader,
  folder: string,
  clock: Clock,
  limitMs: number,
): Promise<StoreCheck> {
  const until = clock.monotonic() + limitMs;
  const problems: string[] = [];
  const note = (problem: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  let checked = 0;
  let left = 0;
  try {
    for (const problem of await findMissingBatches(reader, folder)) note(problem);
    for (const key of await reader.keys(OPEN_RANGE)) {
      const problem = await problemOf(reader, key.slice(OPEN_RANGE.gt.length));
      if (problem !== null) note(problem);
    }
    const keys = (await reader.keys(MADE_RANGE)).toReversed();
    for (let at = 0; at < keys.length; at += STEP_REQUESTS) {
      if (clock.monotonic() > until) {
        left = keys.length - at;
        break;
      }
      const ids = keys.slice(at, at + STEP_REQUESTS).map(madeIdOf);
      for (const problem of await Promise.all(ids.map((id) => problemOf(reader, id))))
        if (problem !== null) note(problem);
      checked += ids.length;
    }
  } catch (error) {
    note(describeError(error));
  }
  return { problems, checked, left };
}

async function problemOf(reader: DatabaseReader, requestId: string): Promise<string | null> {
  try {
    const record = await readRecord(reader, requestId);
    if (record === null) return `the record of request ${requestId} is missing`;
    if (record.requestId !== requestId) return `the record of request ${requestId} is that of another one`;
    const mark = (await reader.get(openKey(requestId))) ?? null;
    if (!isNewest(record, mark)) return `the newest record of request ${requestId} is missing`;
    return null;
  } catch (error) {
    return describeError(error);
  }
}
