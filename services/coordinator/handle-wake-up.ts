import { BoundedMap } from '../../shared/adapters/system/bounded-map.ts';
import { UnreadableMessageError } from '../../shared/contract/messages/contract.ts';
import { parseWakeUp, type WakeUp } from '../../shared/contract/messages/wake-up.ts';
import { judgeAttempt, selectAttemptResults } from '../../shared/domain/mpic/judge-attempt.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { selectLateResults } from '../../shared/domain/mpic/votes.ts';
import { sleep } from '../../shared/ports/clock.ts';
import type { MessageHandler, ReceivedMessage } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import type { DriveOptions } from './drive.ts';
import type { DecisionDeps } from './finish.ts';
import { isRunning, keysOfAttempt, settleAttempt } from './settle-attempt.ts';

/** Attempts remembered of which nothing more can come, so that further messages about them cost nothing. */
const MAX_FINISHED = 4096;

/** Characters of what is said of a message that cannot be read. */
const MAX_PROBLEM = 300;

/** An attempt that this process is looking at: messages that come meanwhile only make it look again. */
interface Following {
  /** A message came since the last look began. */
  again: boolean;
  /** Ends the wait for stragglers early. */
  wake: () => void;
}

/**
 * Consume wake-ups, over which perspectives tell that they have stored a result.
 *
 * A perspective may send anything, at any time, any number of times. A message only says where to look: what is done follows
 * from what is stored, one look at a time for each attempt. A message that comes during a look is done at once, and has the
 * look repeated. The handler logs and drops a message that it cannot read: each further delivery would take the turn of another.
 */
export function createWakeUpHandler(deps: DecisionDeps, { lingerMs }: DriveOptions): MessageHandler {
  const followed = new Map<string, Following>();
  const finished = new BoundedMap<string, true>(MAX_FINISHED);

  async function look({ requestId, attempt }: WakeUp, state: Following): Promise<void> {
    const first = await deps.requests.read(requestId);
    if (first === null || attempt > first.attempt) return;
    if (!isRunning(first, attempt)) return await seeToLate(first, attempt);
    const keys = keysOfAttempt(first, attempt);
    let { record, results, unread } = await deps.results.snapshot(requestId, keys);
    for (let lingerUntil: number | null = null; record !== null; ) {
      if (!isRunning(record, attempt)) return await seeToLate(record, attempt);
      const counted = selectAttemptResults(record, results);
      if (judgeAttempt(record, counted, false).status === 'pending') {
        if (unread.length === 0) return;
        throw new StoreUnavailableError(`${unread.length} results of request ${requestId} cannot be read`);
      }
      lingerUntil ??= deps.clock.monotonic() + lingerMs;
      const lingerMsLeft = lingerUntil - deps.clock.monotonic();
      if (counted.size === keys.length || lingerMsLeft <= 0) {
        const after = await settleAttempt(deps, record, results, false);
        // The process that was first may not have seen all that is here: what came too late to count is still evidence.
        if (after !== null) await seeToLate(after, attempt);
        return;
      }
      await lingerOrWake(lingerMsLeft, state);
      state.again = false;
      ({ record, results, unread } = await deps.results.snapshot(requestId, keys));
    }
  }

  /** Results of perspectives that did not count in an attempt that is over. */
  async function seeToLate(record: RequestRecord, attempt: number): Promise<void> {
    const verdict = record.verdicts.find((candidate) => candidate.attempt === attempt);
    const silent = keysOfAttempt(record, attempt).filter(
      ({ perspective }) => !verdict?.counted.includes(perspective),
    );
    const stored = silent.length === 0 ? [] : await deps.results.readResults(record.requestId, silent);
    await deps.publisher.publishLateResults(record, selectLateResults(record, stored));
    if (stored.length === silent.length) finished.set(nameOf({ requestId: record.requestId, attempt }), true);
  }

  async function lingerOrWake(waitMs: number, state: Following): Promise<void> {
    if (state.again) return;
    const abort = new AbortController();
    state.wake = () => abort.abort();
    await sleep(deps.clock, waitMs, abort.signal);
    state.wake = () => {};
  }

  /** Null if it cannot be read; that is logged. */
  function read({ messageId, body }: ReceivedMessage): WakeUp | null {
    try {
      return parseWakeUp(body);
    } catch (error) {
      if (!(error instanceof UnreadableMessageError)) throw error;
      deps.log.warn('wake_up_unreadable', { messageId, problem: error.message.slice(0, MAX_PROBLEM) });
      return null;
    }
  }

  return async (message) => {
    const wakeUp = read(message);
    if (wakeUp === null) return;
    const name = nameOf(wakeUp);
    if (finished.get(name)) return;
    const before = followed.get(name);
    if (before !== undefined) {
      before.again = true;
      before.wake();
      return;
    }
    const state: Following = { again: true, wake: () => {} };
    followed.set(name, state);
    try {
      while (state.again) {
        state.again = false;
        await look(wakeUp, state);
      }
    } finally {
      // In the turn of the last look at `again`: a message any later starts anew, none is taken for seen to.
      followed.delete(name);
    }
  };
}

function nameOf({ requestId, attempt }: WakeUp): string {
  return `${requestId}/${attempt}`;
}
