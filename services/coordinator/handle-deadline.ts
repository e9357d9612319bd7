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

/**
 * How long a deadline message waits for the attempt that it ends. The write that starts it may still be in progress,
 * and no other message would end it.
 */
const START_WAIT_MS = 15_000;

/** How often a deadline message is retried for unreadable results when all else is done. */
const MAX_LOOKS_AGAIN = 3;

/**
 * Consumes the deadline messages of all attempts: perspectives without a result now count as non-corroborations, and a
 * completed but unpublished request is published.
 *
 * Every message may arrive twice, late or early. It ends only the start of an attempt that it was sent for, and not
 * before the deadline in the record by this region's clock. The perspectives that were asked come from the record.
 */
export function createDeadlineHandler(deps: DecisionDeps): MessageHandler {
  return async ({ body, receiveCount }) => {
    const deadline = parseDeadline(body);
    const { requestId, attempt, attemptToken } = deadline;
    const { record, stored, unread } = await look(deps, deadline);
    if (record === null || (record.status === 'running' && record.attempt < attempt)) {
      // The message is sent before the attempt is stored: that write failed, or is still in progress.
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
      // If the clock was set back, the attempt stays open for at most one more time-out.
      const left = Math.min(record.attemptDeadline - deps.clock.now(), record.attemptTimeoutMs);
      if (left > 0 && (await putOff(deps, deadline, left))) return;
      if (mustLookAgain(deps, record, stored, unread)) throw unreadError(requestId, unread);
      current = await settleAttempt(deps, record, stored, true);
    }
    if (current !== null) {
      // The process that decided may have died before publishing; after this message nothing else would publish the
      // request.
      if (current.status === 'completed' && !current.published)
        await deps.publisher.publishCompletion(await withEvidence(deps.results, current));
      await recordAftermath(deps, new Attempt(current, attempt), stored, unread);
    }
    // An unreadable result that cannot change the verdict counts as missing. It is audited if a retry of this message
    // can read it.
    if (unread.length > 0 && receiveCount <= MAX_LOOKS_AGAIN) throw unreadError(requestId, unread);
  };
}

/**
 * True while an unreadable result could still change the verdict: the message is then retried. Unreadable does not mean
 * missing.
 */
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
  /** What is stored under the keys of every perspective that was asked, according to the record. */
  readonly stored: readonly StoredResult[];
  readonly unread: readonly ResultKey[];
}

/**
 * Reads request and results in one snapshot if the message names the right perspectives; the record decides which those
 * are.
 */
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

/** Sends the deadline message again. Returns false if it has been put off too often. */
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
