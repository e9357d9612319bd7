import type * as z from 'zod';
import type { ContactsRequest, MpicRequest } from '../contract/api/request-body.ts';
import {
  type AcceptedBody,
  acceptedSchema,
  type ContactsResponse,
  contactsResponseSchema,
  type HealthBody,
  healthSchema,
  type JobView,
  jobViewSchema,
  type MpicResponse,
  mpicResponseSchema,
  type PerspectivesBody,
  perspectivesSchema,
  type ReadinessBody,
  readinessSchema,
} from '../contract/api/response-schema.ts';
import { escapeUnseen } from '../domain/net/quote.ts';
import { MpicClientError } from './client-error.ts';
import { Deadline } from './deadline.ts';
import { type Door, type Exchanged, exchange, type RawRequest } from './exchange.ts';
import { readAnswer, refusalOf, retryAfter } from './read-answer.ts';
import { createSecret } from './secret.ts';

export interface MpicClientOptions {
  /** Base URL; its path, such as the stage of a gateway, is kept. */
  readonly url: string;
  /** The API key of the caller; left out where the service asks for none. */
  readonly key?: string | null;
  /** Left out: that of the platform. */
  readonly fetch?: typeof fetch;
  /** Longest time of a call with all its tries, milliseconds. */
  readonly timeoutMs?: number;
  /** Longest time of one try, milliseconds: one that hangs is given up, and the next one asks for the same request. */
  readonly tryTimeoutMs?: number;
  /** How often a request is sent at most while the service is away or busy; 1 for no repetition. */
  readonly maxTries?: number;
  /** Longest answer that is read, bytes. */
  readonly maxAnswerBytes?: number;
  /** From 0 to below 1, for the pauses between tries; left out: that of the platform. */
  readonly random?: () => number;
}

export interface CallOptions {
  /** In place of that of the client. */
  readonly timeoutMs?: number;
  /** Ends the call at once. */
  readonly signal?: AbortSignal;
  /** Gets the body that the result was read from, as it came: with the members that this client does not know. */
  readonly onText?: (text: string) => void;
}

export interface WaitOptions extends CallOptions {
  /** Called with each view of a request that still runs; the service is then asked about once a second. */
  readonly onProgress?: (view: JobView) => void;
}

export interface SubmitOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters; left out: a new one, so that a repetition of this call is not a second request. */
  readonly idempotencyKey?: string;
}

/** A request that has its verdict. */
export interface Decided {
  readonly status: 'decided';
  readonly response: MpicResponse;
  /** The answer is that of an earlier request with the same `Idempotency-Key`. */
  readonly replayed: boolean;
}

/** A request that will have one. */
export interface Accepted {
  readonly status: 'accepted';
  readonly job: AcceptedBody;
  /** The header as it came; {@link MpicClient.wait} goes by the id and does not follow it. */
  readonly location: string | null;
  readonly replayed: boolean;
}

export interface GetOptions extends CallOptions {
  /** The service answers when the request ends, or after this time. */
  readonly waitSeconds?: number;
  /** Ask for `explanation`: why the check did not corroborate, in words. */
  readonly explain?: boolean;
}

export interface CheckOptions extends SubmitOptions, WaitOptions {
  /** The service does not wait for the verdict, and the client collects it. */
  readonly async?: boolean;
  /** Called when the verdict is to be collected, for callers that keep the id; what it throws ends the call. */
  readonly onAccepted?: (accepted: Accepted) => void;
}

/** An answer of whatever status. */
export interface RawAnswer extends Exchanged {
  /** What a call that expects a success would throw; null for a status of 200 to 299. */
  readonly refusal: MpicClientError | null;
}

