import { createSecret, type Secret } from './secret.ts';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came of a request. Whatever goes wrong on the way is an outcome too. */
export type Reply = Answer | { readonly kind: 'none'; readonly problem: string };

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
  /** The text as it may be shown. */
  readonly shown: string;
  /** The server put our own API key into its answer. */
  readonly repeatsKey: boolean;
}

/** The time that one check has, all its requests together. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  remainingMs(): number;
}

export function startDeadline(timeoutMs: number): Deadline {
  const end = performance.now() + timeoutMs;
  return {
    signal: AbortSignal.timeout(timeoutMs),
    timeoutMs,
    remainingMs: () => Math.max(0, end - performance.now()),
  };
}

/** The longest answer that is read. One over 64 perspectives with all their evidence has its place in it. */
export const MAX_ANSWER_BYTES = 4 * 64 * 1024;

/**
 * One HTTP request to whoever answers at the URL, who is not trusted: no redirect is followed, no more than
 * {@link MAX_ANSWER_BYTES} are read, and the deadline holds for the body too. Never throws.
 */
export async function ask(asked: Asked, key: string | null, deadline: Deadline): Promise<Reply> {
  const secret = createSecret(key);
  let hasBegun = false;
  try {
    const response = await fetch(asked.url, {
      method: asked.method,
      headers: { 'accept-encoding': 'identity', ...asked.headers },
      redirect: 'manual',
      signal: deadline.signal,
      ...(asked.body === undefined ? {} : { body: asked.body }),
    });
    hasBegun = true;
    const text = await readCapped(response);
    if (text === null) return { kind: 'none', problem: `an answer of more than ${MAX_ANSWER_BYTES} bytes` };
    return toAnswer(response, text, secret);
  } catch (error) {
    return { kind: 'none', problem: secret.hide(describeFailure(error, hasBegun, deadline.timeoutMs)) };
  }
}

function toAnswer({ status, headers }: Response, text: string, secret: Secret): Answer {
  const location = headers.get('location');
  return {
    kind: 'answer',
    status,
    location,
    text,
    shown: secret.hide(text),
    repeatsKey: secret.isIn(text) || [...headers.values()].some((value) => secret.isIn(value)),
  };
}

/** The body as text; null when it is too long, and then the rest is not waited for. */
async function readCapped({ body }: Response): Promise<string | null> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > MAX_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function describeFailure(error: unknown, hasBegun: boolean, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError')
    return hasBegun
      ? `an answer that did not end within ${timeoutMs} ms`
      : `no answer within ${timeoutMs} ms`;
  // The message of `fetch` says nothing; what happened is its cause.
  const { cause } = error;
  const reason = cause instanceof Error ? describeCause(cause) : error.message;
  return hasBegun ? `an answer that broke off: ${reason}` : `no answer: ${reason}`;
}

function describeCause(cause: Error): string {
  if (cause.message !== '') return cause.message;
  return 'code' in cause ? String(cause.code) : cause.name;
}
