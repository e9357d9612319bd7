import type { StoredResult } from '../../domain/check/stored-result.ts';
import type { RequestRecord } from '../../domain/mpic/lifecycle.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Unpublished } from '../../ports/publication-watch.ts';

/** Memory state of a request that is running, or completed and not yet published. */
export interface OpenRequest {
  /** The record as written to the log. */
  readonly record: RequestRecord;
  /** Resolves once the change being written has succeeded or failed; null if none is being written. */
  changing: Promise<void> | null;
  /** Results, as text, not known to be in the log. */
  readonly unwritten: Map<string, string>;
  readonly results: Map<string, StoredResult>;
}

/** An open request as stored in the database. */
export interface StoredOpen {
  readonly record: RequestRecord;
  readonly results: ReadonlyMap<string, StoredResult>;
}

interface Entry extends OpenRequest {
  record: RequestRecord;
  readonly listeners: Set<() => void>;
}

/** The open requests of this process, their waiters and their numbers. */
export class OpenRequests {
  readonly #entries = new Map<string, Entry>();
  /** Running requests by caller. */
  readonly #running = new Map<string, number>();
  #allRunning = 0;
  /** Decision time of each completed request, approximately in that order; Unix milliseconds. */
  readonly #unpublished = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(requestId: string): OpenRequest | undefined {
    return this.#entries.get(requestId);
  }

  add(record: RequestRecord, results: ReadonlyMap<string, StoredResult> = new Map()): void {
    const entry = {
      record,
      changing: null,
      unwritten: new Map(),
      results: new Map(results),
      listeners: new Set<() => void>(),
    };
    this.#entries.set(record.requestId, entry);
    this.#count(record, 1);
  }

  /** Replace the record with what was written, and notify waiters. */
  update(requestId: string, record: RequestRecord): void {
    const entry = this.#entries.get(requestId);
    if (entry === undefined) return;
    this.#replace(entry, record);
    this.announce(requestId);
  }

  /** Remove a published request, and notify waiters. */
  remove(requestId: string, record: RequestRecord): void {
    const entry = this.#entries.get(requestId);
    if (entry === undefined) return;
    this.#count(entry.record, -1);
    entry.record = record;
    this.#entries.delete(requestId);
    tell(entry);
  }

  /** Notify waiters, which then re-evaluate their conditions. */
  announce(requestId: string): void {
    const entry = this.#entries.get(requestId);
    if (entry !== undefined) tell(entry);
  }

  /**
   * Make memory match a reopened database.
   *
   * The database decides whether a write with unknown outcome happened. Results that are only in memory stay: verdicts
   * may be based on them, and the next change writes them.
   *
   * @param stored open requests in the database; decided ones in the order of their decision.
   * @param over requests open in memory only, with their stored records.
   */
  reload(stored: readonly StoredOpen[], over: readonly RequestRecord[]): void {
    for (const { record, results } of stored) {
      const entry = this.#entries.get(record.requestId);
      if (entry === undefined) {
        this.add(record, results);
        continue;
      }
      for (const [slot, result] of results) {
        entry.results.set(slot, result);
        entry.unwritten.delete(slot);
      }
      if (record.verdicts.length !== entry.record.verdicts.length) this.#replace(entry, record);
    }
    for (const record of over) this.remove(record.requestId, record);
    for (const entry of [...this.#entries.values()]) tell(entry);
  }

  all(): readonly OpenRequest[] {
    return [...this.#entries.values()];
  }

  countRunning(caller?: string): number {
    return caller === undefined ? this.#allRunning : (this.#running.get(caller) ?? 0);
  }

  unpublished(): Unpublished {
    const [oldestAt = null] = this.#unpublished.values();
    return { count: this.#unpublished.size, oldestAt };
  }

  /**
   * Wait for a condition on an open request: resolves when it is met, at `untilMs` on the monotonic clock, or when the
   * signal aborts.
   */
  waitUntil(
    requestId: string,
    isMet: () => boolean,
    untilMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const entry = this.#entries.get(requestId);
    if (entry === undefined || isMet() || signal?.aborted) return Promise.resolve();
    const waitMs = untilMs - this.#clock.monotonic();
    if (waitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        entry.listeners.delete(look);
        signal?.removeEventListener('abort', end);
        cancel();
        resolve();
      };
      const look = () => {
        if (isMet()) end();
      };
      const cancel = this.#clock.schedule(waitMs, end);
      entry.listeners.add(look);
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  #replace(entry: Entry, record: RequestRecord): void {
    this.#count(entry.record, -1);
    entry.record = record;
    this.#count(record, 1);
  }

  #count({ requestId, status, caller, completedAt, createdAt }: RequestRecord, by: 1 | -1): void {
    if (status === 'completed') {
      if (by === 1) this.#unpublished.set(requestId, completedAt ?? createdAt);
      else this.#unpublished.delete(requestId);
      return;
    }
    this.#allRunning += by;
    const left = (this.#running.get(caller) ?? 0) + by;
    if (left === 0) this.#running.delete(caller);
    else this.#running.set(caller, left);
  }
}

function tell({ listeners }: Entry): void {
  for (const listener of [...listeners]) listener();
}
