import { MAX_PUT_OFFS, serialiseDeadline } from '../../shared/contract/messages/deadline.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { resultKeys } from '../../shared/domain/mpic/attempt.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { sleep } from '../../shared/ports/clock.ts';
import { errorLine } from '../../shared/ports/log.ts';
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
 * Owns requests from acceptance to publication: in this process while it lives, and through queue messages that any
 * other process can handle if it dies.
 */
export class Coordinator {
  readonly handleDeadline: MessageHandler;
  readonly handleWakeUp: MessageHandler;
  readonly #deps: DecisionDeps;
  readonly #options: SettleOptions;
  readonly #changes: ChangeReports;
  readonly #work = new Set<Promise<unknown>>();
  /** Caller by request id, for the requests whose verdict this process awaits. */
  readonly #driven = new Map<string, string>();
  /** Caller of each repeated call that waits for a request begun by another call; one entry per waiting call. */
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

  /**
   * Goes on after `giveUpAt` and after the client disconnects, because no other process checks the request before its
   * deadline.
   */
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
      log.warn('request_left_to_deadline', { requestId: record.requestId, error: errorLine(error) });
      return null;
    } finally {
      abort.abort();
    }
  }

  /**
   * Awaits the verdict of a running request. Rejects if the store fails for good; the deadline message then ends the
   * request.
   */
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
      // The deadline message finds the request unpublished and publishes it.
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
   * Resumes a request that a previous process left behind. The in-memory messages died with that process. Before the
   * attempt's deadline, this sends the deadline message again and repeats the jobs of perspectives without a result;
   * after it, the deadline message decides at once. A completed request lacks only its publication, which the deadline
   * message triggers.
   */
  resume(record: RequestRecord): void {
    const { log } = this.#deps;
    const { requestId, attempt, status } = record;
    log.info('request_resumed', { requestId, attempt, status });
    this.#resume(record).catch((error) => log.error('request_not_resumed', { requestId, error }));
  }

  async #resume(record: RequestRecord): Promise<void> {
    const { clock, deadlines } = this.#deps;
    // If the clock was set back, wait at most one attempt time-out.
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

  /** Number of requests whose verdict this process awaits, for one caller or for all. */
  countDriven(caller?: string): number {
    return countOf(this.#driven, caller);
  }

  /** Number of repeated calls that wait for the answer of a request, for one caller or for all. */
  countWaiting(caller?: string): number {
    return countOf(this.#waiting, caller);
  }

  /** Counts `waiting`, a repeated call by `caller`, until it settles. */
  async countIn<T>(caller: string, waiting: () => Promise<T>): Promise<T> {
    const place = {};
    this.#waiting.set(place, caller);
    try {
      return await waiting();
    } finally {
      this.#waiting.delete(place);
    }
  }

  /** Waits for all work in progress, publications included. */
  async drain(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled([...this.#work]);
  }

  /** Makes `drain` wait for this work, too. */
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
