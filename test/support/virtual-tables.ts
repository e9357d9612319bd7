import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { ResultKey } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { AttemptVerdict, RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { type Clock, sleep } from '../../shared/ports/clock.ts';
import type {
  RequestStore,
  ResultReader,
  ResultSink,
  WriteOutcome,
} from '../../shared/ports/request-store.ts';
import { buildStored } from './builders.ts';

const POLL_MS = 20;

/** One written verdict, with the results stored at that time. */
export interface VerdictWrite {
  readonly requestId: string;
  readonly verdict: AttemptVerdict;
  /** `attempt!perspective` of the results stored before. */
  readonly stored: ReadonlySet<string>;
}

/**
 * Both tables, shared by several processes: durable, every call atomic, with the conditions that the ports require.
 * Tests add latency and failures.
 */
export class VirtualTables {
  readonly requests = new Map<string, RequestRecord>();
  readonly #results = new Map<string, Map<string, StoredResult>>();
  /** All written verdicts, in order. */
  readonly verdictWrites: VerdictWrite[] = [];

  resultsOf(requestId: string): readonly StoredResult[] {
    return [...(this.#results.get(requestId)?.values() ?? [])];
  }

  /** The tables for one process. */
  connect(clock: Clock): { requests: RequestStore; results: ResultReader & ResultSink } {
    const read = async (requestId: string) => this.requests.get(requestId) ?? null;
    const readResults = async (requestId: string, keys: readonly ResultKey[]) => this.#read(requestId, keys);
    return {
      requests: {
        create: async (record) => {
          if (this.requests.has(record.requestId)) return 'exists';
          this.requests.set(record.requestId, record);
          return 'created';
        },
        read,
        advance: async (requestId, attempt, verdict, next) =>
          this.#change(requestId, attempt, verdict, {
            attempt: attempt + 1,
            attemptToken: next.token,
            attemptStartedAt: next.startedAt,
            attemptDeadline: next.deadline,
          }),
        close: async (requestId, attempt, verdict) =>
          this.#change(requestId, attempt, verdict, { status: 'completed', completedAt: verdict.decidedAt }),
        markPublished: async (requestId) => {
          const record = this.requests.get(requestId);
          if (record !== undefined) this.requests.set(requestId, { ...record, published: true });
        },
        awaitCompletion: async (requestId, waitMs, signal) => {
          const until = clock.monotonic() + waitMs;
          for (;;) {
            const record = await read(requestId);
            if (record?.status !== 'running' || signal?.aborted || clock.monotonic() >= until) return record;
            await sleep(clock, POLL_MS, signal);
          }
        },
      },
      results: {
        record: async (result) => this.#record(result),
        readResults,
        snapshot: async (requestId, keys) => ({
          record: await read(requestId),
          results: await readResults(requestId, keys),
          unread: [],
        }),
        nextResults: async (requestId, attempt, { missing, until, signal }) => {
          const keys = missing.map((perspective) => ({ perspective, attempt }));
          for (;;) {
            const results = await readResults(requestId, keys);
            if (results.length > 0 || signal?.aborted || clock.monotonic() >= until) return results;
            await sleep(clock, POLL_MS, signal);
          }
        },
      },
    };
  }

  #read(requestId: string, keys: readonly ResultKey[]): readonly StoredResult[] {
    const results = this.#results.get(requestId);
    return keys.flatMap((key) => results?.get(`${key.attempt}!${key.perspective}`) ?? []);
  }

  #record(result: CheckResult): 'recorded' | 'duplicate' {
    const results = this.#results.get(result.requestId) ?? new Map<string, StoredResult>();
    this.#results.set(result.requestId, results);
    const key = `${result.attempt}!${result.perspective}`;
    if (results.has(key)) return 'duplicate';
    results.set(key, buildStored(result));
    return 'recorded';
  }

  #change(
    requestId: string,
    attempt: number,
    verdict: AttemptVerdict,
    change: Partial<RequestRecord>,
  ): WriteOutcome {
    const record = this.requests.get(requestId);
    if (record?.status !== 'running' || record.attempt !== attempt) return 'superseded';
    this.requests.set(requestId, { ...record, ...change, verdicts: [...record.verdicts, verdict] });
    const stored = new Set(this.#results.get(requestId)?.keys());
    this.verdictWrites.push({ requestId, verdict, stored });
    return 'written';
  }
}
