import { type Clock, sleep, within } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { StoreUnavailableError } from '../../ports/request-store.ts';
import type { BatchSeal } from './batch-seal.ts';
import type { DatabaseReader, KeyRange, Level, LevelWrite } from './level.ts';
import { LevelWriter } from './level-writer.ts';

export interface DatabaseOptions {
  readonly level: Level;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Read what memory has to be made equal to, after the database was opened anew; what it returns does that, in the turn in
   * which everybody is let in again. While it fails the database stays closed to them.
   */
  readonly reload: (reader: DatabaseReader) => Promise<() => void>;
}

/** Pause before the database is opened anew: the first, and the longest, milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** A database that has been open for this long starts with the first pause again when it fails. */
const TRUSTED_AFTER_MS = 60_000;

/** How long a read may take: a disk that does not answer must not keep callers waiting. */
const READ_TIMEOUT_MS = 5000;

/** How long the end of a process waits for a database that does not close. */
const CLOSE_TIMEOUT_MS = 10_000;

/** Written after each reopening, so that a disk that takes nothing is noticed before a request is taken. */
const PROBE_KEY = 'meta!reopened';

/**
 * One LevelDB that stops at the first failed write and takes nothing more until it has been closed and opened anew, which
 * begins a new log: a log with a failed write in it loses what is appended to it later. It tries that without end.
 */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #writer: LevelWriter;
  readonly #reader: DatabaseReader;
  readonly #ending = new AbortController();
  #state: 'open' | 'failed' | 'closed' = 'open';
  #session = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #openedAt = Number.NEGATIVE_INFINITY;
  #reopening: Promise<void> = Promise.resolve();
  #seal: BatchSeal | null = null;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#writer = new LevelWriter(options.level, options.clock, (error) => this.#fail(error));
    this.#reader = readerOf(options.level);
  }

  /** Have each batch from now on sealed; call once, before the first write. */
  sealWith(seal: BatchSeal): void {
    this.#seal = seal;
    this.#writer.sealWith(seal);
  }

  /** A write has failed, and the database is not open again. */
  get hasFailed(): boolean {
    return this.#state === 'failed';
  }

  /** Number of the time since it was opened: a write that rests on a read of an earlier one must not be made. */
  get session(): number {
    return this.#session;
  }

  /**
   * Write a group at once; resolves when it is in the log.
   *
   * @param session of the reads that it rests on.
   * @throws StoreUnavailableError: it is written or not. Which of the two is known when the database is open again.
   */
  async write(writes: readonly LevelWrite[], session = this.#session): Promise<void> {
    this.refuseUnlessOpen(session);
    try {
      await this.#writer.write(writes);
    } catch (error) {
      throw new StoreUnavailableError('the embedded database refused a write', { cause: error });
    }
  }

  get(key: string): Promise<string | undefined> {
    return this.#read((reader) => reader.get(key));
  }

  has(key: string): Promise<boolean> {
    return this.#read((reader) => reader.has(key));
  }

  keys(range: KeyRange): Promise<readonly string[]> {
    return this.#read((reader) => reader.keys(range));
  }

  entries(range: KeyRange): Promise<readonly (readonly [string, string])[]> {
    return this.#read((reader) => reader.entries(range));
  }

  /** @throws StoreUnavailableError after a failed write, and when the database was opened anew since `session`. */
  refuseUnlessOpen(session = this.#session): void {
    if (this.#state === 'open' && session === this.#session) return;
    throw new StoreUnavailableError(
      this.#state === 'closed' ? 'the embedded database is closed' : 'the embedded database has failed',
    );
  }

  /** Finish the writes under way and close it for good; one that has failed is only closed. */
  async close(): Promise<void> {
    const { level, clock } = this.#options;
    // All that was submitted before is written before this.
    if (this.#state === 'open') await this.#writer.write([]).catch(() => {});
    this.#state = 'closed';
    this.#ending.abort();
    const closing = this.#reopening.then(() => level.close()).then(() => true);
    const closed = new AbortController();
    const tooLong = sleep(clock, CLOSE_TIMEOUT_MS, closed.signal).then(() => false);
    try {
      const inTime = await Promise.race([closing, tooLong]);
      if (!inTime) throw new Error(`the database did not close within ${CLOSE_TIMEOUT_MS} ms`);
      this.#seal?.close();
    } finally {
      closed.abort();
    }
  }

  /** @throws StoreUnavailableError when it fails or is not done in time: what is there is unknown, and it must not be taken for nothing. */
  async #read<T>(read: (reader: DatabaseReader) => Promise<T>): Promise<T> {
    const session = this.#session;
    this.refuseUnlessOpen(session);
    let found: T;
    try {
      found = await within(
        this.#options.clock,
        READ_TIMEOUT_MS,
        () => read(this.#reader),
        () => new Error(`it was not done within ${READ_TIMEOUT_MS} ms`),
      );
    } catch (error) {
      throw new StoreUnavailableError('the embedded database refused a read', { cause: error });
    }
    // What was read may be a write that has failed since, and is not there when the database is opened anew.
    this.refuseUnlessOpen(session);
    return found;
  }

  #fail(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#session += 1;
    const { clock, log } = this.#options;
    log.error('store_failed', {
      error: describeError(error),
      meaning: 'nothing more is written or acknowledged until the database has been opened anew',
    });
    if (clock.monotonic() - this.#openedAt >= TRUSTED_AFTER_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#reopening = this.#reopen(clock.monotonic());
  }

  async #reopen(failedAt: number): Promise<void> {
    const { level, clock, log, reload } = this.#options;
    for (let tries = 1; ; tries++) {
      await sleep(clock, this.#pauseMs, this.#ending.signal);
      if (this.#ending.signal.aborted) return;
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      let apply: () => void;
      try {
        await level.close();
        if (this.#ending.signal.aborted) return;
        await level.open();
        await level.batch([{ type: 'put', key: PROBE_KEY, value: new Date(clock.now()).toISOString() }]);
        await this.#seal?.resume(this.#reader);
        apply = await reload(this.#reader);
      } catch (error) {
        log.error('store_not_reopened', { tries, error: describeError(error), nextTryMs: this.#pauseMs });
        continue;
      }
      if (this.#ending.signal.aborted) return;
      this.#openedAt = clock.monotonic();
      this.#writer.restart();
      this.#state = 'open';
      apply();
      log.warn('store_reopened', { tries, afterMs: Math.round(this.#openedAt - failedAt) });
      return;
    }
  }
}

export function readerOf(level: Level): DatabaseReader {
  return {
    get: (key) => level.get(key),
    has: (key) => level.has(key),
    keys: (range) => level.keys(range).all(),
    entries: (range) => level.iterator(range).all(),
  };
}

/** The reason that LevelDB gives is in the cause. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
