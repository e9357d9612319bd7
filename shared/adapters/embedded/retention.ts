import type { RequestRecord } from '../../domain/mpic/lifecycle.ts';
import { type Clock, sleep } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Database } from './database.ts';
import type { LevelWrite } from './level.ts';
import { recordOf, requestKey } from './stored-records.ts';

/** How long requests and their results are kept. The audit trail is never deleted. */
export interface RetentionRules {
  /** Milliseconds from the acceptance of a request. */
  readonly keepMs: number;
  /** Number of newest requests kept; null for no limit. */
  readonly maxKept: number | null;
  /**
   * Whether the id of a request stays taken after its record is deleted, as for a Request Token for one use (TLS BR
   * 1.6.1 [definitions]).
   */
  readonly staysUsed: (record: RequestRecord) => boolean;
}

export interface RetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: RetentionRules;
  readonly isOpen: (requestId: string) => boolean;
}

/** Requests deleted in one step; small, so that other writes do not wait long. */
const STEP_REQUESTS = 50;

/** Pause between two steps. */
const STEP_PAUSE_MS = 25;

/** Pause between two passes over old requests. */
const LOOK_PAUSE_MS = 600_000;

/** Requests above the limit before deletion starts, so that the oldest are deleted in steps, not one by one. */
const SLACK_REQUESTS = STEP_REQUESTS;

const DIGITS = 15;
const PREFIX = 'made!';
const END = 'made"';

/** Key of a request in the index by time of acceptance; written and deleted with the record. */
export const madeKey = ({ createdAt, requestId }: Pick<RequestRecord, 'createdAt' | 'requestId'>) =>
  `${PREFIX}${String(createdAt).padStart(DIGITS, '0')}!${requestId}`;

export const MADE_RANGE = { gt: PREFIX, lt: END };
/** The request id in a key of {@link madeKey}. */
export const madeIdOf = (key: string) => key.slice(PREFIX.length + DIGITS + 1);

/** Key that keeps the id of a deleted request taken. */
export const usedKey = (requestId: string) => `used!${requestId}`;

const FORMAT_KEY = 'meta!format';
const FORMAT = '2';
const INDEX_STEP = 500;

/** Deletes old requests in small steps, oldest first, until stopped. */
export class Retention {
  readonly #deps: RetentionDeps;
  readonly #ending = new AbortController();
  #kept = 0;
  #wake = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** Start; call after {@link indexRequests}. */
  async start(): Promise<void> {
    const { database, rules } = this.#deps;
    if (rules.maxKept !== null) this.#kept = (await database.keys({ gt: PREFIX, lt: END })).length;
    this.#running = this.#run();
  }

  /** Note that a request was stored. */
  added(): void {
    this.#kept += 1;
    if (this.#excess() > 0) this.#wake();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const look = new AbortController();
      this.#wake = () => look.abort();
      try {
        await this.#pass();
      } catch (error) {
        log.warn('retention_failed', { error });
      }
      if (this.#excess() > 0) await sleep(clock, STEP_PAUSE_MS, signal);
      else await sleep(clock, LOOK_PAUSE_MS, AbortSignal.any([signal, look.signal]));
    }
  }

  /** Delete from the oldest request up to the first one to keep. */
  async #pass(): Promise<void> {
    const { clock, log } = this.#deps;
    let deleted = 0;
    for (let after = PREFIX; !this.#ending.signal.aborted; ) {
      const step = await this.#step(after);
      deleted += step.deleted;
      if (step.last === null) break;
      after = step.last;
      await sleep(clock, STEP_PAUSE_MS, this.#ending.signal);
    }
    if (deleted > 0) log.info('old_requests_deleted', { requests: deleted });
  }

  /** @returns in `last` the last due key; null if no more requests are due. */
  async #step(after: string): Promise<{ readonly deleted: number; readonly last: string | null }> {
    const { database, clock, rules, isOpen } = this.#deps;
    const { session } = database;
    const before = `${PREFIX}${String(Math.max(0, clock.now() - rules.keepMs)).padStart(DIGITS, '0')}`;
    const excess = this.#excess();
    const keys = await database.keys({ gt: after, lt: END, limit: STEP_REQUESTS });
    const due = keys.filter((key, index) => key < before || index < excess);
    const writes: LevelWrite[] = [];
    let deleted = 0;
    for (const key of due) {
      const requestId = madeIdOf(key);
      // Not published yet: its audit record is still missing.
      if (isOpen(requestId)) continue;
      writes.push(...(await this.#removal(key, requestId)));
      deleted += 1;
    }
    if (writes.length > 0) await database.write(writes, session);
    this.#kept -= deleted;
    return { deleted, last: due.length === STEP_REQUESTS ? (due.at(-1) ?? null) : null };
  }

  async #removal(key: string, requestId: string): Promise<readonly LevelWrite[]> {
    const { database } = this.#deps;
    const value = await database.get(requestKey(requestId));
    const results = await database.keys({ gt: `result!${requestId}!`, lt: `result!${requestId}"` });
    const removals = [key, requestKey(requestId), ...results].map(
      (one): LevelWrite => ({ type: 'del', key: one }),
    );
    const isUsed = value !== undefined && this.#staysUsed(requestId, value);
    return isUsed ? [...removals, { type: 'put', key: usedKey(requestId), value: '' }] : removals;
  }

  /** An unreadable record may have been for one use. */
  #staysUsed(requestId: string, value: string): boolean {
    try {
      return this.#deps.rules.staysUsed(recordOf(requestId, value));
    } catch {
      return true;
    }
  }

  #excess(): number {
    const { maxKept } = this.#deps.rules;
    if (maxKept === null) return 0;
    return this.#kept > maxKept + SLACK_REQUESTS ? this.#kept - maxKept : 0;
  }
}

/** Add the requests of a store of the previous version, which had no index by time of acceptance, to the index. */
export async function indexRequests(database: Database, now: number, log: Log): Promise<void> {
  if ((await database.get(FORMAT_KEY)) === FORMAT) return;
  let indexed = 0;
  for (let after = 'request!'; ; ) {
    const entries = await database.entries({ gt: after, lt: 'request"', limit: INDEX_STEP });
    const last = entries.at(-1);
    if (last === undefined) break;
    after = last[0];
    await database.write(
      entries.map(([key, value]): LevelWrite => ({ type: 'put', key: placeOf(key, value, now), value: '' })),
    );
    indexed += entries.length;
  }
  await database.write([{ type: 'put', key: FORMAT_KEY, value: FORMAT }]);
  if (indexed > 0) log.info('requests_indexed', { requests: indexed });
}

/** The acceptance time of an unreadable record is unknown; it is kept as if accepted now. */
function placeOf(key: string, value: string, now: number): string {
  const requestId = key.slice('request!'.length);
  try {
    const { createdAt } = recordOf(requestId, value);
    return madeKey({ createdAt, requestId });
  } catch {
    return madeKey({ createdAt: now, requestId });
  }
}
