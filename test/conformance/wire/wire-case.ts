import type { HarnessOptions } from '../../support/harness.ts';
import { TWELVE } from '../../support/perspectives.ts';
import type { Sight } from './sight.ts';

/** One request to the service, written as it goes over the wire. */
export interface Ask {
  readonly method: string;
  /** `{0}` stands for the id that the answer to the first request of the case has, and so on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export type Step =
  | { readonly do: 'ask'; readonly ask: Ask }
  /** Sent, and answered while the following steps happen. */
  | { readonly do: 'begin'; readonly ask: Ask }
  | { readonly do: 'pass'; readonly ms: number };

/** What the recording does not leave to a case: time, ids, and how perspectives see the Internet. */
export type ServiceOptions = Omit<HarnessOptions, 'clock' | 'ids' | 'instance' | 'networkViews'>;

export interface WireCase {
  /** A sentence; the recording is looked up by it. */
  readonly name: string;
  /** Made anew for each run, since it may hold state. */
  readonly service?: () => ServiceOptions;
  /** What every perspective sees; left out, `service` says it in `views`. */
  readonly sees?: Sight;
  /** What some of them see in its place, by code. */
  readonly butSees?: Readonly<Record<string, Sight>>;
  /** Unix milliseconds at which the clocks begin. */
  readonly startsAt?: number;
  /** Records the start and the stop of the process as well. */
  readonly withProcess?: true;
  /** The answer quotes the engine about a text that is no JSON. */
  readonly quotesEngine?: true;
  readonly steps: readonly Step[];
}

const JSON_TYPE = { 'content-type': 'application/json' };

interface PostOptions {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function postOf(body: unknown, { query = '', headers = {} }: PostOptions): Ask {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return {
    method: 'POST',
    path: `/mpic${query}`,
    headers: { ...JSON_TYPE, ...headers },
    body: isRaw ? body : JSON.stringify(body),
  };
}

/** `POST /mpic`, and the time it takes. */
export const post = (body: unknown, options: PostOptions = {}): Step => ({
  do: 'ask',
  ask: postOf(body, options),
});

/** `POST /mpic`, without waiting for its answer. */
export const begin = (body: unknown, options: PostOptions = {}): Step => ({
  do: 'begin',
  ask: postOf(body, options),
});

export const get = (path: string, headers: Readonly<Record<string, string>> = {}): Step => ({
  do: 'ask',
  ask: { method: 'GET', path, headers },
});

export const ask = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Step => ({ do: 'ask', ask: { method, path, headers, ...(body === undefined ? {} : { body }) } });

export const pass = (ms: number): Step => ({ do: 'pass', ms });

export const ASYNC: PostOptions = { query: '?async=true' };

/** Every code that a case may have a sight for. */
export const CODES = TWELVE.map(({ code }) => code);

/** The same for each of `codes`. */
export function each<Value>(codes: readonly string[], value: Value): Record<string, Value> {
  return Object.fromEntries(codes.map((code) => [code, value]));
}
