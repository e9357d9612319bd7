import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';

/** A request that is over, or what it is so far, and what lies under the keys of everybody who was asked. */
export interface RequestView {
  readonly record: RequestRecord;
  readonly results: readonly StoredResult[];
}

/** `exists` if the id is taken. `dispatched` resolves, and never rejects, when the jobs are out. */
export type Acceptance =
  | { readonly outcome: 'exists' }
  | { readonly outcome: 'created'; readonly dispatched: Promise<void> };

/**
 * The life of requests, as the HTTP interface sees it: whoever owns them takes an accepted one to its end.
 *
 * Its methods throw StoreUnavailableError or QueueUnavailableError when they cannot do it now.
 */
export interface RequestLife {
  find(requestId: string): Promise<RequestRecord | null>;
  /** Accept a request: from here on it ends. */
  accept(record: RequestRecord): Promise<Acceptance>;
  /**
   * Take a synchronous request that was accepted here to its verdict.
   *
   * @param giveUpAt monotonic milliseconds.
   * @returns the completed record; null if that takes too long, or this process cannot do it: the request is collected later.
   */
  decide(record: RequestRecord, giveUpAt: number): Promise<RequestRecord | null>;
  /** Have the silent perspectives of a running request asked again, since the first process may have died. */
  askAgain(record: RequestRecord): Promise<void>;
  /** The completed record with what its verdicts rest on; null if it has not ended by `giveUpAt`, monotonic milliseconds. */
  awaitEnd(requestId: string, giveUpAt: number): Promise<RequestRecord | null>;
  /** The record with what its verdicts rest on. */
  withEvidence(record: RequestRecord): Promise<RequestRecord>;
  /** The record as it is when it ends, or `waitMs` are over, or `signal` aborts, with everything that is stored. */
  view(record: RequestRecord, waitMs: number, signal: AbortSignal): Promise<RequestView>;
  /** Have a repetition by `caller` count as running for as long as `waiting` takes. */
  countIn<T>(caller: string, waiting: () => Promise<T>): Promise<T>;
}
