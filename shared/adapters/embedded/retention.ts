import type { RequestRecord } from '../../domain/mpic/lifecycle.ts';
import { type Clock, sleep } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Database } from './database.ts';
import type { LevelWrite } from './level.ts';
import { recordOf, requestKey } from './stored-records.ts';

/** How long requests and their results are kept. Nothing of the audit trail is ever deleted. */
export interface RetentionRules {
  /** From the acceptance of a request on, milliseconds. */
  readonly keepMs: number;
  /** Requests kept at most, the newest; null: no limit. */
  readonly maxKept: number | null;
  /**
   * Whether the id of a request must stay taken when its record is deleted, as that of a Request Token that is for one use
   * (TLS BR 1.6.1 [definitions]).
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

/** Requests deleted in one step, so that no other write waits long for it. */
const STEP_REQUESTS = 50;

/** Pause between two steps. */
const STEP_PAUSE_MS = 25;

/** Pause before it is looked again whether something has become old enough. */
const LOOK_PAUSE_MS = 600_000;

/** Requests above the limit before the oldest are deleted, so that it is done in steps and not one by one. */
const SLACK_REQUESTS = STEP_REQUESTS;

const DIGITS = 15;
const PREFIX = 'made!';
const END = 'made"';

/** In the order in which requests were accepted; written and deleted with the record. */
export const madeKey = ({ createdAt, requestId }: Pick<RequestRecord, 'createdAt' | 'requestId'>) =>
  `${PREFIX}${String(createdAt).padStart(DIGITS, '0')}!${requestId}`;

export const MADE_RANGE = { gt: PREFIX, lt: END };
/** The id in such a key. */
export const madeIdOf = (key: string) => key.slice(PREFIX.length + DIGITS + 1);

/** What is left of a request whose id must stay taken. */
export const usedKey = (requestId: string) => `used!${requestId}`;

const FORMAT_KEY = 'meta!format';
const FORMAT = '2';
const INDEX_STEP = 500;

/** Deletes old requests in small steps, from the oldest on, until it is stopped. */
export class Retention {
  readonly #deps: RetentionDeps;
  readonly #ending = new AbortController();
  #kept = 0;
  #wake = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** Begin, after {@link indexRequests}. */
  async start(): Promise<void> {
    const { database, rules } = this.#deps;
    if (rules.maxKept !== null) this.#kept = (await database.keys({ gt: PREFIX, lt: END })).length;
    this.#running = this.#run();
  }

  /** A request was stored. */
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

  /** From the oldest request to the first one that is to be kept. */
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

  /** @returns the last key that was looked at; null when no other is to be deleted. */
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
      // Not published in all that time: it is still owed its audit record.
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

  /** What cannot be read may have been for one use. */
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

/** Give the requests of a store of the version before, which had no order, their place in it. */
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

/** The time of one that cannot be read is unknown: it is kept for as long as one that was accepted now. */
function placeOf(key: string, value: string, now: number): string {
  const requestId = key.slice('request!'.length);
  try {
    const { createdAt } = recordOf(requestId, value);
    return madeKey({ createdAt, requestId });
  } catch {
    return madeKey({ createdAt: now, requestId });
  }
}
