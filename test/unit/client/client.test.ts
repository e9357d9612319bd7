import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ContactsRequest,
  type ContactsResponse,
  createMpicClient,
  type MpicClient,
  MpicClientError,
  type MpicClientOptions,
  type MpicRequest,
} from '../../../shared/client/index.ts';
import type { JobView, MpicResponse } from '../../../shared/contract/api/response-schema.ts';
import { JOB, recordedBody } from '../../support/api-document.ts';

const URL_ = 'https://mpic.example/v1';
const KEY = 'k-5f0c2b7d9e81';
const REQUEST: MpicRequest = {
  check_type: 'caa',
  domain_or_ip_target: 'shop.example.test',
  caa_check_parameters: { caa_domains: ['ca.example'] },
};
const VERDICT = recordedBody('CAA that names the CA permits') as MpicResponse;
const ACCEPTED = recordedBody(JOB) as { mpic_id: string };
const RUNNING = recordedBody(JOB, 1) as JobView;
const DONE = recordedBody(JOB, 3) as JobView;
const ID = ACCEPTED.mpic_id;

const CONTACTS_REQUEST: ContactsRequest = {
  domain_or_ip_target: 'shop.example.test',
  contacts_check_parameters: { validation_method: 'contact-email-txt' },
};
const CONTACTS = recordedBody('contacts that every perspective sees are corroborated') as ContactsResponse;

type Answering = (request: Request, count: number) => Response | Promise<Response>;

/** A server in place of `fetch`, and what it was asked. */
class Server {
  readonly seen: {
    readonly line: string;
    readonly headers: Headers;
    readonly body: string;
    readonly at: number;
  }[] = [];
  readonly #answering: Answering;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input as string, init);
    const { pathname, search } = new URL(request.url);
    this.seen.push({
      line: `${request.method} ${pathname}${search}`,
      headers: request.headers,
      body: await request.clone().text(),
      at: performance.now(),
    });
    const gone = new Promise<never>((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')));
      if (init?.signal?.aborted) reject(new DOMException('gone', 'AbortError'));
    });
    return Promise.race([this.#answering(request, this.seen.length), gone]);
  };

  client(options: Partial<MpicClientOptions> = {}): MpicClient {
    return createMpicClient({ url: URL_, key: KEY, fetch: this.fetch, random: () => 0, ...options });
  }
}

/** Each answer in turn; the last one again and again. */
const inTurn =
  (...answers: readonly (() => Response | Promise<Response>)[]): Answering =>
  (_, count) =>
    (answers[count - 1] ?? answers.at(-1) ?? hang)();

const json =
  (body: unknown, init: ResponseInit = {}) =>
  () =>
    Response.json(body, init);
const ok = json(VERDICT);
const hang = () => new Promise<Response>(() => {});
const broken = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }));
const problem = (status: number, error: string, headers: Record<string, string> = {}) =>
  json({ error, message: `about ${error}`, request_id: 'r' }, { status, headers });
const gateway = (status: number) => json({ message: 'Internal server error' }, { status });

/** A body that begins with `first` and does not end. */
const drip = (first: string) => () =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
      pull: () => new Promise(() => {}),
    }),
  );

/** A body that breaks off after `first`. */
const cut = (first: string) => () =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
      pull: (controller) =>
        controller.error(new TypeError('terminated', { cause: new Error('other side closed') })),
    }),
  );

