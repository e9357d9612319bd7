import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobView, MpicResponse } from '../../shared/contract/api/response-schema.ts';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import { openRealTimeBench } from '../support/bench.ts';
import type { HarnessOptions } from '../support/harness.ts';
import { dnsOnly } from '../support/network-view.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { createZoneResolver, fails, issue, type Zone } from '../support/zone-resolver.ts';
import { runCommand } from '../unit/cli/run-command.ts';
import { type Answering, type Gateway, startGateway } from '../unit/cli/verify-gateway.ts';

const KEY = 'k-5f0c2b7d9e81';
const VALUE = 'rv-7f3c90e1b2d4a6f8091b';
const ZONE: Zone = {
  'permitted.test': [issue('ca.example')],
  'forbidden.test': [issue('other.example')],
  '_mpic-verify.own.test': [{ type: 'TXT', value: VALUE }],
};

/** Time-outs of a check, where the service hangs and where it should not. */
const SHORT_MS = 700;
const LONG_MS = 20_000;

const NAMES = ['--permitted', 'permitted.test', '--forbidden', 'forbidden.test'];
const OWN = ['--dns-name', 'own.test', '--dns-value', VALUE];

interface Run {
  readonly status: number;
  readonly text: string;
  readonly error: string;
  /** The lines of the checks that failed, each with the line below it. */
  readonly failures: readonly string[];
}

