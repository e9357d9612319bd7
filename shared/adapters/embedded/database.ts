import { type Clock, sleep, within } from '../../ports/clock.ts';
import { errorLine, type Log } from '../../ports/log.ts';
import { StoreUnavailableError } from '../../ports/request-store.ts';
import type { BatchSeal } from './batch-seal.ts';
import type { DatabaseReader, KeyRange, Level, LevelWrite } from './level.ts';
import { LevelWriter } from './level-writer.ts';

export interface DatabaseOptions {
  readonly level: Level;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Read the state to load into memory after the database was reopened. The returned function loads it, in the same
   * turn in which callers are admitted again. While `reload` fails, the database stays closed to callers.
   */
  readonly reload: (reader: DatabaseReader) => Promise<() => void>;
}

/** First and longest pause before the database is reopened, milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** After this time open without a failure, the next failure starts with the first pause again. */
const TRUSTED_AFTER_MS = 60_000;

/** Time-out of a read: a disk that does not respond must not block callers. */
const READ_TIMEOUT_MS = 5000;

/** Longest wait for the database to close at the end of a process. */
const CLOSE_TIMEOUT_MS = 10_000;

/** Written after each reopening, so that a full disk is detected before a request is accepted. */
const PROBE_KEY = 'meta!reopened';

/**
 * One LevelDB that stops at the first failed write and rejects everything until it was closed and reopened, which
 * starts a new log: a log with a failed write loses what is appended to it later. Retries the reopening without limit.
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

  /** Seal each batch from now on; call once, before the first write. */
  sealWith(seal: BatchSeal): void {
    this.#seal = seal;
    this.#writer.sealWith(seal);
  }

  /** True from a failed write until the database is open again. */
  get hasFailed(): boolean {
    return this.#state === 'failed';
  }

  /** Increases with each failure. A write based on a read of an earlier session is rejected. */
  get session(): number {
    return this.#session;
  }

  /**
   * Write a group atomically; resolves once it is in the log.
   *
   * @param session the session of the reads on which the write is based.
   * @throws StoreUnavailableError if the write failed; whether it was written is known once the database is open again.
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

  /** @throws StoreUnavailableError after a failed write, and if the database was reopened since `session`. */
  refuseUnlessOpen(session = this.#session): void {
    if (this.#state === 'open' && session === this.#session) return;
    throw new StoreUnavailableError(
      this.#state === 'closed' ? 'the embedded database is closed' : 'the embedded database has failed',
    );
  }

  /** Finish the writes in progress and close permanently; a failed database is only closed. */
  async close(): Promise<void> {
    const { level, clock } = this.#options;
    // The writer keeps order, so this waits for all earlier writes.
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

  /**
   * @throws StoreUnavailableError on failure or time-out: the content is unknown then, and must not be treated as
   *   absent.
   */
  async #read<T>(read: (reader: DatabaseReader) => Promise<T>): Promise<T> {
    const session = this.#session;
    this.refuseUnlessOpen(session);
    let found: T;
    try {
      found = await within(
        this.#options.clock,
        READ_TIMEOUT_MS,
        () => read(this.#reader),
        () => new Error(`the read did not finish within ${READ_TIMEOUT_MS} ms`),
      );
    } catch (error) {
      throw new StoreUnavailableError('the embedded database refused a read', { cause: error });
    }
    // The value may come from a write that has failed since, and be gone after the reopening.
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
      meaning: 'nothing is written or acknowledged until the database is reopened',
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

/** LevelDB's own reason is in the cause. */
export const describeError = errorLine;
