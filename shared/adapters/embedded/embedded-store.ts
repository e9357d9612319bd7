import { readStoredResult, type StoredResult, serialiseResult } from '../../messages/stored-result.ts';
import type { RequestRecord } from '../../mpic/lifecycle.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type RequestStore,
  type ResultKey,
  type ResultReader,
  type ResultSink,
  type ResultWait,
  StoreUnavailableError,
} from '../../ports/request-store.ts';
import { type Level, type LevelWrite, LevelWriter } from './level-writer.ts';

/** What is held in memory of a request that is running, or completed and not yet published. */
interface OpenRequest {
  /** As it stands in the log. */
  record: RequestRecord;
  /** Resolves when the change that is being written is in the log, or is not going to be. */
  changing: Promise<void> | null;
  /** Results, as text, that are in memory and not known to be in the log. */
  readonly unwritten: Map<string, string>;
  readonly results: Map<string, StoredResult>;
  readonly listeners: Set<() => void>;
}

export interface EmbeddedStore extends RequestStore, ResultSink, ResultReader {
  /** Requests that a former process accepted and did not see published; call once, before serving. */
  recover(): Promise<readonly RequestRecord[]>;
  /** Requests accepted and not yet published. */
  countOpen(caller?: string): number;
  /** Completed requests not yet published, and when the oldest was completed, Unix milliseconds. */
  unpublished(): { readonly count: number; readonly oldestAt: number | null };
  /** Wait for the writes under way and close the database. */
  shutdown(): Promise<void>;
}

const requestKey = (requestId: string) => `request!${requestId}`;
const openKey = (requestId: string) => `open!${requestId}`;
export const resultKey = (requestId: string, slot: string) => `result!${requestId}!${slot}`;
/**
 * Whether an id that is not open may belong to a stored request. A fresh random one (UUID version 7) cannot; the one
 * that an idempotency key stands for (version 5) can, and costs a look into the database.
 */
const mayBeStored = (requestId: string) => requestId.charAt(14) !== '7';
export const slotOf = (attempt: number, perspective: string) => `${attempt}!${perspective}`;

/** The record in its text, which only this store writes; the version before wrote no tokens and froze nothing. */
function recordOf(text: string): RequestRecord {
  const record = JSON.parse(text) as RequestRecord;
  const verdicts = record.verdicts.map((verdict) => ({ ...OLD_VERDICT, ...verdict }));
  return { ...OLD_RECORD, ...record, verdicts };
}

const OLD_RECORD = { attemptToken: null };
const OLD_VERDICT = { attemptToken: null, results: [] };

function unwrittenOf({ record, unwritten }: OpenRequest): readonly LevelWrite[] {
  return [...unwritten].map(([slot, value]) => ({
    type: 'put',
    key: resultKey(record.requestId, slot),
    value,
  }));
}

/**
 * Both tables of one process over one LevelDB.
 *
 * Open requests live in memory, where conditions are decided in one turn; every change is then written through in
 * order. A result is announced before it is in the log: the verdict that rests on it is written after it and answered
 * only once both are there.
 */