/** The HTTP API of the service. Every call that fails throws a {@link MpicClientError}. */
export interface MpicClient {
  /** Check, and wait for the verdict, whether it comes with the answer or is collected later. */
  check(request: MpicRequest, options?: CheckOptions): Promise<MpicResponse>;
  /** `POST /mpic/contacts`: the contacts of a name that the quorum corroborates, waited for like a verdict. */
  contacts(request: ContactsRequest, options?: CheckOptions): Promise<ContactsResponse>;
  /** `POST /mpic`; with `async` the service does not wait for the verdict. */
  submit(
    request: MpicRequest,
    options?: SubmitOptions & Pick<CheckOptions, 'async'>,
  ): Promise<Decided | Accepted>;
  /** The verdict of an accepted request, by its id. */
  wait(id: string, options?: WaitOptions): Promise<MpicResponse>;
  /** How far a request is. */
  get(id: string, options?: GetOptions): Promise<JobView>;
  perspectives(options?: CallOptions): Promise<PerspectivesBody>;
  health(options?: CallOptions): Promise<HealthBody>;
  /** Whether new requests are taken, and what is in the way. */
  readiness(options?: CallOptions): Promise<ReadinessBody>;
  /** One request as it is, without repetition; resolves with any answer, whatever its status. For probes and extensions. */
  send(request: RawRequest, options?: CallOptions): Promise<RawAnswer>;
}

const TIMEOUT_MS = 60_000;
/** A synchronous request is answered within 25 seconds, and a gateway ends each after 29. */
const TRY_TIMEOUT_MS = 35_000;
const MAX_TRIES = 5;
/** A function answers with 6 MB at most. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Pause before the second try at most; each further one may be twice as long. */
const BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;

/** Longest wait of one request, seconds: a REST API of API Gateway ends each after 29. */
const MAX_WAIT_S = 20;
/** The same where the caller wants to see progress. */
const PROGRESS_WAIT_S = 1;
/** Time for an answer on its way when the deadline is near; of a short one a tenth. */
const TRAVEL_MS = 500;
/** Least pause before asking again, so that a server that ignores `wait` is not flooded. */
const POLL_PAUSE_MS = 250;

/** RFC 9110 section 5.5, without spaces: anything else cannot be sent in a header. */
const SENDABLE = /^[\x21-\x7e]+$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A client of the HTTP API. Requests can be sent again without harm: each has an `Idempotency-Key`, and what is sent again
 * is the same key with the same bytes. Whoever answers is not trusted: answers are bounded in time and size, and read by
 * the schemas of the API.
 *
 * @throws TypeError for a URL or a key that cannot be used; its message does not hold the key.
 */
export function createMpicClient(options: MpicClientOptions): MpicClient {
  const key = options.key === '' ? null : (options.key ?? null);
  if (key !== null && !SENDABLE.test(key))
    throw new TypeError('key: holds something else than visible ASCII characters');
  const door: Door = {
    base: parseBase(options.url),
    key,
    secret: createSecret(key),
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    maxAnswerBytes: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
  };
  return new HttpMpicClient(door, options);
}

function parseBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url === null || !isPlain || !/^https?:$/.test(url.protocol))
    throw new TypeError('url: not an http or https URL without user, query and fragment');
  return url.href.replace(/\/+$/, '');
}

class HttpMpicClient implements MpicClient {
  readonly #door: Door;
  readonly #timeoutMs: number;
  readonly #tryTimeoutMs: number;
  readonly #maxTries: number;
  readonly #random: () => number;

  constructor(door: Door, options: MpicClientOptions) {
    this.#door = door;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#tryTimeoutMs = options.tryTimeoutMs ?? TRY_TIMEOUT_MS;
    this.#maxTries = options.maxTries ?? MAX_TRIES;
    this.#random = options.random ?? Math.random;
  }

  check(request: MpicRequest, options: CheckOptions = {}): Promise<MpicResponse> {
    return this.#decide('/mpic', request, options);
  }

