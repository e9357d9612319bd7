import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { type Driven, type DriveOptions, driveRequest } from '../coordinator/drive.ts';
import type { DecisionDeps } from '../coordinator/finish.ts';

/**
 * Drives the requests that this process answers synchronously. It goes on when the client hangs up: the evidence is
 * wanted all the same, and nobody else would look before the deadline.
 */
export class RequestDriver {
  readonly #deps: DecisionDeps;
  readonly #options: DriveOptions;
  readonly #work = new Set<Promise<unknown>>();
  readonly #running = new Map<string, string>();
  /** Callers who wait for a request that another call began, each as often as they do. */
  readonly #waiting = new Map<object, string>();

  constructor(deps: DecisionDeps, options: DriveOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Requests being driven, of all callers or of one. */
  countRunning(caller?: string): number {
    return countOf(this.#running, caller);
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

  /** Take a running request to its verdict. Rejects when the store fails for good; the deadline message then ends it. */
  drive(record: RequestRecord): Promise<Driven> {
    this.#running.set(record.requestId, record.caller);
    const driving = this.#drive(record).finally(() => {
      this.#running.delete(record.requestId);
    });
    this.keep(driving);
    return driving;
  }

  /** Wait for everything under way, publications included. */
  async drain(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled([...this.#work]);
  }

  async #drive(record: RequestRecord): Promise<Driven> {
    const keep = (work: Promise<void>) => this.keep(work);
    const driven = await driveRequest(this.#deps, record, { ...this.#options, keep });
    if (driven.closedHere) this.keep(this.#publish(driven.record));
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

  /** Have `drain` wait for this work, too. */
  keep(work: Promise<unknown>): void {
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
