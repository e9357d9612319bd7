import { BoundedMap } from '../../shared/adapters/system/bounded-map.ts';
import { UnreadableMessageError } from '../../shared/contract/messages/contract.ts';
import { parseWakeUp, type WakeUp } from '../../shared/contract/messages/wake-up.ts';
import type { ResultKey } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { Attempt } from '../../shared/domain/mpic/attempt.ts';
import { type AttemptResults, selectAttemptResults } from '../../shared/domain/mpic/judge-attempt.ts';
import { sleep } from '../../shared/ports/clock.ts';
import type { MessageHandler, ReceivedMessage } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import { recordLateResults } from './aftermath.ts';
import { type DecisionDeps, settleAttempt } from './finish.ts';
import { awaitSettled, type SettleOptions, type VoteSource, type VoteWait } from './settle.ts';

/** Number of finished attempts remembered, so that further messages about them cost nothing. */
const MAX_FINISHED = 4096;

/** Maximum length of the logged problem with an unreadable message, in characters. */
const MAX_PROBLEM = 300;

/** An attempt that this process is reading: further messages only make it read again. */
interface Following {
  /** True if a message arrived since the last read began. */
  again: boolean;
  /** Ends the wait for stragglers early. */
  wake: () => void;
}

/**
 * Reads the results stored when a message arrives. Does not wait for an open verdict, since each further result sends a
 * message of its own.
 */
class WokenVotes implements VoteSource {
  readonly openUntil = Number.NEGATIVE_INFINITY;
  readonly until = Number.POSITIVE_INFINITY;
  attempt: Attempt;
  stored: readonly StoredResult[] = [];
  unread: readonly ResultKey[] = [];
  readonly #deps: DecisionDeps;
  readonly #state: Following;

  constructor(deps: DecisionDeps, attempt: Attempt, state: Following) {
    this.#deps = deps;
    this.attempt = attempt;
    this.#state = state;
  }

  get votes(): AttemptResults {
    return selectAttemptResults(this.attempt.record, this.stored);
  }

  /** Reads request and results. Returns false if the attempt is no longer running. */
  async look(): Promise<boolean> {
    const { record: before, number, keys } = this.attempt;
    const { record, results, unread } = await this.#deps.results.snapshot(before.requestId, keys);
    if (record !== null) this.attempt = new Attempt(record, number);
    this.stored = results;
    this.unread = unread;
    return record !== null && this.attempt.isUnderWay;
  }

  /** Reads again when a message arrives or when the time is over. */
  async more({ until }: VoteWait): Promise<boolean> {
    const { clock } = this.#deps;
    const state = this.#state;
    if (!state.again) {
      const abort = new AbortController();
      state.wake = () => abort.abort();
      await sleep(clock, until - clock.monotonic(), abort.signal);
      state.wake = () => {};
    }
    state.again = false;
    return this.look();
  }
}

/**
 * Consumes wake-ups, which perspectives send when they have stored a result.
 *
 * A perspective may send anything, at any time, any number of times. A message only names an attempt: what happens next
 * follows from the store, with one read at a time per attempt. A message that arrives during a read is acknowledged at
 * once and makes the read repeat. The handler logs and drops an unreadable message, because redelivering it would delay
 * others.
 */
export function createWakeUpHandler(deps: DecisionDeps, { lingerMs }: SettleOptions): MessageHandler {
  const followed = new Map<string, Following>();
  const finished = new BoundedMap<string, true>(MAX_FINISHED);

  async function look({ requestId, attempt }: WakeUp, state: Following): Promise<void> {
    const first = await deps.requests.read(requestId);
    if (first === null || attempt > first.attempt) return;
    const under = new Attempt(first, attempt);
    if (!under.isUnderWay) return await auditLate(under);
    const woken = new WokenVotes(deps, under, state);
    if (!(await woken.look())) return await auditLate(woken.attempt);
    const came = await awaitSettled(deps.clock, woken, { lingerMs });
    if (came === 'over') return await auditLate(woken.attempt);
    if (came === 'open') {
      if (woken.unread.length === 0) return;
      throw new StoreUnavailableError(
        `${woken.unread.length} results of request ${requestId} cannot be read`,
      );
    }
    const after = await settleAttempt(deps, woken.attempt.record, woken.stored, false);
    // The process that decided first may not have seen every result read here: results too late to count are still
    // evidence.
    if (after !== null) await auditLate(new Attempt(after, attempt));
  }

  async function auditLate(attempt: Attempt): Promise<void> {
    if (await recordLateResults(deps, attempt)) finished.set(attempt.name, true);
  }

  /** Null if the message cannot be read; that is logged. */
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
      // No await between the last read of `again` and this line, so a later message starts anew and none is lost.
      followed.delete(name);
    }
  };
}

function nameOf({ requestId, attempt }: WakeUp): string {
  return `${requestId}/${attempt}`;
}