describe('mpic verify', () => {
  const bed = useHarness(openRealTimeBench);
  const gateways: Gateway[] = [];

  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
  });

  /** The service in this process, with `zone` as the DNS of every perspective. */
  async function startService(zone: Zone = ZONE, options: HarnessOptions = {}): Promise<Answering> {
    const { config, ...others } = options;
    const { service } = await bed.start({
      config: { apiKeys: [{ name: 'ca', sha256: hashKey(KEY) }], caaDomains: ['ca.example'], ...config },
      networkViews: new Map(SIX.map((code) => [code, dnsOnly(createZoneResolver(zone))])),
      ...others,
    });
    return (request) => service.api.request(request);
  }

  async function open(answering: Answering, stage = ''): Promise<Gateway> {
    const gateway = await startGateway(answering, stage);
    gateways.push(gateway);
    return gateway;
  }

  async function verify(url: string, args: readonly string[] = [], key: string | null = KEY): Promise<Run> {
    const environment = key === null ? {} : { MPIC_VERIFY_KEY: key };
    const argv = ['verify', '--url', url, ...NAMES, ...args];
    const { status, out: text, error } = await runCommand(argv, { environment });
    const failures = [...text.matchAll(/^FAIL {2}.*\n {6}.*$/gm)].map(([found]) => found);
    return { status, text, error, failures };
  }

  it('passes every check against the real service, synchronous and asynchronous', async () => {
    const gateway = await open(await startService());
    const run = await verify(gateway.url, OWN);
    expect(run.failures).toEqual([]);
    expect(run.text).toMatch(/\n16 passed, 0 failed, 0 skipped\n$/);
    expect(run.status).toBe(0);
    expect(run.text).toContain(
      'pass  the perspectives are listed: 6 in 4 RIR regions, all on one host, which is a lab',
    );
  });

  it('keeps the path of the base URL, and resolves a Location relative to it', async () => {
    const api = await startService();
    const relative: Answering = async (request) => {
      const answer = await api(request);
      const location = answer.headers.get('location');
      if (location !== null) answer.headers.set('location', location.replace(/^\//, ''));
      return answer;
    };
    const gateway = await open(relative, '/v1');
    const run = await verify(`${gateway.url}/`, OWN);
    expect(run.failures).toEqual([]);
    expect(run.status).toBe(0);
    expect(gateway.seen.every(({ path }) => path.startsWith('/v1/'))).toBe(true);
  });

  it('skips the checks that need a key or an own name when these are missing, and says why', async () => {
    const gateway = await open(await startService(ZONE, { config: { apiKeys: [] } }));
    const run = await verify(gateway.url, [], null);
    expect(run.status).toBe(0);
    expect(run.text).toMatch(/^skip {2}a request without a key is refused: no key was given/m);
    expect(run.text).toMatch(
      /^skip {2}a published value is found: neither --dns-name nor --dns-value was given/m,
    );
    expect(run.text).toMatch(/\n12 passed, 0 failed, 3 skipped\n$/);
  });

  it('writes one line of JSON per check and nothing else with --json', async () => {
    const gateway = await open(await startService());
    const run = await verify(gateway.url, ['--json']);
    const lines = run.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(15);
    expect(lines.filter(({ status }) => status === 'skip')).toMatchObject([
      { check: 'dcv-published', why: 'neither --dns-name nor --dns-value was given' },
    ]);
    for (const line of lines)
      expect(line).toMatchObject({ sentence: expect.any(String), ms: expect.any(Number) });
  });

  describe('fails, and reports the response and what to check, when', () => {
    it.each<{ name: string; zone: Zone; failed: string; says: string[] }>([
      {
        name: 'CAA of the permitted name permits only another CA',
        zone: { ...ZONE, 'permitted.test': [issue('other.example')] },
        failed: 'CAA of permitted.test lets the CA issue',
        says: ['is_valid false', 'issuer-not-authorised', '--caa-domains'],
      },
      {
        name: 'CAA of the forbidden name lets the CA issue',
        zone: { ...ZONE, 'forbidden.test': [issue('ca.example')] },
        failed: 'CAA of forbidden.test forbids the CA to issue',
        says: ['is_valid true', 'authorised', '--forbidden'],
      },
      {
        // Not valid, but for the wrong reason: proves nothing about CAA.
        name: 'the forbidden name cannot be looked up',
        zone: { ...ZONE, 'forbidden.test': [fails('servfail')] },
        failed: 'CAA of forbidden.test forbids the CA to issue',
        says: ['mpic_completed false', 'lookup-failed', 'the resolvers of the perspectives'],
      },
      {
        name: 'the published record contains another value',
        zone: { ...ZONE, '_mpic-verify.own.test': [{ type: 'TXT', value: 'rv-old' }] },
        failed: 'the given value is found at _mpic-verify.own.test',
        says: ['is_valid false', '--dns-value'],
      },
      {
        name: 'the lookup of the random value fails',
        zone: { ...ZONE, '_mpic-verify.permitted.test': [fails('timeout')] },
        failed: 'a random value is not found at _mpic-verify.permitted.test',
        says: ['mpic_completed false', 'the resolvers of the perspectives'],
      },
    ])('$name', async ({ zone, failed, says }) => {
      const gateway = await open(await startService(zone));
      const { failures, status } = await verify(gateway.url, OWN);
      expect(failures.map((line) => line.split(', ')[0])).toEqual([`FAIL  ${failed}`, `FAIL  ${failed}`]);
      for (const text of says) expect(failures[1]).toContain(text);
      expect(status).toBe(1);
    });

    it('perspectives do not respond', async () => {
      const config = { checkTimeoutMs: 300, requestTimeoutMs: 800 };
      const gateway = await open(await startService(ZONE, { silent: SIX.slice(0, 3), config }));
      const { failures } = await verify(gateway.url);
      expect(failures[0]).toContain('FAIL  CAA of permitted.test lets the CA issue, synchronously');
      expect(failures[0]).toContain('look at the perspectives without a result');
    });

    it('the deployed service does not require its key', async () => {
      const gateway = await open(await startService(ZONE, { config: { apiKeys: [] } }));
      const { failures } = await verify(gateway.url);
      expect(failures).toHaveLength(2);
      expect(failures[0]).toMatch(/^FAIL {2}a request without a key is refused/);
      expect(failures[0]).toContain('anybody can use this service');
    });

    it.each<Tampering>([
      {
        name: 'every response is an HTML page',
        tamper: () => new Response('<!doctype html><title>Sign in</title>', HTML),
        failed: 14,
        says: ['status 200 without JSON: "<!doctype html>', 'what it is that answers at this URL'],
      },
      {
        name: 'every response is a 500',
        tamper: () => Response.json({ message: 'Internal server error' }, { status: 500 }),
        failed: 14,
        says: ['status 500: "{\\"message\\":', 'the log of the API function'],
      },
      {
        name: 'every response is a redirect',
        tamper: () => new Response(null, { status: 301, headers: { location: 'https://elsewhere.test/v2' } }),
        failed: 14,
        says: ['a redirect, status 301, to "https://elsewhere.test/v2"', 'give the one it leads to'],
      },
      {
        name: 'the key is rejected as invalid',
        tamper: (_request, answer) => answer({ 'x-api-key': 'stale' }),
        failed: 11,
        says: ['status 403', 'api-key-invalid', 'the API key, and the base URL'],
      },
      {
        name: 'an error contains the key',
        tamper: (request, answer) =>
          request.headers.has('x-api-key')
            ? Response.json({ message: `no such key: ${request.headers.get('x-api-key')}` }, { status: 403 })
            : answer(),
        failed: 12,
        says: ['an answer with status 403 that repeats the API key', 'change the key'],
      },
      {
        name: '/healthz returns another status',
        on: ['/healthz'],
        tamper: () => Response.json({ status: 'degraded' }),
        failed: 1,
        says: ['JSON of another form, at status: "{\\"status\\":\\"degraded\\"}"'],
      },
      {
        name: 'there is a single perspective',
        on: ['/perspectives'],
        tamper: async (_request, answer) =>
          edit(await answer(), (body) => ({ ...body, perspectives: onlyFirst(body) })),
        failed: 1,
        says: ['1 perspectives: us-east-1', 'the perspectives of the deployed configuration'],
      },
      {
        name: 'one perspective is listed twice',
        on: ['/perspectives'],
        tamper: async (_request, answer) =>
          edit(await answer(), (body) => ({
            ...body,
            perspectives: [...onlyFirst(body), ...onlyFirst(body)],
          })),
        failed: 1,
        says: ['1 perspectives: us-east-1'],
      },
      {
        name: 'a verdict is the opposite of the right one',
        tamper: async (_request, answer) =>
          edit(await answer(), (body) => ({ ...body, is_valid: !body.is_valid })),
        on: ['/mpic'],
        failed: 3,
        says: [
          'is_valid false, mpic_completed true, satisfied false (shared-host)',
          'a value that nobody has published was validated',
        ],
      },
      {
        name: 'a verdict does not satisfy the Baseline Requirements',
        on: ['/mpic'],
        tamper: async (_request, answer) =>
          edit(await answer(), ({ baseline_requirements: baseline, ...body }) => ({
            ...body,
            baseline_requirements: { ...baseline, satisfied: false, reasons: ['too-few-rirs'] },
          })),
        failed: 1,
        says: ['satisfied false (too-few-rirs)'],
      },
      {
        name: 'a verdict is about another name',
        on: ['/mpic'],
        tamper: async (_request, answer) =>
          edit(await answer(), (body) => ({ ...body, domain_or_ip_target: 'cached.test\u001b[2J' })),
        failed: 4,
        says: ['an answer about caa for cached.test\\u{1b}[2J, which nobody asked for', 'a cache must not'],
      },
      {
        name: 'a verdict lacks a member',
        on: ['/mpic'],
        tamper: async (_request, answer) =>
          edit(await answer(), ({ baseline_requirements: _gone, ...body }) => body),
        failed: 4,
        says: ['JSON of another form, at baseline_requirements', 'which version of the service'],
      },
      {
        name: 'a synchronous request gets a 202',
        on: ['/mpic'],
        tamper: async (_request, answer) => asAccepted(await answer()),
        failed: 4,
        says: ['not decided within MPIC_REQUEST_TIMEOUT_MS', 'cold starts'],
      },
      {
        name: 'a job never completes',
        on: ['/mpic/'],
        tamper: async (_request, answer) =>
          edit(await answer(), (job) => ({ ...job, status: 'running', response: null })),
        timeoutMs: SHORT_MS,
        failed: 3,
        says: [
          `a 202, and no verdict within ${SHORT_MS} ms, 6 of 6 results in`,
          'the queues of deadlines and wake-ups',
        ],
      },
      {
        name: 'a job has the id of another one',
        on: ['/mpic/'],
        tamper: async (_request, answer) =>
          edit(await answer(), (job) => ({ ...job, mpic_id: '00000000-0000-4000-8000-000000000000' })),
        failed: 3,
        says: ['the job of another request'],
      },
      {
        name: 'a job is completed and has no response',
        on: ['/mpic/'],
        tamper: async (_request, answer) =>
          edit(await answer(), (job) => ({ ...job, status: 'completed', response: null })),
        failed: 3,
        says: ['status completed without a response'],
      },
      {
        name: 'Location is missing',
        on: ['/mpic?async=true'],
        tamper: async (_request, answer) => relocate(await answer(), null),
        failed: 3,
        says: ['a 202 without Location', 'hands the header Location through'],
      },
      {
        name: 'Location is not a URI',
        on: ['/mpic?async=true'],
        tamper: async (_request, answer) => relocate(await answer(), 'http://[::1'),
        failed: 3,
        says: ['a 202 whose Location is no URI: "http://[::1"'],
      },
      {
        name: 'the first response does not arrive, after which nothing else is asked',
        on: ['/healthz', '/perspectives'],
        tamper: () => new Promise(() => {}),
        timeoutMs: SHORT_MS,
        failed: 1,
        says: [`no answer within ${SHORT_MS} ms`, 'whether the service is deployed'],
      },
      {
        name: 'an answer begins and never ends',
        on: ['/perspectives'],
        tamper: () => new Response(drip('{"shared_host":')),
        timeoutMs: SHORT_MS,
        failed: 1,
        says: [`an answer that did not end within ${SHORT_MS} ms`],
      },
      {
        name: 'a response is larger than the limit',
        on: ['/perspectives', '/mpic/'],
        tamper: () => new Response(drip(' '.repeat(300_000))),
        failed: 5,
        says: ['an answer of more than 262144 bytes'],
      },
      {
        name: 'the Idempotency-Key is not passed on',
        tamper: (_request, answer) => answer({ 'idempotency-key': null }),
        failed: 2,
        says: ['two jobs, ', 'whether the header Idempotency-Key reaches the API function', 'status 202: '],
      },
      {
        name: 'a malformed body is accepted',
        on: ['/mpic'],
        tamper: async (_request, answer) => instead(await answer(), 400, 200),
        failed: 1,
        says: ['FAIL  a body that is no JSON is refused', 'status 200: '],
      },
      {
        name: 'an unknown id is found',
        on: ['/mpic/'],
        tamper: async (_request, answer) => instead(await answer(), 404, 200),
        failed: 1,
        says: ['FAIL  an id that nobody has is not found', 'status 200: '],
      },
      {
        name: 'an error has another code',
        tamper: async (_request, answer) => {
          const got = await answer();
          return got.status === 404 ? Response.json({ error: 'gone-fishing' }, { status: 404 }) : got;
        },
        failed: 1,
        says: ['gone-fishing', 'instead of the error not-found', 'which version of the service'],
      },
    ])('$name', async ({ on, tamper, timeoutMs = LONG_MS, failed, says }) => {
      const api = await startService();
      const gateway = await open(async (request) => {
        const { pathname, search } = new URL(request.url);
        const isMeant = on === undefined || on.some((path) => fits(path, pathname, search));
        return isMeant
          ? tamper(request, (changes) => Promise.resolve(api(change(request, changes))))
          : api(request);
      });
      const run = await verify(gateway.url, ['--timeout-ms', String(timeoutMs)]);
      expect(run.failures, run.text).toHaveLength(failed);
      for (const text of says) expect(run.failures.join('\n')).toContain(text);
      expect(run.text).toMatch(/\n\d+ passed, \d+ failed, [01] skipped\n$/);
      expect(run.status).toBe(1);
      expect(run.text + run.error).not.toContain(KEY);
      expect(run.text).not.toMatch(/\n\s+at .*:\d+/);
    });

    it('Location leads to another server, which receives neither request nor key', async () => {
      const other = await open(() => Response.json({}));
      const api = await startService();
      const gateway = await open(async (request) => {
        const answer = await api(request);
        return answer.status === 202 ? relocate(answer, `${other.url}/mpic/1`) : answer;
      });
      const { failures } = await verify(gateway.url);
      expect(failures).toHaveLength(3);
      expect(failures[0]).toContain('a 202 whose Location leads to another server');
      expect(other.seen).toEqual([]);
    });

    it('Location lacks the stage of the gateway', async () => {
      const api = await startService();
      const gateway = await open(api, '/v1');
      const { failures } = await verify(gateway.url);
      expect(failures).toHaveLength(3);
      expect(failures[0]).toContain('a 202 whose Location leaves the base path /v1/');
      expect(failures[0]).toContain('the path of the stage');
    });

    it('the stage is missing from the base URL', async () => {
      const gateway = await open(await startService(), '/v1');
      const { failures } = await verify(gateway.url.replace('/v1', ''));
      expect(failures[0]).toContain('Missing Authentication Token');
      expect(failures[0]).toContain('a gateway answers 403 for an unknown path');
    });

    it.each([
      { name: 'the port does not speak HTTP', bytes: 'SSH-2.0-OpenSSH_9.2\r\n', says: 'came no answer: ' },
      { name: 'the port closes connections at once', bytes: '', says: 'came no answer: other side closed' },
      {
        name: 'a response breaks off',
        bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"status":',
        says: 'came an answer that broke off: other side closed',
      },
      {
        name: 'the header of a response is endless',
        bytes: `HTTP/1.1 200 OK\r\n${`x-more: ${'x'.repeat(1000)}\r\n`.repeat(100)}`,
        says: 'came no answer: Headers Overflow Error',
      },
    ])('$name', async ({ bytes, says }) => {
      const server = createServer((socket) => socket.on('error', () => {}).end(bytes));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { failures } = await verify(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        // Nothing else is asked of what does not answer the first check.
        expect(failures).toHaveLength(1);
        expect(failures[0]).toContain(says);
      } finally {
        server.close();
      }
    });

    it('nothing listens on the port', async () => {
      const gateway = await startGateway(() => Response.json({}));
      await gateway.close();
      const { failures, status } = await verify(gateway.url);
      expect(failures).toEqual([expect.stringMatching(/came no answer: .*ECONNREFUSED/)]);
      expect(status).toBe(1);
    });
  });
});

