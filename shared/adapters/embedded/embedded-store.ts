import { readStoredResult, serialiseResult } from '../../contract/messages/stored-result.ts';
import type { CheckResult } from '../../domain/check/check-result.ts';
import type { ResultKey } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import type { AttemptVerdict, RequestRecord } from '../../domain/mpic/lifecycle.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Unpublished } from '../../ports/publication-watch.ts';
import type {
  NextAttempt,
  RequestStore,
  ResultReader,
  ResultSink,
  ResultWait,
  Snapshot,
  WriteOutcome,
} from '../../ports/request-store.ts';
import { openBatchSeal } from './batch-seal.ts';
import { Database } from './database.ts';
import type { DatabaseReader, Level } from './level.ts';
import { OpenRequests } from './open-requests.ts';
import { indexRequests, madeKey, Retention, type RetentionRules, usedKey } from './retention.ts';
import {
  openKey,
  putOpen,
  putRequest,
  putResult,
  readOpen,
  readRecord,
  requestKey,
  resultKey,
  resultOf,
  slotOf,
  unwrittenOf,
} from './stored-records.ts';

export interface EmbeddedStoreOptions {
  readonly level: Level;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: nothing is ever deleted. */
  readonly retention?: RetentionRules;
  /** Folder of a database on disk, whose batches are then sealed; null for a database in memory. */
  readonly folder?: string | null;
}

/**
 * Whether an id that is not open may belong to a stored request, which costs a database read. A new random id (UUID
 * version 7) cannot; one derived from an idempotency key or a Request Token (version 5) can.
 */
const mayBeStored = (requestId: string) => requestId.charAt(14) !== '7';

/**
 * Both tables of one process over one LevelDB.
 *
 * Open requests are in memory, where conditions are evaluated in one turn. Every change is then written in order, and
 * acknowledged only once it is in the log. A result is announced earlier: the verdict based on it is written after or
 * with it, and returned only once both are in the log.
 *
 * After a failed write every method throws {@link StoreUnavailableError} until the database is reopened and memory
 * matches it again (decision 4).
 */
export class EmbeddedStore implements RequestStore, ResultSink, ResultReader {
  readonly #database: Database;
  readonly #open: OpenRequests;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Requests whose id is being looked up or first written, so that only one of two creators succeeds. */
  readonly #creating = new Map<string, Promise<'created' | 'exists'>>();
  /** Callers of the requests being first written, which already count as running. */
  readonly #beginning = new Map<string, string>();
  /** Results for requests that are no longer open, being looked up; for the same reason. */
  readonly #recordingLate = new Map<string, Promise<'recorded' | 'duplicate'>>();
  readonly #retention: Retention | null;
  readonly #folder: string | null;

  constructor({ level, clock, log, retention, folder = null }: EmbeddedStoreOptions) {
    this.#folder = folder;
    this.#clock = clock;
    this.#log = log;
    this.#open = new OpenRequests(clock);
    this.#database = new Database({ level, clock, log, reload: (reader) => this.#reload(reader) });
    const isOpen = (requestId: string) => this.#open.get(requestId) !== undefined;
    this.#retention =
      retention === undefined
        ? null
        : new Retention({ database: this.#database, clock, log, rules: retention, isOpen });
  }

  /** True from a failed write until the database is reopened. */
  get hasFailed(): boolean {
    return this.#database.hasFailed;
  }

  async create(record: RequestRecord): Promise<'created' | 'exists'> {
    const { requestId } = record;
    const before = this.#creating.get(requestId);
    if (before !== undefined) {
      await before;
      return 'exists';
    }
    const creation = this.#createOnce(record);
    this.#creating.set(requestId, creation);
    this.#beginning.set(requestId, record.caller);
    try {
      return await creation;
    } finally {
      this.#creating.delete(requestId);
      this.#beginning.delete(requestId);
    }
  }

  async read(requestId: string): Promise<RequestRecord | null> {
    await this.#created(requestId);
    this.#database.refuseUnlessOpen();
    const inMemory = this.#open.get(requestId)?.record;
    if (inMemory !== undefined) return inMemory;
    const stored = await readRecord(this.#database, requestId);
    // A stored request that is not open has been published: removing the mark of open requests records that.
    return stored === null ? null : { ...stored, published: true };
  }

  advance(
    requestId: string,
    attempt: number,
    verdict: AttemptVerdict,
    next: NextAttempt,
  ): Promise<WriteOutcome> {
    return this.#change(requestId, attempt, (record) => ({
      ...record,
      attempt: attempt + 1,
      attemptToken: next.token,
      attemptStartedAt: next.startedAt,
      attemptDeadline: next.deadline,
      verdicts: [...record.verdicts, verdict],
    }));
  }