async function failureOf(promise: Promise<unknown>): Promise<MpicClientError> {
  const error: unknown = await promise.then(
    (value) => new Error(`no failure but ${JSON.stringify(value).slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof MpicClientError)) throw error;
  return error;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** Let time pass until `promise` is settled. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  for (let rounds = 0; rounds < 10_000 && !isSettled; rounds += 1) await vi.advanceTimersByTimeAsync(50);
  return settled;
}

describe('createMpicClient', () => {
  it.each<{ name: string; options: Partial<MpicClientOptions>; says: string }>([
    { name: 'a URL that is none', options: { url: 'mpic.example' }, says: 'url: ' },
    { name: 'a URL of another scheme', options: { url: 'ftp://mpic.example' }, says: 'url: ' },
    { name: 'a URL with a user', options: { url: 'https://me:secret@mpic.example' }, says: 'url: ' },
    { name: 'a URL with a query', options: { url: 'https://mpic.example?stage=v1' }, says: 'url: ' },
    { name: 'a URL with a fragment', options: { url: 'https://mpic.example#v1' }, says: 'url: ' },
    { name: 'a key with a line end', options: { key: 'secret\r\nx: y' }, says: 'key: ' },
    { name: 'a key that is not ASCII', options: { key: 'secret-ä' }, says: 'key: ' },
  ])('does not take $name, and does not repeat a secret', ({ options, says }) => {
    const create = () => createMpicClient({ url: URL_, ...options });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(says);
    expect(create).not.toThrow('secret');
  });

  it.each([
    { name: 'none', options: { key: null }, sent: null },
    { name: 'an empty one', options: { key: '' }, sent: null },
    { name: 'one', options: {}, sent: KEY },
  ])('with $name for a key sends it in x-api-key', async ({ options, sent }) => {
    const server = new Server(ok);
    await inTime(server.client(options).check(REQUEST));
    expect(server.seen[0]?.headers.get('x-api-key')).toBe(sent);
  });

  it.each([URL_, `${URL_}/`, `${URL_}//`])('keeps the path of %s', async (url) => {
    const server = new Server(ok);
    await inTime(server.client({ url }).check(REQUEST));
    expect(server.seen[0]?.line).toBe('POST /v1/mpic');
  });
});

