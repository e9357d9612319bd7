import { quoteInput } from '../domain/net/quote.ts';
import { MpicClientError } from './client-error.ts';
import type { Deadline } from './deadline.ts';
import type { Secret } from './secret.ts';

/** One HTTP request, below the base URL of the service. */
export interface RawRequest {
  readonly method: 'GET' | 'POST';
  /** With its query; begins with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whatever its status. Nothing of it is to be trusted. */
export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Whom to ask, as whom, and how much to read of the answer. */
export interface Door {
  /** Without a final slash. */
  readonly base: string;
  readonly key: string | null;
  readonly secret: Secret;
  readonly fetch: typeof fetch;
  readonly maxAnswerBytes: number;
}

/**
 * One HTTP request to whoever answers at the URL, who is not trusted: no redirect is followed, no more than
 * `maxAnswerBytes` are read, and the deadline holds for the body too.
 *
 * @throws MpicClientError for everything that is not a whole answer, and for one that holds the API key.
 */
export async function exchange(door: Door, asked: RawRequest, deadline: Deadline): Promise<Exchanged> {
  const { status, headers, text } = await fetchText(door, asked, deadline);
  if (door.secret.isIn(text) || [...headers.values()].some((value) => door.secret.isIn(value)))
    throw new MpicClientError('key-repeated', `an answer with status ${status} that repeats the API key`, {
      status,
    });
  return { status, headers, text };
}

async function fetchText(door: Door, asked: RawRequest, deadline: Deadline): Promise<Exchanged> {
  const { method, path, body } = asked;
  const { signal } = deadline;
  let hasBegun = false;
  try {
    signal.throwIfAborted();
    const response = await unlessAborted(
      signal,
      door.fetch(`${door.base}${path}`, {
        method,
        // Nothing to unpack, so that what is counted is what comes.
        headers: {
          'accept-encoding': 'identity',
          ...(door.key === null ? {} : { 'x-api-key': door.key }),
          ...asked.headers,
        },
        redirect: 'manual',
        signal,
        ...(body === undefined ? {} : { body }),
      }),
    );
    hasBegun = true;
    const text = await readText(response, door.maxAnswerBytes, signal);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (error instanceof MpicClientError) throw error;
    if (signal.aborted)
      throw deadline.toError((ms) =>
        hasBegun ? `an answer that did not end within ${ms} ms` : `no answer within ${ms} ms`,
      );
    const reason = door.secret.hide(reasonOf(error));
    throw new MpicClientError(
      'unreachable',
      hasBegun ? `an answer that broke off: ${reason}` : `no answer: ${reason}`,
    );
  }
}

/** The same promise, given up when `signal` aborts, whether or not what it waits for heeds the signal. */
async function unlessAborted<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The body of at most `maxBytes`; of one that is longer the rest is not waited for. */
async function readText({ body, status }: Response, maxBytes: number, signal: AbortSignal): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes: Uint8Array | undefined) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new MpicClientError('unreadable', `status ${status} with a body that is not UTF-8`, { status });
    }
  };
  const parts: string[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await unlessAborted(signal, reader.read());
      if (done) return parts.join('') + decode(undefined);
      length += value.byteLength;
      if (length > maxBytes)
        throw new MpicClientError('unreadable', `an answer of more than ${maxBytes} bytes`, { status });
      parts.push(decode(value));
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
}

/** The message of `fetch` says nothing in Node; what happened is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  if (cause.message !== '') return cause.message;
  return 'code' in cause ? String(cause.code) : cause.name;
}

/** Foreign text of an answer as it may be shown. */
export function showText({ secret }: Pick<Door, 'secret'>, text: string): string {
  return quoteInput(secret.hide(text));
}
