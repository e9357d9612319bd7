import {
  type DeadlineMessage,
  MAX_PUT_OFFS,
  parseDeadline,
  serialiseDeadline,
} from '../../shared/contract/messages/deadline.ts';
import type { ResultKey } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { Attempt } from '../../shared/domain/mpic/attempt.ts';
import { dependsOnUnread, selectAttemptResults } from '../../shared/domain/mpic/judge-attempt.ts';
import { isTooLate, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { MessageHandler } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import { recordAftermath } from './aftermath.ts';
import { type DecisionDeps, settleAttempt } from './finish.ts';
import { withEvidence } from './publish.ts';

/** How long a deadline waits for the attempt that it ends: the write may still be on its way, and would have no other. */
const START_WAIT_MS = 15_000;

/** How often a deadline comes again for results that cannot be read, when all else is done. */
const MAX_LOOKS_AGAIN = 3;

/**
 * Consume the deadlines of all attempts: silence is an answer now, and a request that is over and not published is published.
 *
 * Every message may come twice, late or early. It ends the one start of an attempt that it was sent for, and not before the
 * deadline in the record by the clock of this region; who was asked is read from the record.
 */
export function createDeadlineHandler(deps: DecisionDeps): MessageHandler {
  return async ({ body, receiveCount }) => {
    const deadline = parseDeadline(body);
    const { requestId, attempt, attemptToken } = deadline;
    const { record, stored, unread } = await look(deps, deadline);
    if (record === null || (record.status === 'running' && record.attempt < attempt)) {
      // It goes out before the attempt is stored: that write failed, or it takes long.
      if (await putOff(deps, deadline, START_WAIT_MS)) return;
      deps.log.info('deadline_without_attempt', { requestId, attempt });
      return;
    }
    let current: RequestRecord | null = record;
    if (new Attempt(record, attempt).isUnderWay) {
      if (attemptToken !== record.attemptToken) {
        deps.log.info('deadline_of_another_start', { requestId, attempt });
        return;
      }
      // A clock that was set back must not keep an attempt open for long.
      const left = Math.min(record.attemptDeadline - deps.clock.now(), record.attemptTimeoutMs);
      if (left > 0 && (await putOff(deps, deadline, left))) return;
      if (mustLookAgain(deps, record, stored, unread)) throw unreadError(requestId, unread);
      current = await settleAttempt(deps, record, stored, true);
    }
    if (current !== null) {
      // Decided by a process that may have died before the publication; after this message no other would look.
      if (current.status === 'completed' && !current.published)
        await deps.publisher.publishCompletion(await withEvidence(deps.results, current));
      await recordAftermath(deps, new Attempt(current, attempt), stored, unread);
    }
    // A vote that cannot be read and changes nothing is silence. What it was goes on record when the message comes again.
    if (unread.length > 0 && receiveCount <= MAX_LOOKS_AGAIN) throw unreadError(requestId, unread);
  };
}

/** Unreadable is not silent: while there is time, the message comes again for votes that could change the verdict. */
function mustLookAgain(
  { clock }: DecisionDeps,
  record: RequestRecord,
  stored: readonly StoredResult[],
  unread: readonly ResultKey[],
): boolean {
  if (isTooLate(record.attemptDeadline, clock.now())) return false;
  const codes = unread.map(({ perspective }) => perspective);
  return dependsOnUnread(record, selectAttemptResults(record, stored), codes);
}

function unreadError(requestId: string, unread: readonly ResultKey[]): StoreUnavailableError {
  return new StoreUnavailableError(`${unread.length} results of request ${requestId} cannot be read`);
}

interface Look {
  readonly record: RequestRecord | null;
  /** What lies under the keys of everybody who was asked, by the record. */
  readonly stored: readonly StoredResult[];
  readonly unread: readonly ResultKey[];
}

/** Request and results in one look where the message names the right keys; the record decides which those are. */
async function look({ results }: DecisionDeps, deadline: DeadlineMessage): Promise<Look> {
  const { requestId, attempt, asked } = deadline;
  const named = asked.map((perspective) => ({ perspective, attempt }));
  const first = await results.snapshot(requestId, named);
  const { record } = first;
  if (record === null) return { record, stored: [], unread: [] };
  const { keys } = new Attempt(record, attempt);
  const missing = keys.filter(({ perspective }) => !asked.includes(perspective));
  const looks = missing.length === 0 ? [first] : [first, await results.snapshot(requestId, missing)];
  const isAsked = ({ perspective }: ResultKey) => keys.some((key) => key.perspective === perspective);
  return {
    record,
    stored: looks.flatMap((one) => one.results).filter(isAsked),
    unread: looks.flatMap((one) => one.unread).filter(isAsked),
  };
}

/** Send the deadline again; false when it has been put off often enough. */
async function putOff(
  { deadlines }: DecisionDeps,
  deadline: DeadlineMessage,
  delayMs: number,
): Promise<boolean> {
  const putOffs = deadline.putOffs + 1;
  if (putOffs > MAX_PUT_OFFS) return false;
  await deadlines.send(serialiseDeadline({ ...deadline, putOffs }), delayMs);
  return true;
}