  async contacts(request: ContactsRequest, options: CheckOptions = {}): Promise<ContactsResponse> {
    return demandContacts(await this.#decide('/mpic/contacts', request, options));
  }

  submit(request: MpicRequest, options: CheckOptions = {}): Promise<Decided | Accepted> {
    return this.#within(options, (deadline) => this.#submit('/mpic', request, options, deadline));
  }

  #decide(path: string, request: AnyRequest, options: CheckOptions): Promise<MpicResponse> {
    return this.#within(options, async (deadline) => {
      const submitted = await this.#submit(path, request, options, deadline);
      if (submitted.status === 'decided') return submitted.response;
      options.onAccepted?.(submitted);
      return demandAbout(request, await this.#wait(submitted.job.mpic_id, options, deadline));
    });
  }

  wait(id: string, options: WaitOptions = {}): Promise<MpicResponse> {
    return this.#within(options, (deadline) => this.#wait(demandId(id), options, deadline));
  }

  get(id: string, options: GetOptions = {}): Promise<JobView> {
    return this.#within(options, async (deadline) => {
      const { waitSeconds = 0, explain = false } = options;
      const { view, text } = await this.#view(demandId(id), waitSeconds, deadline, explain);
      options.onText?.(text);
      return view;
    });
  }

  perspectives(options: CallOptions = {}): Promise<PerspectivesBody> {
    return this.#read('/perspectives', [200], perspectivesSchema, options);
  }

  health(options: CallOptions = {}): Promise<HealthBody> {
    return this.#read('/healthz', [200], healthSchema, options);
  }

  readiness(options: CallOptions = {}): Promise<ReadinessBody> {
    // Of a gateway 503 has another body, and then it is a refusal like others.
    return this.#within(options, (deadline) =>
      this.#tryEach(deadline, async (part) => {
        const answer = await exchange(this.#door, { method: 'GET', path: '/readyz' }, part);
        const isOurs = answer.status !== 503 || answer.text.includes('"not-ready"');
        return readAnswer(this.#door, answer, isOurs ? [200, 503] : [200], readinessSchema);
      }),
    );
  }

  send(request: RawRequest, options: CallOptions = {}): Promise<RawAnswer> {
    if (!request.path.startsWith('/')) throw new TypeError('path: does not begin with a slash');
    return this.#within(options, async (deadline) => {
      const answer = await exchange(this.#door, request, deadline);
      const isSuccess = answer.status >= 200 && answer.status <= 299;
      return { ...answer, refusal: isSuccess ? null : refusalOf(this.#door, answer) };
    });
  }

  #read<Schema extends z.ZodType>(
    path: string,
    statuses: readonly number[],
    schema: Schema,
    options: CallOptions,
  ): Promise<z.output<Schema>> {
    return this.#within(options, (deadline) =>
      this.#tryEach(deadline, async (part) => {
        const answer = await exchange(this.#door, { method: 'GET', path }, part);
        const body = readAnswer(this.#door, answer, statuses, schema);
        options.onText?.(answer.text);
        return body;
      }),
    );
  }

  async #submit(
    path: string,
    request: AnyRequest,
    { async = false, idempotencyKey = randomKey(), onText }: CheckOptions,
    deadline: Deadline,
  ): Promise<Decided | Accepted> {
    // The same bytes in each try: the service compares them.
    const asked: RawRequest = {
      method: 'POST',
      path: async ? `${path}?async=true` : path,
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify(request),
    };
    return this.#tryEach(deadline, async (part): Promise<Decided | Accepted> => {
      const answer = await exchange(this.#door, asked, part);
      const { headers, status } = answer;
      const replayed = headers.get('idempotency-replayed') === 'true';
      if (status === 202) {
        const job = readAnswer(this.#door, answer, [202], acceptedSchema);
        onText?.(answer.text);
        return { status: 'accepted', job, location: headers.get('location'), replayed };
      }
      const response = readAnswer(this.#door, answer, async ? [202] : [200], mpicResponseSchema);
      demandAbout(request, response);
      onText?.(answer.text);
      return { status: 'decided', response, replayed };
    });
  }

  async #wait(id: string, { onProgress, onText }: WaitOptions, deadline: Deadline): Promise<MpicResponse> {
    const maxWaitSeconds = onProgress === undefined ? MAX_WAIT_S : PROGRESS_WAIT_S;
    const travelMs = Math.min(TRAVEL_MS, deadline.timeoutMs / 10);
    const leftMs = () => Math.max(0, deadline.remainingMs - travelMs);
    let progress = '';
    const undecided = () =>
      deadline.toError((ms) => `a 202, and no verdict within ${ms} ms${progress}`, 'undecided');
    for (;;) {
      const start = performance.now();
      const seconds = Math.min(maxWaitSeconds, Math.floor(leftMs() / 1000));
      const { view, text, askAgainMs } = await this.#view(id, seconds, deadline).catch((error: unknown) => {
        throw deadline.signal.aborted ? undecided() : error;
      });
      if (view.status === 'completed') {
        onText?.(text);
        return demandResponse(view);
      }
      onProgress?.(view);
      progress = `, ${view.progress.received} of ${view.progress.expected} results in`;
      // One last look is left for the end.
      if (leftMs() === 0) throw undecided();
      const pause = Math.max(POLL_PAUSE_MS, askAgainMs - (performance.now() - start));
      await deadline.pause(Math.min(pause, leftMs()));
    }
  }

  async #view(
    id: string,
    waitSeconds: number,
    deadline: Deadline,
    explain = false,
  ): Promise<{ readonly view: JobView; readonly text: string; readonly askAgainMs: number }> {
    const query = [...(waitSeconds > 0 ? [`wait=${waitSeconds}`] : []), ...(explain ? ['explain=true'] : [])];
    const path = `/mpic/${id}${query.length === 0 ? '' : `?${query.join('&')}`}`;
    return this.#tryEach(deadline, async (part) => {
      const answer = await exchange(this.#door, { method: 'GET', path }, part);
      const view = readAnswer(this.#door, answer, [200], jobViewSchema);
      if (view.mpic_id !== id || (view.response !== null && view.response.mpic_id !== id))
        throw new MpicClientError('foreign', 'the job of another request', { status: answer.status });
      return { view, text: answer.text, askAgainMs: retryAfter(answer.headers) };
    });
  }

  async #within<Result>(
    { timeoutMs = this.#timeoutMs, signal }: CallOptions,
    call: (deadline: Deadline) => Promise<Result>,
  ): Promise<Result> {
    const deadline = new Deadline(timeoutMs, signal);
    try {
      return await call(deadline);
    } finally {
      deadline.close();
    }
  }

  /** Try until it works, cannot work, or the next try would come too late; then the last failure stands. */
  async #tryEach<Result>(deadline: Deadline, attempt: (part: Deadline) => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      const part = deadline.part(this.#tryTimeoutMs);
      try {
        return await attempt(part);
      } catch (error) {
        if (!(error instanceof MpicClientError) || !error.isPassing || tries >= this.#maxTries) throw error;
        const pause = error.retryAfterMs + this.#backoff(tries);
        if (pause >= deadline.remainingMs) throw error;
        await deadline.pause(pause);
      } finally {
        part.close();
      }
    }
  }

  /** Full jitter: clients that failed together do not come back together. */
  #backoff(tries: number): number {
    return this.#random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (tries - 1));
  }
}

