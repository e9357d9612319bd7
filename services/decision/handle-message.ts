import { type DecisionMessage, parseDecisionMessage } from '../../shared/messages/decision-message.ts';
import type { CheckResult } from '../../shared/mpic/check.ts';
import { type RequestRecord, selectLateResults } from '../../shared/mpic/lifecycle.ts';
import type { PerspectiveCode } from '../../shared/mpic/perspective.ts';
import { sleep } from '../../shared/ports/clock.ts';
import type { MessageHandler } from '../../shared/ports/queues.ts';
import type { ResultKey } from '../../shared/ports/request-store.ts';
import { concludeAttempt, type DecisionDeps } from './conclude.ts';
import type { DriveOptions } from './drive.ts';
import { judgeAttempt, selectAttemptResults } from './judge-attempt.ts';

/** An attempt that this process is looking at: messages that come meanwhile only make it look again. */
interface Following {
  /** A message came since the last look began. */
  again: boolean;
  /** Ends the wait for stragglers early. */
  wake: () => void;
  readonly done: Promise<void>;
}

/**
 * Consume the home decision queue: deadlines of all requests, and results of asynchronous ones.
 *
 * Every message may come twice or late. It only says where to look; what is done follows from what is stored.
 */
export function createDecisionHandler(deps: DecisionDeps, { lingerMs }: DriveOptions): MessageHandler {
  const followed = new Map<string, Following>();

  /** The deadline of an attempt: silence is an answer now. */
  async function atDeadline({ requestId, attempt, asked }: DecisionMessage): Promise<void> {
    const { record, results } = await deps.results.snapshot(requestId, keysOf(asked, attempt));
    if (record === null) {
      // A deadline goes out before its request is stored: this one was never accepted.
      deps.log.info('deadline_without_request', { requestId, attempt });
      return;
    }
    if (isRunning(record, attempt)) {
      if (await conclude(record, results, true)) return;
    } else {
      await publishLate(record, results);
      if (record.status !== 'completed' || record.published) return;
    }
    // Decided by somebody who may have died before the publication; after this message nobody else would look.
    const current = await deps.requests.read(requestId);
    if (current?.status === 'completed' && !current.published)
      await deps.publisher.publishCompletion(current, []);
  }

  /** A result was written: decide if it settles the matter. One look at a time, and one waits for stragglers. */
  function atResult(message: DecisionMessage): Promise<void> {
    const name = `${message.requestId}/${message.attempt}`;
    const before = followed.get(name);
    if (before !== undefined) {
      before.again = true;
      before.wake();
      return before.done;
    }
    const state = { again: false, wake: () => {} };
    const done = follow(message, state, () => followed.delete(name));
    followed.set(name, Object.assign(state, { done }));
    return done;
  }

  async function follow(
    { requestId, attempt, asked }: DecisionMessage,
    state: Omit<Following, 'done'>,
    leave: () => void,
  ): Promise<void> {
    const keys = keysOf(asked, attempt);
    let lingerUntil: number | null = null;
    try {
      for (;;) {
        state.again = false;
        const { record, results } = await deps.results.snapshot(requestId, keys);
        if (record === null) return;
        if (!isRunning(record, attempt)) return await publishLate(record, results);
        const counted = selectAttemptResults(record, results);
        if (judgeAttempt(record, counted, false).status === 'settled') {
          lingerUntil ??= deps.clock.monotonic() + lingerMs;
          const lingerMsLeft = lingerUntil - deps.clock.monotonic();
          if (counted.size === keys.length || lingerMsLeft <= 0) {
            await conclude(record, results, false);
            return;
          }
          await lingerOrWake(lingerMsLeft, state);
        } else if (!state.again) return;
      }
    } finally {
      // In the turn of the last look at `again`: a message any later starts anew, none is taken for seen to.
      leave();
    }
  }

  async function lingerOrWake(waitMs: number, state: Omit<Following, 'done'>): Promise<void> {
    if (state.again) return;
    const abort = new AbortController();
    state.wake = () => abort.abort();
    await sleep(deps.clock, waitMs, abort.signal);
    state.wake = () => {};
  }

  /** End the attempt; false when somebody else was first. */
  async function conclude(
    record: RequestRecord,
    results: readonly CheckResult[],
    final: boolean,
  ): Promise<boolean> {
    const counted = selectAttemptResults(record, results);
    const decision = judgeAttempt(record, counted, final);
    if (decision.status === 'pending') return true;
    const conclusion = await concludeAttempt(deps, record, counted, decision);
    if (conclusion.kind === 'completed') await deps.publisher.publishCompletion(conclusion.record, results);
    if (conclusion.kind !== 'superseded') return true;
    // Whoever was first may not have seen all that is here: what came too late to count is still evidence.
    const after = await deps.requests.read(record.requestId);
    if (after !== null) await publishLate(after, results);
    return false;
  }

  function publishLate(record: RequestRecord, results: readonly CheckResult[]): Promise<void> {
    return deps.publisher.publishLateResults(record, selectLateResults(record, results));
  }

  return async ({ body }) => {
    const message = parseDecisionMessage(body);
    await (message.kind === 'deadline' ? atDeadline(message) : atResult(message));
  };
}

function isRunning(record: RequestRecord, attempt: number): boolean {
  return record.status === 'running' && record.attempt === attempt;
}

function keysOf(asked: readonly PerspectiveCode[], attempt: number): readonly ResultKey[] {
  return asked.map((perspective) => ({ perspective, attempt }));
}
