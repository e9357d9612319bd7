import type { FailureKind, MpicClientError } from '../../../shared/client/index.ts';

/** What a check amounts to. `note` goes behind the sentence of the check. */
export type Verdict = Pass | Failure | Skip;

export interface Pass {
  readonly status: 'pass';
  readonly note: string | null;
}

export interface Failure {
  readonly status: 'fail';
  /** What came. */
  readonly came: string;
  /** Where whoever deployed the service should look. */
  readonly lookAt: string;
}

export interface Skip {
  readonly status: 'skip';
  readonly why: string;
}

export function pass(note: string | null = null): Pass {
  return { status: 'pass', note };
}

export function fail(came: string, lookAt: string): Failure {
  return { status: 'fail', came, lookAt };
}

export function skip(why: string): Skip {
  return { status: 'skip', why };
}

/** Ends a check in the midst of a call. */
export class Unexpected extends Error {
  readonly failure: Failure;

  constructor(came: string, lookAt: string) {
    super(came);
    this.failure = fail(came, lookAt);
  }
}

/** Where to look, by the status that came instead of the expected one; the first row that fits. */
const STATUS_HINTS: readonly { readonly from: number; readonly to: number; readonly lookAt: string }[] = [
  { from: 300, to: 399, lookAt: 'the base URL: redirects are not followed, give the one it leads to' },
  { from: 401, to: 401, lookAt: 'the API key' },
  { from: 403, to: 403, lookAt: 'the API key, and the base URL: a gateway answers 403 for an unknown path' },
  { from: 404, to: 404, lookAt: 'the base URL: that of an API Gateway ends in its stage, for instance /v1' },
  { from: 429, to: 429, lookAt: 'the throttling of the usage plan' },
  { from: 400, to: 499, lookAt: 'what the answer says of the request' },
  { from: 502, to: 502, lookAt: 'the log of the API function: it crashed or answered no HTTP' },
  {
    from: 503,
    to: 503,
    lookAt: 'the store and the queues, and the concurrency that is left to the API function',
  },
  { from: 504, to: 504, lookAt: 'the duration of the API function, and its limit at the gateway' },
  { from: 500, to: 599, lookAt: 'the log of the API function' },
];

const NOWHERE = 'the base URL, and whether the service is deployed';
const OTHER = 'what it is that answers at this URL, and which version of the service is deployed there';

const HINTS: Readonly<Record<Exclude<FailureKind, 'refused'>, string>> = {
  unreachable: NOWHERE,
  timeout: NOWHERE,
  aborted: NOWHERE,
  undecided:
    'the queues of deadlines and wake-ups, their dead-letter queues and the log of the decision function',
  unreadable: OTHER,
  foreign: 'what stands between: a cache must not answer for the service',
  'key-repeated': 'who writes it; change the key',
};

/** A failed call in the words of whoever deployed the service. */
export function failureOf({ kind, status, message }: MpicClientError): Failure {
  if (kind !== 'refused') return fail(message, HINTS[kind]);
  const row = STATUS_HINTS.find(({ from, to }) => (status ?? 0) >= from && (status ?? 0) <= to);
  return fail(message, row?.lookAt ?? OTHER);
}