describe('a request that is sent again', () => {
  it.each<{ name: string; first: () => Response | Promise<Response> }>([
    { name: 'a service that is overloaded', first: problem(503, 'overloaded') },
    { name: 'a service that cannot reach its store', first: problem(503, 'service-unavailable') },
    { name: 'a gateway that has no function', first: gateway(502) },
    { name: 'a gateway that gave up', first: gateway(504) },
    { name: 'a caller that has had its share', first: problem(429, 'too-many-requests') },
    { name: 'a connection that failed', first: broken },
    { name: 'an answer that broke off', first: cut('{"mpic_completed":') },
    { name: 'an answer that hangs', first: hang },
    { name: 'an answer that does not end', first: drip('{"mpic_completed":') },
  ])('after $name has the same key and the same body', async ({ first }) => {
    const server = new Server(inTurn(first, ok));
    expect(await inTime(server.client().check(REQUEST))).toEqual(VERDICT);
    expect(server.seen).toHaveLength(2);
    const [one, other] = server.seen;
    expect(one?.headers.get('idempotency-key')).toMatch(/^[0-9a-f]{32}$/);
    expect(other?.headers.get('idempotency-key')).toBe(one?.headers.get('idempotency-key'));
    expect(other?.body).toBe(one?.body);
    expect(JSON.parse(one?.body ?? '')).toEqual(REQUEST);
  });

  it.each<{ name: string; answer: () => Response | Promise<Response>; kind: string; status: number }>([
    { name: 'a request that is wrong', answer: problem(400, 'invalid-async'), kind: 'refused', status: 400 },
    { name: 'a missing key', answer: problem(401, 'api-key-missing'), kind: 'refused', status: 401 },
    { name: 'a wrong key', answer: problem(403, 'api-key-invalid'), kind: 'refused', status: 403 },
    { name: 'a path that is not there', answer: problem(404, 'not-found'), kind: 'refused', status: 404 },
    {
      name: 'a key used before',
      answer: problem(422, 'idempotency-key-reused'),
      kind: 'refused',
      status: 422,
    },
    { name: 'a fault of the service', answer: problem(500, 'internal-error'), kind: 'refused', status: 500 },
    {
      name: 'a redirect',
      answer: () => new Response(null, { status: 302, headers: { location: 'https://other.example/' } }),
      kind: 'refused',
      status: 302,
    },
    {
      name: 'a page of HTML',
      answer: () => new Response('<!doctype html>'),
      kind: 'unreadable',
      status: 200,
    },
    { name: 'an empty answer', answer: () => new Response(''), kind: 'unreadable', status: 200 },
    { name: 'an answer of another form', answer: json({ is_valid: true }), kind: 'unreadable', status: 200 },
    {
      name: 'an answer that is not UTF-8',
      answer: () => new Response(new Uint8Array([0x22, 0xff, 0x22])),
      kind: 'unreadable',
      status: 200,
    },
    {
      name: 'an answer about another name',
      answer: json({ ...VERDICT, domain_or_ip_target: 'evil.example' }),
      kind: 'foreign',
      status: 200,
    },
    {
      name: 'an answer about another check',
      answer: json({ ...VERDICT, check_type: 'dcv' }),
      kind: 'foreign',
      status: 200,
    },
    { name: 'an answer with the key', answer: json({ error: KEY }), kind: 'key-repeated', status: 200 },
  ])('is not: after $name', async ({ answer, kind, status }) => {
    const server = new Server(answer);
    const failure = await failureOf(inTime(server.client().check(REQUEST)));
    expect({ kind: failure.kind, status: failure.status }).toEqual({ kind, status });
    expect(failure.advice).not.toBe('');
    expect(failure.message).not.toContain(KEY);
    expect(server.seen).toHaveLength(1);
  });

  it('is sent no more often than the client was told, and the last failure stands', async () => {
    const server = new Server(inTurn(broken, problem(503, 'overloaded')));
    const failure = await failureOf(inTime(server.client({ maxTries: 3 }).check(REQUEST)));
    expect(server.seen).toHaveLength(3);
    expect(failure).toMatchObject({
      status: 503,
      problem: { error: 'overloaded' },
      advice: 'about overloaded',
    });
  });

  it('keeps the key that the caller gave', async () => {
    const server = new Server(ok);
    await inTime(server.client().check(REQUEST, { idempotencyKey: 'order-4711' }));
    expect(server.seen[0]?.headers.get('idempotency-key')).toBe('order-4711');
  });

  it('of two calls has two keys', async () => {
    const server = new Server(ok);
    const client = server.client();
    await inTime(client.check(REQUEST));
    await inTime(client.check(REQUEST));
    expect(new Set(server.seen.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(2);
  });

  it.each<{ name: string; retryAfter: string | null; random: number; from: number; to: number }>([
    { name: 'at once where chance says so', retryAfter: null, random: 0, from: 0, to: 50 },
    {
      name: 'after the whole pause where chance says so',
      retryAfter: null,
      random: 0.999,
      from: 200,
      to: 300,
    },
    { name: 'not before Retry-After in seconds', retryAfter: '2', random: 0, from: 2000, to: 2100 },
    { name: 'not before Retry-After and the pause', retryAfter: '2', random: 0.999, from: 2200, to: 2350 },
    {
      name: 'as if there were no Retry-After that cannot be read',
      retryAfter: 'soon',
      random: 0,
      from: 0,
      to: 50,
    },
    { name: 'as if there were no Retry-After below zero', retryAfter: '-5', random: 0, from: 0, to: 50 },
    {
      name: 'at once after a date that is over',
      retryAfter: 'Thu, 01 Jan 1970 00:00:00 GMT',
      random: 0,
      from: 0,
      to: 50,
    },
  ])('comes $name', async ({ retryAfter, random, from, to }) => {
    const busy = problem(503, 'overloaded', retryAfter === null ? {} : { 'retry-after': retryAfter });
    const server = new Server(inTurn(busy, ok));
    await inTime(server.client({ random: () => random }).check(REQUEST));
    const pause = (server.seen[1]?.at ?? 0) - (server.seen[0]?.at ?? 0);
    expect(pause).toBeGreaterThanOrEqual(from);
    expect(pause).toBeLessThanOrEqual(to);
  });

  it('waits for the date of Retry-After', async () => {
    const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3000).toUTCString();
    const server = new Server(inTurn(problem(503, 'overloaded', { 'retry-after': date }), ok));
    await inTime(server.client().check(REQUEST));
    expect((server.seen[1]?.at ?? 0) - (server.seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(3000);
  });

  it.each(['61', '86400', '999999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'is not where Retry-After is %s, which is past the deadline',
    async (retryAfter) => {
      const server = new Server(problem(503, 'overloaded', { 'retry-after': retryAfter }));
      const failure = await failureOf(server.client().check(REQUEST));
      expect(failure).toMatchObject({ kind: 'refused', status: 503 });
      expect(server.seen).toHaveLength(1);
    },
  );

  it('waits longer after each failure', async () => {
    const server = new Server(inTurn(broken, broken, broken, broken, ok));
    await inTime(server.client({ random: () => 0.999 }).check(REQUEST));
    const pauses = server.seen.slice(1).map(({ at }, index) => at - (server.seen[index]?.at ?? 0));
    expect(pauses.map((ms) => Math.round(ms / 250))).toEqual([1, 2, 4, 8]);
  });
});

describe('the time of a call', () => {
  it.each<{ name: string; answer: () => Response | Promise<Response>; says: string }>([
    { name: 'nothing comes', answer: hang, says: 'no answer within 700 ms' },
    { name: 'an answer does not end', answer: drip('{'), says: 'an answer that did not end within 700 ms' },
  ])('is over when $name', async ({ answer, says }) => {
    const start = performance.now();
    const server = new Server(answer);
    const failure = await failureOf(inTime(server.client({ timeoutMs: 700 }).check(REQUEST)));
    expect(failure).toMatchObject({ kind: 'timeout', message: says, status: null });
    expect(performance.now() - start).toBeLessThan(900);
    expect(server.seen).toHaveLength(1);
  });

  it('of a try is over before that of the call, which tells its own', async () => {
    const server = new Server(hang);
    const failure = await failureOf(
      inTime(server.client({ timeoutMs: 1000, tryTimeoutMs: 400 }).check(REQUEST)),
    );
    expect(server.seen).toHaveLength(3);
    expect(failure).toMatchObject({ kind: 'timeout', message: 'no answer within 1000 ms' });
  });

  it.each<{ name: string; answer: () => Response | Promise<Response>; after: number }>([
    { name: 'before it begins', answer: ok, after: 0 },
    { name: 'while nothing comes', answer: hang, after: 120 },
    { name: 'in the midst of an answer', answer: drip('{'), after: 120 },
    { name: 'in a pause', answer: problem(503, 'overloaded', { 'retry-after': '5' }), after: 120 },
  ])('ends with the signal of the caller $name', async ({ answer, after }) => {
    const controller = new AbortController();
    if (after === 0) controller.abort();
    else setTimeout(() => controller.abort(), after);
    const start = performance.now();
    const server = new Server(answer);
    const failure = await failureOf(inTime(server.client().check(REQUEST, { signal: controller.signal })));
    expect(failure).toMatchObject({ kind: 'aborted', message: 'the call was aborted' });
    expect(performance.now() - start).toBeLessThan(400);
    expect(server.seen).toHaveLength(after === 0 ? 0 : 1);
  });

  it('leaves no timer behind', async () => {
    await inTime(new Server(ok).client().check(REQUEST));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an answer that is not to be trusted', () => {
  it.each<{ name: string; answer: () => Response; says: readonly string[] }>([
    {
      name: 'is longer than the bound',
      answer: drip(' '.repeat(300)),
      says: ['an answer of more than 256 bytes'],
    },
    {
      name: 'lacks a member',
      answer: json({ ...VERDICT, baseline_requirements: undefined }),
      says: ['JSON of another form, at baseline_requirements'],
    },
    {
      name: 'has text for a truth value',
      answer: json({ ...VERDICT, is_valid: 'true' }),
      says: ['at is_valid'],
    },
    {
      name: 'has evidence of another form',
      answer: json({
        ...VERDICT,
        perspectives: VERDICT.perspectives.map((item) => ({
          ...item,
          check_response: { ...item.check_response, details: { caa_record_present: 'yes' } },
        })),
      }),
      says: ['at perspectives.0.check_response.details.'],
    },
    {
      name: 'holds an escape for a terminal',
      answer: () => new Response('\u001b[2Jgone', { status: 500 }),
      says: ['status 500: "\\u{1b}[2Jgone"'],
    },
    {
      name: 'leads elsewhere',
      answer: () => new Response(null, { status: 301, headers: { location: 'https://other.example/x' } }),
      says: ['a redirect, status 301, to "https://other.example/x"'],
    },
  ])('$name', async ({ answer, says }) => {
    const maxAnswerBytes = says[0]?.includes('256') ? 256 : 1_000_000;
    const failure = await failureOf(inTime(new Server(answer).client({ maxAnswerBytes }).check(REQUEST)));
    for (const text of says) expect(failure.message).toContain(text);
    expect(failure.message.length).toBeLessThan(500);
  });

  it('of a later version may have more members, which are left out', async () => {
    const response = await inTime(new Server(json({ ...VERDICT, proof: 'x' })).client().check(REQUEST));
    expect(response).toEqual(VERDICT);
  });

  it('that lists issues is a problem with them', async () => {
    const body = recordedBody('fewer perspectives than the date demands');
    const failure = await failureOf(inTime(new Server(json(body, { status: 400 })).client().check(REQUEST)));
    expect(failure.problem).toEqual(body);
    expect(failure.advice).toContain('validation_issues');
  });

  it.each([
    { name: 'in its body', answer: json({ message: `no such key: ${KEY}` }, { status: 403 }) },
    { name: 'in a header', answer: json({ status: 'healthy' }, { headers: { 'x-key': KEY } }) },
  ])('with the key $name is told without it', async ({ answer }) => {
    const failure = await failureOf(inTime(new Server(answer).client().health()));
    expect(failure.kind).toBe('key-repeated');
    expect(`${failure.message}${failure.stack}`).not.toContain(KEY);
  });

  it('does not get the key into the reason of a broken connection', async () => {
    const leak = () =>
      Promise.reject(new TypeError('fetch failed', { cause: new Error(`bad header ${KEY}`) }));
    const failure = await failureOf(inTime(new Server(leak).client({ maxTries: 1 }).health()));
    expect(failure.message).toBe('no answer: bad header <the key>');
  });
});

describe('an accepted request', () => {
  const accepted = json(ACCEPTED, { status: 202, headers: { location: `/v1/mpic/${ID}` } });
  const verdict = { ...REQUEST, domain_or_ip_target: DONE.response?.domain_or_ip_target ?? '' };

  it('is collected by its id, and the service is asked to wait', async () => {
    const server = new Server(
      inTurn(accepted, json(RUNNING, { headers: { 'retry-after': '1' } }), json(DONE)),
    );
    expect(await inTime(server.client().check(verdict))).toEqual(DONE.response);
    expect(server.seen.map(({ line }) => line)).toEqual([
      'POST /v1/mpic',
      `GET /v1/mpic/${ID}?wait=20`,
      `GET /v1/mpic/${ID}?wait=20`,
    ]);
    expect((server.seen[2]?.at ?? 0) - (server.seen[1]?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('is looked for once more at the very end, however late the service asks to come back', async () => {
    const later = json(RUNNING, { headers: { 'retry-after': '60' } });
    const server = new Server(inTurn(accepted, later, json(DONE)));
    expect(await inTime(server.client({ timeoutMs: 3000 }).check(verdict))).toEqual(DONE.response);
    expect(server.seen[2]?.line).toBe(`GET /v1/mpic/${ID}`);
  });

  it('is told where a caller does not want to wait', async () => {
    const server = new Server(accepted);
    const submitted = await inTime(server.client().submit(verdict, { async: true }));
    expect(submitted).toEqual({
      status: 'accepted',
      job: ACCEPTED,
      location: `/v1/mpic/${ID}`,
      replayed: false,
    });
    expect(server.seen[0]?.line).toBe('POST /v1/mpic?async=true');
  });

  it('is asked for again while the service is away', async () => {
    const server = new Server(inTurn(accepted, broken, gateway(504), json(DONE)));
    expect(await inTime(server.client().check(verdict))).toEqual(DONE.response);
  });

  it.each<{ name: string; view: () => Response | Promise<Response>; kind: string; says: string }>([
    {
      name: 'that is another one',
      view: json({ ...DONE, mpic_id: '00000000-0000-4000-8000-000000000000' }),
      kind: 'foreign',
      says: 'the job of another request',
    },
    {
      name: 'with the answer of another one',
      view: json({
        ...DONE,
        response: { ...DONE.response, mpic_id: '00000000-0000-4000-8000-000000000000' },
      }),
      kind: 'foreign',
      says: 'the job of another request',
    },
    {
      name: 'with an answer about another name',
      view: json({ ...DONE, response: { ...DONE.response, domain_or_ip_target: 'evil.example\u001b[2J' } }),
      kind: 'foreign',
      says: 'an answer about caa for evil.example\\u{1b}[2J, which nobody asked for',
    },
    {
      name: 'that is done and has no answer',
      view: json({ ...DONE, response: null }),
      kind: 'unreadable',
      says: 'status completed without a response',
    },
    { name: 'that is gone', view: problem(404, 'not-found'), kind: 'refused', says: 'status 404' },
    {
      name: 'whose last look hangs',
      view: hang,
      kind: 'undecided',
      says: 'a 202, and no verdict within 5000 ms',
    },
    {
      name: 'that never ends, at a service that ignores wait',
      view: json(RUNNING),
      kind: 'undecided',
      says: 'a 202, and no verdict within 5000 ms, ',
    },
  ])('$name is an error', async ({ view, kind, says }) => {
    const server = new Server(inTurn(accepted, view));
    const failure = await failureOf(inTime(server.client({ timeoutMs: 5000 }).check(verdict)));
    expect(failure.kind).toBe(kind);
    expect(failure.message).toContain(says);
    expect(server.seen.length).toBeLessThan(25);
  });

  it.each(['', '1', '..', '../healthz', `${ID}?wait=1`, `${ID}/`, '%2e%2e'])(
    'is not asked for by %j, which is not an id',
    async (id) => {
      const server = new Server(ok);
      await expect(server.client().get(id)).rejects.toThrow('id: not the mpic_id');
      await expect(server.client().wait(id)).rejects.toThrow('id: not the mpic_id');
      expect(server.seen).toEqual([]);
    },
  );
});

describe('readiness', () => {
  const notReady = { status: 'not-ready', obstacles: [{ error: 'storage-full', message: 'm' }] };

  it.each([
    { name: 'ready', answer: json({ status: 'ready' }), expected: { status: 'ready' } },
    {
      name: 'not ready, with what is in the way',
      answer: json(notReady, { status: 503 }),
      expected: notReady,
    },
  ])('is $name', async ({ answer, expected }) => {
    expect(await inTime(new Server(answer).client().readiness())).toEqual(expected);
  });

  it('is not known where the gateway answers in place of the service', async () => {
    const failure = await failureOf(inTime(new Server(gateway(503)).client({ maxTries: 1 }).readiness()));
    expect(failure).toMatchObject({ kind: 'refused', status: 503 });
  });
});

describe('a raw request', () => {
  it('resolves with any status, and is sent once', async () => {
    const server = new Server(problem(503, 'overloaded'));
    const answer = await inTime(
      server.client().send({ method: 'POST', path: '/mpic', body: '{"check_type":' }),
    );
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining('overloaded') });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.headers.get('idempotency-key')).toBeNull();
  });

  it.each(['mpic', 'https://other.example/', '@other.example/', '.other.example'])(
    'does not leave the base URL by the path %j',
    async (path) => {
      const server = new Server(ok);
      await expect(async () => server.client().send({ method: 'GET', path })).rejects.toThrow('path: ');
      expect(server.seen).toEqual([]);
    },
  );
});

describe('contacts()', () => {
  it('posts to /mpic/contacts and resolves with the contacts', async () => {
    const server = new Server(inTurn(json(CONTACTS)));
    const { contacts } = await server.client().contacts(CONTACTS_REQUEST);
    expect(server.seen.map(({ line }) => line)).toEqual(['POST /v1/mpic/contacts']);
    expect(contacts.corroborated).toEqual(CONTACTS.contacts.corroborated);
    expect(contacts.corroborated).toHaveLength(2);
  });

  it('collects them later when the service says so', async () => {
    const job = { ...DONE, mpic_id: ID, response: { ...CONTACTS, mpic_id: ID } };
    const server = new Server(inTurn(json(ACCEPTED, { status: 202 }), json(job)));
    const { contacts } = await server.client().contacts(CONTACTS_REQUEST, { async: true });
    expect(server.seen.map(({ line }) => line)[0]).toBe('POST /v1/mpic/contacts?async=true');
    expect(contacts.corroborated).toHaveLength(2);
  });

  it.each<{ name: string; answer: object; kind: string }>([
    {
      name: 'of another method',
      answer: { contacts_check_parameters: { validation_method: 'contact-phone-txt' } },
      kind: 'foreign',
    },
    { name: 'of another name', answer: { domain_or_ip_target: 'other.example.test' }, kind: 'foreign' },
    { name: 'of another check', answer: VERDICT, kind: 'foreign' },
    { name: 'without contacts', answer: { contacts: undefined }, kind: 'unreadable' },
    {
      name: 'with contacts in another form',
      answer: { contacts: { corroborated: ['a@b.example'] } },
      kind: 'unreadable',
    },
  ])('refuses an answer $name', async ({ answer, kind }) => {
    const server = new Server(inTurn(json({ ...CONTACTS, ...answer })));
    const failure = server.client({ maxTries: 1 }).contacts(CONTACTS_REQUEST);
    await expect(failure).rejects.toMatchObject({ name: 'MpicClientError', kind });
  });
});