interface Tampering {
  readonly name: string;
  /**
   * Paths to tamper with; all if left out. `/mpic` is without `async=true`; a path with a final slash includes
   * everything below it.
   */
  readonly on?: readonly string[];
  readonly tamper: (
    request: Request,
    answer: (changes?: Readonly<Record<string, string | null>>) => Promise<Response>,
  ) => Response | Promise<Response>;
  readonly timeoutMs?: number;
  /** Number of checks that fail. */
  readonly failed: number;
  readonly says: readonly string[];
}

const HTML = { headers: { 'content-type': 'text/html' } };

function fits(path: string, pathname: string, search: string): boolean {
  return path.endsWith('/') ? pathname.startsWith(path) : path === pathname + search;
}

/** The request with changed headers; null removes one. Headers that the request does not have are not added. */
function change(request: Request, changes: Readonly<Record<string, string | null>> = {}): Request {
  const headers = new Headers(request.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (!headers.has(name)) continue;
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return new Request(request, { headers });
}

/** A 200 with another body; other responses unchanged. */
async function edit(
  answer: Response,
  change: (body: MpicResponse & JobView) => Record<string, unknown>,
): Promise<Response> {
  if (answer.status !== 200) return answer;
  return Response.json(change((await answer.json()) as MpicResponse & JobView));
}

/** The list of perspectives with the first alone. */
function onlyFirst({ perspectives }: { readonly perspectives: readonly unknown[] }): readonly unknown[] {
  return perspectives.slice(0, 1);
}

/** A verdict as a 202 that says where it will be. */
async function asAccepted(answer: Response): Promise<Response> {
  if (answer.status !== 200) return answer;
  const { mpic_id, checked_identifier, created_at, completed_at } = (await answer.json()) as MpicResponse;
  const body = { mpic_id, checked_identifier, status: 'running', created_at, deadline: completed_at };
  return Response.json(body, { status: 202 });
}

/** Replaces one status by another. */
async function instead(answer: Response, status: number, other: number): Promise<Response> {
  if (answer.status !== status) return answer;
  return new Response(await answer.text(), {
    status: other,
    headers: { 'content-type': 'application/json' },
  });
}

async function relocate(answer: Response, location: string | null): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(location === null ? {} : { location }) };
  return answer.status === 202 ? new Response(await answer.text(), { status: 202, headers }) : answer;
}

/** A body that begins with `first` and does not end. */
function drip(first: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
    pull: () => new Promise(() => {}),
  });
}