export function createEmbeddedStore(level: Level, clock: Clock): EmbeddedStore {
  const writer = new LevelWriter(level);
  const open = new Map<string, OpenRequest>();
  /** Requests whose id is being looked up or written for the first time, so that two creators cannot both win. */
  const creating = new Map<string, Promise<'created' | 'exists'>>();
  /** Results for requests that are no longer open, being looked up; same reason. */
  const recordingLate = new Map<string, Promise<'recorded' | 'duplicate'>>();

  async function commit(writes: readonly LevelWrite[]): Promise<void> {
    try {
      await writer.write(writes);
    } catch (error) {
      throw new StoreUnavailableError('the embedded database refused a write', { cause: error });
    }
  }

  const load = (key: string): Promise<string | undefined> => answerOf(async () => level.get(key));

  async function loadRecord(requestId: string): Promise<RequestRecord | null> {
    const text = await load(requestKey(requestId));
    return text === undefined ? null : recordOf(text);
  }

  const isStored = (key: string): Promise<boolean> => answerOf(async () => level.has(key));

  async function answerOf<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw new StoreUnavailableError('the embedded database refused a read', { cause: error });
    }
  }

  function announce(entry: OpenRequest): void {
    for (const listener of [...entry.listeners]) listener();
  }

  async function createOnce(record: RequestRecord): Promise<'created' | 'exists'> {
    const { requestId } = record;
    if (open.has(requestId) || (mayBeStored(requestId) && (await isStored(requestKey(requestId)))))
      return 'exists';
    open.set(requestId, {
      record,
      changing: null,
      unwritten: new Map(),
      results: new Map(),
      listeners: new Set(),
    });
    try {
      await commit([
        { type: 'put', key: requestKey(requestId), value: JSON.stringify(record) },
        { type: 'put', key: openKey(requestId), value: '' },
      ]);
    } catch (error) {
      open.delete(requestId);
      throw error;
    }
    return 'created';
  }

  /**
   * Apply a change to a request that is running `attempt`. Nobody is told before it is in the log: what a killed process
   * takes with it would be decided anew.
   */
  async function change(requestId: string, attempt: number, to: (record: RequestRecord) => RequestRecord) {
    const entry = open.get(requestId);
    if (entry === undefined) return 'superseded' as const;
    while (entry.changing !== null) await entry.changing;
    if (entry.record.status !== 'running' || entry.record.attempt !== attempt) return 'superseded' as const;
    const record = to(entry.record);
    let leave = () => {};
    entry.changing = new Promise((resolve) => {
      leave = resolve;
    });
    try {
      await commit([
        { type: 'put', key: requestKey(requestId), value: JSON.stringify(record) },
        // Announced and not in the log, yet or for good: the verdict may rest on them, so they go with it.
        ...unwrittenOf(entry),
      ]);
      entry.record = record;
    } finally {
      entry.changing = null;
      leave();
    }
    announce(entry);
    return 'written' as const;
  }

  async function recordLate(
    requestId: string,
    slot: string,
    text: string,
  ): Promise<'recorded' | 'duplicate'> {
    const key = resultKey(requestId, slot);
    if (await isStored(key)) return 'duplicate';
    await commit([{ type: 'put', key, value: text }]);
    return 'recorded';
  }

  async function readResult(requestId: string, key: ResultKey): Promise<StoredResult | null> {
    const slot = slotOf(key.attempt, key.perspective);
    const entry = open.get(requestId);
    if (entry !== undefined) return entry.results.get(slot) ?? null;
    const text = await load(resultKey(requestId, slot));
    return text === undefined ? null : readStoredResult(text, requestId, key);
  }

  const store: EmbeddedStore = {
    async create(record) {
      const { requestId } = record;
      const before = creating.get(requestId);
      if (before !== undefined) {
        await before;
        return 'exists';
      }
      const creation = createOnce(record);
      creating.set(requestId, creation);
      try {
        return await creation;
      } finally {
        creating.delete(requestId);
      }
    },

    async read(requestId) {
      const inMemory = open.get(requestId)?.record;
      if (inMemory !== undefined) return inMemory;
      const stored = await loadRecord(requestId);
      // What is not open any more has been published: leaving the list of open requests is how that is written down.
      return stored === null ? null : { ...stored, published: true };
    },

    advance(requestId, attempt, verdict, next) {
      return change(requestId, attempt, (record) => ({
        ...record,
        attempt: attempt + 1,
        attemptToken: next.token,
        attemptStartedAt: next.startedAt,
        attemptDeadline: next.deadline,
        verdicts: [...record.verdicts, verdict],
      }));
    },

    close(requestId, attempt, verdict) {
      return change(requestId, attempt, (record) => ({
        ...record,
        status: 'completed',
        completedAt: verdict.decidedAt,
        verdicts: [...record.verdicts, verdict],
      }));
    },

    async markPublished(requestId) {
      const entry = open.get(requestId);
      if (entry === undefined) return;
      // What was seen first stays first, though it may not be in the log yet.
      await commit([{ type: 'del', key: openKey(requestId) }, ...unwrittenOf(entry)]);
      entry.record = { ...entry.record, published: true };
      // Late results look for their predecessors in the database from here on.
      open.delete(requestId);
      announce(entry);
    },

    async awaitCompletion(requestId, waitMs, signal) {
      const entry = open.get(requestId);
      if (entry === undefined) return store.read(requestId);
      await waitUntil(entry, () => entry.record.status === 'completed', clock.monotonic() + waitMs, signal);
      return entry.record;
    },

    async record(result) {
      const { requestId, attempt, perspective } = result;
      const slot = slotOf(attempt, perspective);
      const text = serialiseResult(result);
      const entry = open.get(requestId);
      if (entry === undefined) {
        const key = `${requestId}!${slot}`;
        const before = recordingLate.get(key);
        if (before !== undefined) return before.then(() => 'duplicate' as const);
        const recording = recordLate(requestId, slot, text).finally(() => recordingLate.delete(key));
        recordingLate.set(key, recording);
        return recording;
      }
      const isFirst = !entry.results.has(slot);
      if (isFirst) {
        entry.results.set(slot, readStoredResult(text, requestId, { perspective, attempt }));
        entry.unwritten.set(slot, text);
      }
      const value = entry.unwritten.get(slot);
      if (value === undefined) return 'duplicate';
      const written = commit([{ type: 'put', key: resultKey(requestId, slot), value }]);
      if (isFirst) announce(entry);
      await written;
      entry.unwritten.delete(slot);
      return isFirst ? 'recorded' : 'duplicate';
    },

    async readResults(requestId, keys) {
      const results = await Promise.all(keys.map((key) => readResult(requestId, key)));
      return results.filter((result) => result !== null);
    },

    async snapshot(requestId, keys) {
      const [record, results] = await Promise.all([
        store.read(requestId),
        store.readResults(requestId, keys),
      ]);
      return { record, results, unread: [] };
    },

    async nextResults(requestId, attempt, wait: ResultWait) {
      const entry = open.get(requestId);
      if (entry === undefined)
        return store.readResults(
          requestId,
          wait.missing.map((perspective) => ({ perspective, attempt })),
        );
      const arrived = () =>
        wait.missing.flatMap((perspective) => entry.results.get(slotOf(attempt, perspective)) ?? []);
      const isOver = () => entry.record.status !== 'running' || entry.record.attempt !== attempt;
      await waitUntil(entry, () => arrived().length > 0 || isOver(), wait.until, wait.signal);
      return arrived();
    },

    async recover() {
      const ids: string[] = [];
      for await (const key of level.keys({ gt: 'open!', lt: 'open"' })) ids.push(key.slice('open!'.length));
      const records: RequestRecord[] = [];
      for (const requestId of ids) {
        const record = await loadRecord(requestId);
        if (record === null) continue;
        const results = new Map<string, StoredResult>();
        const prefix = `result!${requestId}!`;
        for await (const [key, value] of level.iterator({ gt: prefix, lt: `result!${requestId}"` })) {
          const slot = key.slice(prefix.length);
          const at = slot.indexOf('!');
          const stored = { attempt: Number(slot.slice(0, at)), perspective: slot.slice(at + 1) };
          results.set(slot, readStoredResult(value, requestId, stored));
        }
        open.set(requestId, { record, changing: null, unwritten: new Map(), results, listeners: new Set() });
        records.push(record);
      }
      return records;
    },

    unpublished() {
      let count = 0;
      let oldestAt: number | null = null;
      for (const { record } of open.values()) {
        if (record.completedAt === null) continue;
        count += 1;
        if (oldestAt === null || record.completedAt < oldestAt) oldestAt = record.completedAt;
      }
      return { count, oldestAt };
    },

    countOpen(caller) {
      if (caller === undefined) return open.size;
      let count = 0;
      for (const { record } of open.values()) if (record.caller === caller) count += 1;
      return count;
    },

    async shutdown() {
      await writer.write([]).catch(() => {});
      await level.close();
    },
  };

  function waitUntil(
    entry: OpenRequest,
    isMet: () => boolean,
    untilMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (isMet() || signal?.aborted) return Promise.resolve();
    const waitMs = untilMs - clock.monotonic();
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
      const cancel = clock.schedule(waitMs, end);
      entry.listeners.add(look);
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  return store;
}