  close(requestId: string, attempt: number, verdict: AttemptVerdict): Promise<WriteOutcome> {
    return this.#change(requestId, attempt, (record) => ({
      ...record,
      status: 'completed',
      completedAt: verdict.decidedAt,
      verdicts: [...record.verdicts, verdict],
    }));
  }

  async markPublished(requestId: string): Promise<void> {
    this.#database.refuseUnlessOpen();
    const entry = this.#open.get(requestId);
    if (entry === undefined) return;
    // Unwritten results are written too, so that the first result stays the first.
    await this.#database.write([{ type: 'del', key: openKey(requestId) }, ...unwrittenOf(entry)]);
    // From here on, late results are compared with the database.
    this.#open.remove(requestId, { ...entry.record, published: true });
  }

  async awaitCompletion(
    requestId: string,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<RequestRecord | null> {
    const until = this.#clock.monotonic() + waitMs;
    await this.#created(requestId);
    this.#database.refuseUnlessOpen();
    const entry = this.#open.get(requestId);
    if (entry === undefined) return this.read(requestId);
    await this.#open.waitUntil(requestId, () => entry.record.status === 'completed', until, signal);
    this.#database.refuseUnlessOpen();
    return entry.record;
  }

  async record(result: CheckResult): Promise<'recorded' | 'duplicate'> {
    const { requestId, attempt, perspective } = result;
    const slot = slotOf(attempt, perspective);
    const text = serialiseResult(result);
    const entry = this.#open.get(requestId);
    if (entry === undefined) return this.#recordLate(requestId, slot, text);
    const isFirst = !entry.results.has(slot);
    if (isFirst) {
      entry.results.set(slot, readStoredResult(text, requestId, { perspective, attempt }));
      entry.unwritten.set(slot, text);
    }
    const seen = entry.unwritten.get(slot);
    if (seen === undefined) return 'duplicate';
    const written = this.#database.write([putResult(requestId, slot, seen)]);
    if (isFirst) this.#open.announce(requestId);
    await written;
    entry.unwritten.delete(slot);
    return isFirst ? 'recorded' : 'duplicate';
  }

  async readResults(requestId: string, keys: readonly ResultKey[]): Promise<readonly StoredResult[]> {
    await this.#created(requestId);
    this.#database.refuseUnlessOpen();
    const results = await Promise.all(keys.map((key) => this.#readResult(requestId, key)));
    return results.filter((result) => result !== null);
  }

  async snapshot(requestId: string, keys: readonly ResultKey[]): Promise<Snapshot> {
    const [record, results] = await Promise.all([this.read(requestId), this.readResults(requestId, keys)]);
    return { record, results, unread: [] };
  }

  async nextResults(requestId: string, attempt: number, wait: ResultWait): Promise<readonly StoredResult[]> {
    const entry = this.#open.get(requestId);
    if (entry === undefined) {
      return this.readResults(
        requestId,
        wait.missing.map((perspective) => ({ perspective, attempt })),
      );
    }
    const arrived = () =>
      wait.missing.flatMap((perspective) => entry.results.get(slotOf(attempt, perspective)) ?? []);
    const isOver = () => entry.record.status !== 'running' || entry.record.attempt !== attempt;
    await this.#open.waitUntil(requestId, () => arrived().length > 0 || isOver(), wait.until, wait.signal);
    return arrived();
  }

  /**
   * Load requests that an earlier process accepted and did not publish; call once, before serving. An unreadable one is
   * logged and left as it is, so that it does not block the others.
   */
  async recover(): Promise<readonly RequestRecord[]> {
    if (this.#folder !== null) this.#database.sealWith(await openBatchSeal(this.#database, this.#folder));
    await indexRequests(this.#database, this.#clock.now(), this.#log);
    const { open, unreadable } = await readOpen(this.#database);
    for (const { requestId, problem } of unreadable) {
      this.#log.error('request_unreadable', {
        requestId,
        problem,
        meaning: 'the request was accepted and cannot be finished; its record stays in the data folder',
      });
    }
    for (const { record, results } of open) this.#open.add(record, results);
    await this.#retention?.start();
    return open.map(({ record }) => record);
  }

  /** Number of requests accepted and not decided, of all callers or of one, including those being first written. */
  countRunning(caller?: string): number {
    const running = this.#open.countRunning(caller);
    if (caller === undefined) return running + this.#beginning.size;
    let beginning = 0;
    for (const name of this.#beginning.values()) if (name === caller) beginning += 1;
    return running + beginning;
  }

  unpublished(): Unpublished {
    return this.#open.unpublished();
  }

  /** Wait for the writes in progress and close the database. */
  async shutdown(): Promise<void> {
    await this.#retention?.stop();
    await this.#database.close();
  }

  /** If a request is being first written, wait until that has succeeded or failed. */
  async #created(requestId: string): Promise<void> {
    await this.#creating.get(requestId)?.catch(() => {});
  }

  async #createOnce(record: RequestRecord): Promise<'created' | 'exists'> {
    const { requestId } = record;
    const { session } = this.#database;
    this.#database.refuseUnlessOpen();
    if (this.#open.get(requestId) !== undefined) return 'exists';
    if (mayBeStored(requestId) && (await this.#isTaken(requestId))) return 'exists';
    await this.#database.write(
      [putRequest(record), putOpen(record), { type: 'put', key: madeKey(record), value: '' }],
      session,
    );
    this.#open.add(record);
    this.#retention?.added();
    return 'created';
  }

  async #isTaken(requestId: string): Promise<boolean> {
    const keys = [requestKey(requestId), usedKey(requestId)];
    return (await Promise.all(keys.map((key) => this.#database.has(key)))).includes(true);
  }

  /**
   * Apply a change to a request that is running `attempt`. It is acknowledged only once it is in the log: a change lost
   * with a killed process would be decided again.
   */
  async #change(
    requestId: string,
    attempt: number,
    to: (record: RequestRecord) => RequestRecord,
  ): Promise<WriteOutcome> {
    await this.#created(requestId);
    const entry = this.#open.get(requestId);
    // While the database has failed, memory may be outdated.
    this.#database.refuseUnlessOpen();
    if (entry === undefined) return 'superseded';
    while (entry.changing !== null) await entry.changing;
    this.#database.refuseUnlessOpen();
    if (entry.record.status !== 'running' || entry.record.attempt !== attempt) return 'superseded';
    const record = to(entry.record);
    let leave = () => {};
    entry.changing = new Promise((resolve) => {
      leave = resolve;
    });
    try {
      // The verdict may be based on announced results that are not in the log, so they are written with it.
      await this.#database.write([putRequest(record), putOpen(record), ...unwrittenOf(entry)]);
      this.#open.update(requestId, record);
    } finally {
      entry.changing = null;
      leave();
    }
    return 'written';
  }

  #recordLate(requestId: string, slot: string, text: string): Promise<'recorded' | 'duplicate'> {
    const key = resultKey(requestId, slot);
    const before = this.#recordingLate.get(key);
    if (before !== undefined) return before.then(() => 'duplicate' as const);
    const recording = this.#recordLateOnce(requestId, slot, text).finally(() =>
      this.#recordingLate.delete(key),
    );
    this.#recordingLate.set(key, recording);
    return recording;
  }

  async #recordLateOnce(requestId: string, slot: string, text: string): Promise<'recorded' | 'duplicate'> {
    const { session } = this.#database;
    if (await this.#database.has(resultKey(requestId, slot))) return 'duplicate';
    await this.#database.write([putResult(requestId, slot, text)], session);
    return 'recorded';
  }

  async #readResult(requestId: string, key: ResultKey): Promise<StoredResult | null> {
    const slot = slotOf(key.attempt, key.perspective);
    const entry = this.#open.get(requestId);
    if (entry !== undefined) return entry.results.get(slot) ?? null;
    const value = await this.#database.get(resultKey(requestId, slot));
    return value === undefined ? null : resultOf(requestId, slot, value);
  }

  async #reload(reader: DatabaseReader): Promise<() => void> {
    const { open, unreadable } = await readOpen(reader);
    const stored = new Map(open.map((one) => [one.record.requestId, one]));
    const over: RequestRecord[] = [];
    for (const entry of this.#open.all()) {
      const { requestId } = entry.record;
      const now = stored.get(requestId);
      const record = now?.record ?? (await readRecord(reader, requestId));
      // Acknowledged changes must be present; otherwise no later change may be acknowledged.
      if (record === null || record.verdicts.length < entry.record.verdicts.length)
        throw new Error(`acknowledged writes of request ${requestId} are lost`);
      if (now === undefined) over.push({ ...record, published: true });
    }
    const lost = unreadable.filter(({ requestId }) => this.#open.get(requestId) !== undefined);
    if (lost[0] !== undefined) throw new Error(`request ${lost[0].requestId}: ${lost[0].problem}`);
    return () => {
      for (const { record } of open) {
        const { requestId } = record;
        // Its client got an error with unknown outcome; its deadline, sent before, ends the request.
        if (this.#open.get(requestId) === undefined)
          this.#log.warn('request_found_after_failure', { requestId });
      }
      this.#open.reload(open, over);
    };
  }
}
