import type { CheckResult } from '../../mpic/check.ts';
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
  readonly results: Map<string, CheckResult>;
  readonly listeners: Set<() => void>;
}

export interface EmbeddedStore extends RequestStore, ResultSink, ResultReader {
  /** Requests that a former process accepted and did not see published; call once, before serving. */
  recover(): Promise<readonly RequestRecord[]>;
  /** Requests accepted and not yet published. */
  countOpen(caller?: string): number;
  /** Wait for the writes under way and close the database. */
  shutdown(): Promise<void>;
}

const requestKey = (requestId: string) => `request!${requestId}`;
const openKey = (requestId: string) => `open!${requestId}`;
const resultKey = (requestId: string, slot: string) => `result!${requestId}!${slot}`;
/**
 * Whether an id that is not open may belong to a stored request. A fresh random one (UUID version 7) cannot; the one
 * that an idempotency key stands for (version 5) can, and costs a look into the database.
 */
const mayBeStored = (requestId: string) => requestId.charAt(14) !== '7';
const slotOf = (attempt: number, perspective: string) => `${attempt}!${perspective}`;

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

  async function load<T>(key: string): Promise<T | null> {
    const text = await answerOf(async () => level.get(key));
    return text === undefined ? null : (JSON.parse(text) as T);
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
        ...[...entry.unwritten].map(([slot, value]) => ({
          type: 'put' as const,
          key: resultKey(requestId, slot),
          value,
        })),
      ]);
      entry.record = record;
    } finally {
      entry.changing = null;
      leave();
    }
    announce(entry);
    return 'written' as const;
  }

  async function recordLate(result: CheckResult, slot: string): Promise<'recorded' | 'duplicate'> {
    const key = resultKey(result.requestId, slot);
    if (await isStored(key)) return 'duplicate';
    await commit([{ type: 'put', key, value: JSON.stringify(result) }]);
    return 'recorded';
  }

  async function readResult(requestId: string, key: ResultKey): Promise<CheckResult | null> {
    const slot = slotOf(key.attempt, key.perspective);
    const entry = open.get(requestId);
    return entry ? (entry.results.get(slot) ?? null) : load<CheckResult>(resultKey(requestId, slot));
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
      const stored = await load<RequestRecord>(requestKey(requestId));
      // What is not open any more has been published: leaving the list of open requests is how that is written down.
      return stored === null ? null : { ...stored, published: true };
    },

    advance(requestId, attempt, verdict, next) {
      return change(requestId, attempt, (record) => ({
        ...record,
        attempt: attempt + 1,
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
      await commit([{ type: 'del', key: openKey(requestId) }]);
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
      const slot = slotOf(result.attempt, result.perspective);
      const entry = open.get(result.requestId);
      if (entry === undefined) {
        const key = `${result.requestId}!${slot}`;
        const before = recordingLate.get(key);
        if (before !== undefined) return before.then(() => 'duplicate' as const);
        const recording = recordLate(result, slot).finally(() => recordingLate.delete(key));
        recordingLate.set(key, recording);
        return recording;
      }
      const isFirst = !entry.results.has(slot);
      if (isFirst) {
        entry.results.set(slot, result);
        entry.unwritten.set(slot, JSON.stringify(result));
      }
      const value = entry.unwritten.get(slot);
      if (value === undefined) return 'duplicate';
      const written = commit([{ type: 'put', key: resultKey(result.requestId, slot), value }]);
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
      return { record, results };
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
        const record = await load<RequestRecord>(requestKey(requestId));
        if (record === null) continue;
        const results = new Map<string, CheckResult>();
        const prefix = `result!${requestId}!`;
        for await (const [key, value] of level.iterator({ gt: prefix, lt: `result!${requestId}"` })) {
          results.set(key.slice(prefix.length), JSON.parse(value) as CheckResult);
        }
        open.set(requestId, { record, changing: null, unwritten: new Map(), results, listeners: new Set() });
        records.push(record);
      }
      return records;
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
