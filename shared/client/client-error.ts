import type { ProblemBody } from '../contract/api/response-schema.ts';
import type { ValidationFailure } from '../contract/api/validation-issue.ts';

/**
 * What went wrong with a call.
 *
 * - `unreachable`: no answer, or one that broke off.
 * - `timeout`: the time of the call is over, or of all its tries.
 * - `undecided`: the request is accepted, and has no verdict when the time of the call is over; it can be waited for again.
 * - `aborted`: the caller's own signal ended it.
 * - `refused`: an answer with a status that is not one of a success.
 * - `unreadable`: an answer that is too long, is not JSON, or is not of the form that the API has.
 * - `foreign`: an answer to something else than was asked.
 * - `key-repeated`: an answer that holds the API key: it is in a place where others may read it.
 */
export type FailureKind =
  | 'unreachable'
  | 'timeout'
  | 'undecided'
  | 'aborted'
  | 'refused'
  | 'unreadable'
  | 'foreign'
  | 'key-repeated';

/** The body of an error answer, if it is one of the API. */
export type Problem = ProblemBody | ValidationFailure;

interface Circumstances {
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  readonly problem?: Problem;
  /** The answer asked to wait so long before the next try, milliseconds. */
  readonly retryAfterMs?: number;
}

/** Statuses after which the same request may succeed: too many at once, or a part behind the gateway that is away. */
const PASSING: readonly number[] = [429, 502, 503, 504];

const ADVICE: Readonly<Record<FailureKind, string>> = {
  unreachable: 'Check the base URL, and whether the service runs.',
  timeout: 'Ask again with the same Idempotency-Key, which makes no second request, or give it more time.',
  undecided: 'Wait for it again by its id.',
  aborted: 'Nothing to do: the call was ended by its own signal.',
  refused: 'Check the base URL; what answers there does not answer as this API does.',
  unreadable: 'Check the base URL, and that client and service are of the same version.',
  foreign: 'Check what stands between client and service: a cache must not answer for it.',
  'key-repeated': 'Change the API key, and find out who writes it into answers.',
};

/** Why a call of the client has no result. No text of it holds the API key. */
export class MpicClientError extends Error {
  override readonly name = 'MpicClientError';
  readonly kind: FailureKind;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** What the service says is wrong; null where it did not say. */
  readonly problem: Problem | null;
  readonly retryAfterMs: number;

  /** @param message what came; foreign text in it is quoted, and short. */
  constructor(kind: FailureKind, message: string, { status, problem, retryAfterMs }: Circumstances = {}) {
    super(message);
    this.kind = kind;
    this.status = status ?? null;
    this.problem = problem ?? null;
    this.retryAfterMs = retryAfterMs ?? 0;
  }

  /** What can be done about it: the words of the service where it said something. */
  get advice(): string {
    if (this.problem === null) return ADVICE[this.kind];
    return 'message' in this.problem
      ? this.problem.message
      : 'Mend what validation_issues names; the same body will fail again.';
  }

  /** Whether the same request may succeed when it is sent again. */
  get isPassing(): boolean {
    if (this.kind === 'unreachable' || this.kind === 'timeout') return true;
    return this.kind === 'refused' && PASSING.includes(this.status ?? 0);
  }
}