/** The id goes into a path, so it has to be nothing else than one. */
function demandId(id: string): string {
  if (UUID.test(id)) return id.toLowerCase();
  throw new TypeError('id: not the mpic_id of a request');
}

function demandResponse({ response }: JobView): MpicResponse {
  if (response !== null) return response;
  throw new MpicClientError('unreadable', 'status completed without a response', { status: 200 });
}

type AnyRequest = MpicRequest | ContactsRequest;

/** An answer about something else must never become the permission for this. */
function demandAbout(request: AnyRequest, response: MpicResponse): MpicResponse {
  const isSame =
    response.check_type === checkTypeOf(request) &&
    response.domain_or_ip_target === request.domain_or_ip_target &&
    (!('contacts_check_parameters' in request) ||
      response.contacts_check_parameters?.validation_method ===
        request.contacts_check_parameters.validation_method);
  if (isSame) return response;
  throw new MpicClientError('foreign', describeForeign(response), { status: 200 });
}

function checkTypeOf(request: AnyRequest): MpicResponse['check_type'] {
  if ('contacts_check_parameters' in request) return 'contacts';
  return request.check_type ?? ('dcv_check_parameters' in request ? 'dcv' : 'caa');
}

function demandContacts(response: MpicResponse): ContactsResponse {
  const read = contactsResponseSchema.safeParse(response);
  if (read.success) return read.data;
  throw new MpicClientError('unreadable', 'an answer about contacts without them', { status: 200 });
}

function describeForeign({ check_type: checkType, domain_or_ip_target: target }: MpicResponse): string {
  return `an answer about ${checkType} for ${escapeUnseen(target.slice(0, 80))}, which nobody asked for`;
}

/** 128 random bits, also where a page may not use `randomUUID`. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
