import { parseDecisionMessage } from '../../shared/messages/decision-message.ts';
import type { CheckResult } from '../../shared/mpic/check.ts';
import { type RequestRecord, selectLateResults } from '../../shared/mpic/lifecycle.ts';
import { sleep } from '../../shared/ports/clock.ts';
import type { MessageHandler } from '../../shared/ports/queues.ts';
import type { ResultKey } from '../../shared/ports/request-store.ts';
import { concludeAttempt, type DecisionDeps } from './conclude.ts';
import type { DriveOptions } from './drive.ts';
import { judgeAttempt, selectAttemptResults } from './judge-attempt.ts';

/**
 * Consume the home decision queue: deadlines of all requests, and results of asynchronous ones.
 *
 * Every message may come twice or late. It only says where to look; what is done follows from what is stored.
 */
export function createDecisionHandler(deps: DecisionDeps, { lingerMs }: DriveOptions): MessageHandler {
  /** Attempts for which this process is already giving stragglers their time, so that only one of us waits. */
  const lingering = new Map<string, Promise<void>>();

  async function look(
    requestId: string,
    attempt: number,
    keys: readonly ResultKey[],
    final: boolean,
  ): Promise<void> {
    const { record, results } = await deps.results.snapshot(requestId, keys);
    if (record === null) {
      // A deadline goes out before its request is stored: this one was never accepted.
      deps.log.info('decision_without_request', { requestId, attempt });
      return;
    }
    if (record.status === 'completed' || record.attempt !== attempt) return finish(record, results, final);

    const counted = selectAttemptResults(record, results);
    const decision = judgeAttempt(record, counted, final);
    if (decision.status === 'pending') return;
    if (!final && counted.size < keys.length) return linger(requestId, attempt, keys);

    const conclusion = await concludeAttempt(deps, record, counted, decision);
    if (conclusion.kind === 'completed') await deps.publisher.publishCompletion(conclusion.record, results);
  }

  /**
   * What is left to do for a request, or an attempt, that is decided: results that came late, and at the deadline also
   * a publication that was cut short. Before the deadline whoever decided is still at it.
   */
  async function finish(
    record: RequestRecord,
    results: readonly CheckResult[],
    final: boolean,
  ): Promise<void> {
    await deps.publisher.publishLateResults(record, selectLateResults(record, results));
    if (!final || record.status !== 'completed' || record.published) return;
    const current = await deps.requests.read(record.requestId);
    if (current?.published === false) await deps.publisher.publishCompletion(current, []);
  }

  function linger(requestId: string, attempt: number, keys: readonly ResultKey[]): Promise<void> {
    const name = `${requestId}/${attempt}`;
    const before = lingering.get(name);
    if (before !== undefined) return before;
    const waiting = sleep(deps.clock, lingerMs)
      .then(() => concludeAfterLinger(requestId, attempt, keys))
      .finally(() => lingering.delete(name));
    lingering.set(name, waiting);
    return waiting;
  }

  async function concludeAfterLinger(
    requestId: string,
    attempt: number,
    keys: readonly ResultKey[],
  ): Promise<void> {
    const { record, results } = await deps.results.snapshot(requestId, keys);
    if (record === null || record.status === 'completed' || record.attempt !== attempt) return;
    const counted = selectAttemptResults(record, results);
    const decision = judgeAttempt(record, counted, false);
    // It was settled before and only ever gains results; anything else is left to the deadline.
    if (decision.status === 'pending') return;
    const conclusion = await concludeAttempt(deps, record, counted, decision);
    if (conclusion.kind === 'completed') await deps.publisher.publishCompletion(conclusion.record, results);
  }

  return async ({ body }) => {
    const { kind, requestId, attempt, asked } = parseDecisionMessage(body);
    const keys = asked.map((perspective) => ({ perspective, attempt }));
    await look(requestId, attempt, keys, kind === 'deadline');
  };
}
