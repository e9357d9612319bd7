import { MAX_PUT_OFFS, serialiseDeadline } from '../../shared/contract/messages/deadline.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { resultKeys } from '../../shared/domain/mpic/attempt.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { sleep } from '../../shared/ports/clock.ts';
import { type MessageHandler, QueueUnavailableError } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import { ChangeReports } from './change-reports.ts';
import { redispatchJobs } from './dispatch.ts';
import { type Driven, driveRequest } from './drive.ts';
import type { DecisionDeps } from './finish.ts';
import { createDeadlineHandler } from './handle-deadline.ts';
import { createWakeUpHandler } from './handle-wake-up.ts';
import { withEvidence } from './publish.ts';
import type { SettleOptions } from './settle.ts';
import { deadlineOf, type Started, startRequest } from './start.ts';

/**
 * Owns requests from their acceptance to their publication: in this process as long as it lives, and by messages that any other
 * takes up when it dies.
 */
export class Coordinator {
  readonly handleDeadline: MessageHandler;
  readonly handleWakeUp: MessageHandler;
  readonly #deps: DecisionDeps;
  readonly #options: SettleOptions;
  readonly #changes: ChangeReports;
  readonly #work = new Set<Promise<unknown>>();
  /** Callers by request: of those whose verdict this process waits for. */
  readonly #driven = new Map<string, string>();
  /** Callers who wait for a request that another call began, each as often as they do. */
  readonly #waiting = new Map<object, string>();

  constructor(deps: DecisionDeps, options: SettleOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#changes = new ChangeReports(deps);
    this.handleDeadline = createDeadlineHandler(deps);
    this.handleWakeUp = createWakeUpHandler(deps, options);
  }

  find(requestId: string): Promise<RequestRecord | null> {
    return this.#deps.requests.read(requestId);
  }

  async accept(record: RequestRecord): Promise<Started> {
    const started = await startRequest(this.#deps, record);
    if (started.outcome === 'created') this.#keep(started.dispatched);
    return started;
  }

  /** It goes on after `giveUpAt`, and when the client hangs up: nobody else would look before the deadline. */
  async decide(record: RequestRecord, giveUpAt: number): Promise<RequestRecord | null> {
    const { clock, log } = this.#deps;
    const abort = new AbortController();
    const driving = this.drive(record);
    try {
      const waitMs = Math.max(0, giveUpAt - clock.monotonic());
      const tooLong = sleep(clock, waitMs, abort.signal).then(() => null);
      return (await Promise.race([driving, tooLong]))?.record ?? null;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) && !(error instanceof QueueUnavailableError)) throw error;
      log.warn('request_left_to_deadline', { requestId: record.requestId, error: error.message });
      return null;
    } finally {
      abort.abort();
    }
  }

  /** Take a running request to its verdict. Rejects when the store fails for good; the deadline message then ends it. */
  drive(record: RequestRecord): Promise<Driven> {
    this.#driven.set(record.requestId, record.caller);
    const driving = this.#drive(record).finally(() => {
      this.#driven.delete(record.requestId);
    });
    this.#keep(driving);
    return driving;
  }

  async #drive(record: RequestRecord): Promise<Driven> {
    const keep = (work: Promise<void>) => this.#keep(work);
    const driven = await driveRequest(this.#deps, record, { ...this.#options, keep });
    if (driven.closedHere) this.#keep(this.#publish(driven.record));
    return driven;
  }

  async #publish(record: RequestRecord): Promise<void> {
    try {
      await this.#deps.publisher.publishCompletion(record);
    } catch (error) {
      // The deadline message finds the request unpublished and tries again.
      this.#deps.log.error('publication_failed', { requestId: record.requestId, error });
    }
  }

  askAgain(record: RequestRecord): Promise<void> {
    return redispatchJobs(this.#deps, record);
  }

  async awaitEnd(requestId: string, giveUpAt: number): Promise<RequestRecord | null> {
    const waitMs = Math.max(0, giveUpAt - this.#deps.clock.monotonic());
    const ended = await this.#deps.requests.awaitCompletion(requestId, waitMs);
    return ended?.status === 'completed' ? this.withEvidence(ended) : null;
  }

  withEvidence(record: RequestRecord): Promise<RequestRecord> {
    return withEvidence(this.#deps.results, record);
  }

  async view(
    first: RequestRecord,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly record: RequestRecord; readonly results: readonly StoredResult[] }> {
    const { requests, results } = this.#deps;
    const { requestId } = first;
    const isOver = first.status === 'completed' || waitMs === 0;
    const ended = isOver ? first : await requests.awaitCompletion(requestId, waitMs, signal);
    const record = await this.withEvidence(ended ?? first);
    const found = await results.snapshot(requestId, resultKeys(record));
    await this.#changes.report(record, found);
    return { record, results: found.results };
  }

  /**
   * Go on with a request that a former process left. What it had sent died with it, so the deadline is announced again
   * and the silent perspectives are asked again while the attempt lasts; afterwards the deadline decides at once. What is
   * completed only lacks its publication, which the deadline sees to.
   */
  resume(record: RequestRecord): void {
    const { log } = this.#deps;
    const { requestId, attempt, status } = record;
    log.info('request_resumed', { requestId, attempt, status });
    this.#resume(record).catch((error) => log.error('request_not_resumed', { requestId, error }));
  }

  async #resume(record: RequestRecord): Promise<void> {
    const { clock, deadlines } = this.#deps;
    // A clock that was set back must not keep the request waiting for longer than an attempt.
    const untilDeadline = record.attemptDeadline - clock.now();
    const isSetBack = untilDeadline > record.attemptTimeoutMs;
    const patience = isSetBack ? record.attemptTimeoutMs : Math.max(0, untilDeadline);
    const remainingMs = record.status === 'completed' ? 0 : patience;
    const putOffs = isSetBack ? MAX_PUT_OFFS : 0;
    await deadlines.send(serialiseDeadline({ ...deadlineOf(record), putOffs }), remainingMs);
    if (remainingMs === 0) return;
    await this.askAgain(record);
    await this.drive(record);
  }

  /** Requests whose verdict this process waits for, of all callers or of one. */
  countDriven(caller?: string): number {
    return countOf(this.#driven, caller);
  }

  /** Repetitions that wait for the answer of a request, of all callers or of one. */
  countWaiting(caller?: string): number {
    return countOf(this.#waiting, caller);
  }

  /** Have `waiting`, a repetition by `caller`, count for as long as it takes. */
  async countIn<T>(caller: string, waiting: () => Promise<T>): Promise<T> {
    const place = {};
    this.#waiting.set(place, caller);
    try {
      return await waiting();
    } finally {
      this.#waiting.delete(place);
    }
  }

  /** Wait for everything under way, publications included. */
  async drain(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled([...this.#work]);
  }

  /** Have `drain` wait for this work, too. */
  #keep(work: Promise<unknown>): void {
    this.#work.add(work);
    const forget = () => this.#work.delete(work);
    work.then(forget, forget);
  }
}

function countOf(callers: ReadonlyMap<unknown, string>, caller: string | undefined): number {
  if (caller === undefined) return callers.size;
  let count = 0;
  for (const name of callers.values()) if (name === caller) count += 1;
  return count;
}
