import type { CheckResult } from '../domain/check/check-result.ts';
import type { PerspectiveCode, ResultKey } from '../domain/check/perspective.ts';
import type { StoredResult } from '../domain/check/stored-result.ts';
import type { AttemptVerdict, RequestRecord } from '../domain/mpic/lifecycle.ts';

/**
 * The requests table. Every change is one conditional write: a second writer changes nothing and gets an outcome that
 * says so. All methods throw {@link StoreUnavailableError} if the store does not respond; whether a write happened is
 * then unknown.
 */
export interface RequestStore {
  /** Store a new request. `exists` if the id is taken; nothing changes then. */
  create(record: RequestRecord): Promise<'created' | 'exists'>;
  read(requestId: string): Promise<RequestRecord | null>;
  /** End `attempt` with its verdict and start the next one. `superseded` if the request no longer runs that attempt. */
  advance(
    requestId: string,
    attempt: number,
    verdict: AttemptVerdict,
    next: NextAttempt,
  ): Promise<WriteOutcome>;
  /** End the request with the verdict of its last attempt. Exactly one caller gets `written`. */
  close(requestId: string, attempt: number, verdict: AttemptVerdict): Promise<WriteOutcome>;
  /** Note that the completion event and audit records are published. Idempotent. */
  markPublished(requestId: string): Promise<void>;
  /**
   * Resolve with the record once it is completed, or with its current state after `waitMs` or when `signal` aborts.
   * Null if there is no such request.
   */
  awaitCompletion(requestId: string, waitMs: number, signal?: AbortSignal): Promise<RequestRecord | null>;
}

export interface NextAttempt {
  readonly token: string;
  readonly startedAt: number;
  readonly deadline: number;
}

export type WriteOutcome = 'written' | 'superseded';

/** The results table as a perspective sees it: it may only add its own results. */
export interface ResultSink {
  /** Store one result per (perspective, request, attempt). The first one wins; a second is a `duplicate`. */
  record(result: CheckResult): Promise<'recorded' | 'duplicate'>;
}

/**
 * The results table as the coordinator sees it. Its writers are not trusted, so each item is returned as one
 * perspective's result or as unreadable.
 */
export interface ResultReader {
  /** The items under `keys`, strongly consistent, in the order of `keys`; keys without an item are left out. */
  readResults(requestId: string, keys: readonly ResultKey[]): Promise<readonly StoredResult[]>;
  /**
   * The request and the results for `keys` in one read. A result that cannot be read does not fail the call; its key is
   * listed in `unread`.
   */
  snapshot(requestId: string, keys: readonly ResultKey[]): Promise<Snapshot>;
  /**
   * Wait for missing results of one attempt.
   *
   * Resolves with at least one new result, or with none at `wait.until` or when the signal aborts. A store that cannot
   * notify polls, at times estimated from earlier results of each perspective.
   */
  nextResults(requestId: string, attempt: number, wait: ResultWait): Promise<readonly StoredResult[]>;
}

export interface ResultWait {
  /** Perspectives still missing. */
  readonly missing: readonly PerspectiveCode[];
  /** Minimum number of them needed to decide the verdict. */
  readonly needed: number;
  /** When the attempt's jobs were sent, monotonic milliseconds. */
  readonly sentAt: number;
  /** When to stop waiting, monotonic milliseconds. */
  readonly until: number;
  readonly signal?: AbortSignal;
}

export interface Snapshot {
  readonly record: RequestRecord | null;
  readonly results: readonly StoredResult[];
  /**
   * Keys that could not be read in several tries. A writer can keep its own key busy; this does not delay the others.
   */
  readonly unread: readonly ResultKey[];
}

/**
 * The store was unreachable or returned an error; the caller responds with 503 or leaves the message for redelivery.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
