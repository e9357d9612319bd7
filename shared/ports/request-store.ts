import type { CheckResult } from '../domain/check/check-result.ts';
import type { PerspectiveCode, ResultKey } from '../domain/check/perspective.ts';
import type { StoredResult } from '../domain/check/stored-result.ts';
import type { AttemptVerdict, RequestRecord } from '../domain/mpic/lifecycle.ts';

/**
 * The requests table. Every change is one conditional write, so that whoever comes second learns it and changes nothing.
 * All methods throw {@link StoreUnavailableError} when the store cannot answer; the write may then have happened or not.
 */
export interface RequestStore {
  /** Store a new request. `exists` when the id is taken; nothing is changed then. */
  create(record: RequestRecord): Promise<'created' | 'exists'>;
  read(requestId: string): Promise<RequestRecord | null>;
  /**
   * End `attempt` with its verdict and start the next one.
   * `superseded` when the request is not running that attempt any more.
   */
  advance(
    requestId: string,
    attempt: number,
    verdict: AttemptVerdict,
    next: NextAttempt,
  ): Promise<WriteOutcome>;
  /** End the request with the verdict of its last attempt. Exactly one caller ever gets `written`. */
  close(requestId: string, attempt: number, verdict: AttemptVerdict): Promise<WriteOutcome>;
  /** Note that the completion event and audit records are out. Idempotent. */
  markPublished(requestId: string): Promise<void>;
  /**
   * Resolve with the record once it is completed, or with what it is when `waitMs` are over or `signal` aborts.
   * Null when there is no such request.
   */
  awaitCompletion(requestId: string, waitMs: number, signal?: AbortSignal): Promise<RequestRecord | null>;
}

export interface NextAttempt {
  readonly token: string;
  readonly startedAt: number;
  readonly deadline: number;
}

export type WriteOutcome = 'written' | 'superseded';

/** The results table, as a perspective sees it: it may add its own results and do nothing else. */
export interface ResultSink {
  /** Store one result per (perspective, request, attempt). The first one wins; a second is a `duplicate`. */
  record(result: CheckResult): Promise<'recorded' | 'duplicate'>;
}

/**
 * The results table, as the decision sees it. Whoever may write there may write anything, so what lies under a key is given as
 * what it is: one perspective's result, or something unreadable.
 */
export interface ResultReader {
  /** What lies under these keys, strongly consistent, in the order of `keys`; nothing for a key without an item. */
  readResults(requestId: string, keys: readonly ResultKey[]): Promise<readonly StoredResult[]>;
  /** The request and the results for these keys in one look. It fails for no key of a result: such keys are `unread`. */
  snapshot(requestId: string, keys: readonly ResultKey[]): Promise<Snapshot>;
  /**
   * Wait for results of one attempt that are not in yet.
   *
   * Resolves with at least one new result, or with none when `wait.untilMs` is over or the signal aborts. A store that
   * can notify does; the others look again in growing knowledge of how long each perspective takes.
   */
  nextResults(requestId: string, attempt: number, wait: ResultWait): Promise<readonly StoredResult[]>;
}

export interface ResultWait {
  /** Perspectives still missing. */
  readonly missing: readonly PerspectiveCode[];
  /** How many of them are needed at least before the verdict can be taken. */
  readonly needed: number;
  /** When the attempt's jobs were sent, monotonic milliseconds. */
  readonly sentAt: number;
  /** When to give up, monotonic milliseconds. */
  readonly until: number;
  readonly signal?: AbortSignal;
}

export interface Snapshot {
  readonly record: RequestRecord | null;
  readonly results: readonly StoredResult[];
  /** Keys that could not be read in several tries. Whoever writes under a key can keep it busy, and no other has to wait. */
  readonly unread: readonly ResultKey[];
}

/** The store could not be reached or refused; the caller answers 503 or leaves the message for another delivery. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
