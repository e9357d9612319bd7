import { describe, expect, it } from 'vitest';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest, type SendOptions } from '../support/harness.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { SMALLEST } from '../unit/api/dcv-requests.ts';

const KEYS = [
  { name: 'one', key: 'key-of-caller-one' },
  { name: 'two', key: 'key-of-caller-two' },
];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const dcv = (method: keyof typeof SMALLEST, target = 'shop.example.test') => ({
  check_type: 'dcv',
  domain_or_ip_target: target,
  dcv_check_parameters: { validation_method: method, ...SMALLEST[method] },
});

/** An API key as the configuration stores it. */
const hashed = ({ name, key }: { name: string; key: string }) => ({ name, sha256: hashKey(key) });

export function describeRefusals(name: string, open: OpenBench): void {
  describe(`Rejections: ${name}`, () => {
    const bed = useHarness(open);

    const PROBLEMS: readonly {
      readonly name: string;
      readonly body: unknown;
      readonly options?: SendOptions;
      readonly status: number;
      readonly code: string;
    }[] = [
      {
        name: 'a body over 64 KiB',
        body: caaRequest({ trace_identifier: 'x'.repeat(65 * 1024) }),
        status: 413,
        code: 'request-too-large',
      },
      {
        name: 'a body that is not declared as JSON',
        body: caaRequest(),
        options: { headers: { 'content-type': 'text/plain' } },
        status: 415,
        code: 'unsupported-media-type',
      },
      {
        name: 'an async value that is neither true nor false',
        body: caaRequest(),
        options: { query: '?async=maybe' },
        status: 400,
        code: 'invalid-async',
      },
    ];
    it.each(PROBLEMS)('$name: $status', async ({ body, options, status, code }) => {
      const harness = await bed.start();
      const reply = await harness.post(body, options);
      expect(reply.status).toBe(status);
      expect(Object.keys(reply.problem)).toEqual(['error', 'message', 'request_id']);
      expect(reply.problem.error).toBe(code);
      expect(reply.problem.request_id).toMatch(UUID);
      expect(reply.headers.get('content-type')).toBe('application/json');
    });

    const INVALID: readonly { readonly name: string; readonly body: unknown; readonly issue: object }[] = [
      { name: 'a body that is not JSON', body: '{', issue: { type: 'json_invalid', loc: [] } },
      { name: 'a JSON body that is not an object', body: '[]', issue: { type: 'model_type' } },
      {
        name: 'an unknown check type',
        body: caaRequest({ check_type: 'dvc' }),
        issue: { type: 'literal_error', loc: ['MpicCaaRequest', 'check_type'] },
      },
      {
        name: 'a target that is null',
        body: caaRequest({ domain_or_ip_target: null }),
        issue: { type: 'string_type' },
      },
      {
        name: 'too many perspectives',
        body: caaRequest({ orchestration_parameters: { perspective_count: 7 } }),
        issue: { issue_type: 'invalid-perspective-count' },
      },
      {
        name: 'a quorum laxer than the table, checked against the default count',
        body: caaRequest({ orchestration_parameters: { quorum_count: 3 } }),
        issue: { issue_type: 'invalid-quorum-count' },
      },
      {
        name: 'fewer perspectives than the date requires',
        body: caaRequest({ orchestration_parameters: { perspective_count: 3 } }),
        issue: { issue_type: 'baseline-requirements' },
      },
      {
        name: 'monitoring under the strict policy',
        body: caaRequest({ orchestration_parameters: { quorum_count: 0 } }),
        issue: { issue_type: 'invalid-quorum-count' },
      },
      {
        name: 'a cohort that does not exist',
        body: caaRequest({ orchestration_parameters: { cohort_for_single_attempt: 2 } }),
        issue: { issue_type: 'invalid-cohort' },
      },
      { name: 'a single label', body: caaRequest({ domain_or_ip_target: 'localhost' }), issue: {} },
      {
        name: 'an IP address for a method that validates names only',
        body: dcv('acme-dns-01', '192.0.2.1'),
        issue: {},
      },
      {
        // Used to get a passing CAA check.
        name: 'a missing check type, and DCV parameters that do not parse',
        body: {
          domain_or_ip_target: 'shop.example.test',
          dcv_check_parameters: { validation_method: 'acme-dns-01' },
        },
        issue: { type: 'missing' },
      },
      {
        // Used to switch the limits of RFC 8657 off.
        name: 'a misspelled accounturi member',
        body: caaRequest({ caa_check_parameters: { account_uri_values: ['https://ca.example/acct/9'] } }),
        issue: { type: 'extra_forbidden', msg: expect.stringContaining("did you mean 'accounturi_values'?") },
      },
      {
        // Used to be checked as xn--fa-hia.test, while others would have signed fass.test.
        name: 'a U-label',
        body: caaRequest({ domain_or_ip_target: 'fa\u00df.test' }),
        issue: { issue_type: 'baseline-requirements', message: expect.stringContaining('"xn--fa-hia.test"') },
      },
      {
        // Used to match every TXT record with two words.
        name: 'a challenge value of one space',
        body: {
          ...dcv('dns-change'),
          dcv_check_parameters: { ...dcv('dns-change').dcv_check_parameters, challenge_value: ' ' },
        },
        issue: { issue_type: 'baseline-requirements', message: expect.stringContaining('white space') },
      },
      {
        name: 'a method after its end date',
        body: dcv('ip-address'),
        issue: { issue_type: 'baseline-requirements' },
      },
    ];
    it.each(INVALID)('$name: 400', async ({ body, issue }) => {
      const harness = await bed.start();
      const reply = await harness.post(body);
      expect(reply.status).toBe(400);
      expect(Object.keys(reply.failure)).toEqual(['error', 'validation_issues', 'request_id']);
      expect(reply.failure.request_id).toMatch(UUID);
      expect(reply.failure.error).toBe('request-validation-failed');
      expect(reply.failure.validation_issues[0]).toMatchObject(issue);
    });

    it.each([
      { name: 'no key', headers: {}, status: 401, code: 'api-key-missing' },
      { name: 'an empty key', headers: { 'x-api-key': '' }, status: 401, code: 'api-key-missing' },
      { name: 'a wrong key', headers: { 'x-api-key': 'guess' }, status: 403, code: 'api-key-invalid' },
      {
        name: 'a prefix of a valid key',
        headers: { 'x-api-key': 'key-of-caller-on' },
        status: 403,
        code: 'api-key-invalid',
      },
    ])('$name: $status, before the body is parsed', async ({ headers, status, code }) => {
      const harness = await bed.start({ config: { apiKeys: KEYS.map(hashed) } });
      const post = await harness.post('{', { headers });
      expect([post.status, post.problem.error]).toEqual([status, code]);
      for (const path of ['/mpic/00000000-0000-7000-8000-000000000000', '/perspectives']) {
        expect((await harness.get(path, headers)).status).toBe(status);
      }
      for (const path of ['/healthz', '/readyz']) expect((await harness.get(path, headers)).status).toBe(200);
    });

    it("another caller's request is not found", async () => {
      const harness = await bed.start({ config: { apiKeys: KEYS.map(hashed) } });
      const [one, two] = KEYS.map(({ key }) => ({ 'x-api-key': key }));
      const { mpic } = await harness.post(caaRequest(), { headers: one ?? {} });
      const path = `/mpic/${mpic.mpic_id}`;
      expect((await harness.get(path, one)).status).toBe(200);
      const foreign = await harness.get(path, two);
      const missing = await harness.get('/mpic/00000000-0000-7000-8000-000000000000', two);
      expect(foreign.status).toBe(404);
      expect({ ...foreign.problem, request_id: '' }).toEqual({ ...missing.problem, request_id: '' });
    });

    it.each(['/mpic/1', '/mpic/../secret', '/nothing', '/mpic/00000000-0000-7000-8000-00000000000G'])(
      'GET %s is not found',
      async (path) => {
        const harness = await bed.start();
        const reply = await harness.get(path);
        expect([reply.status, reply.problem.error]).toEqual([404, 'not-found']);
      },
    );

    it.each([
      { method: 'GET', path: '/mpic', allow: 'POST' },
      { method: 'PUT', path: '/mpic', allow: 'POST' },
      { method: 'POST', path: '/mpic/00000000-0000-7000-8000-000000000000', allow: 'GET' },
      { method: 'DELETE', path: '/perspectives', allow: 'GET' },
      { method: 'POST', path: '/healthz', allow: 'GET' },
      { method: 'POST', path: '/readyz', allow: 'GET' },
    ])('$method $path is not allowed', async ({ method, path, allow }) => {
      const harness = await bed.start();
      const reply = await harness.until(
        Promise.resolve(harness.service.api.request(`http://127.0.0.1${path}`, { method })),
      );
      expect(reply.status).toBe(405);
      expect(reply.headers.get('allow')).toBe(allow);
      expect(await reply.json()).toMatchObject({ error: 'method-not-allowed' });
    });

    it('simultaneous requests are counted when they begin, not when they arrive', async () => {
      const turns: (() => void)[] = [];
      const pace = () => new Promise<void>((resolve) => turns.push(resolve));
      const harness = await bed.start({ config: { maxRunning: 1 }, silent: SIX, pace });
      const first = harness.send(caaRequest(), ASYNC);
      const second = harness.send(caaRequest(), ASYNC);
      await harness.advance(1);
      expect(turns).toHaveLength(2);
      turns[0]?.();
      expect((await harness.until(first)).status).toBe(202);
      turns[1]?.();
      const reply = await harness.until(second);
      expect([reply.status, reply.problem.error]).toEqual([503, 'overloaded']);
    });

    it('more requests than the service runs at once get 503 with Retry-After', async () => {
      const harness = await bed.start({ config: { maxRunning: 2 }, silent: SIX });
      const running = [harness.send(caaRequest()), harness.send(caaRequest())];
      await harness.advance(200);
      const reply = await harness.post(caaRequest());
      expect([reply.status, reply.problem.error]).toEqual([503, 'overloaded']);
      expect(reply.headers.get('retry-after')).toBe('1');
      const answers = await harness.until(Promise.all(running));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    });

    const ofCaller = (name: string) => ({
      headers: { 'x-api-key': KEYS.find((one) => one.name === name)?.key ?? '' },
    });
    const [ONE = '', OTHER = ''] = KEYS.map(({ name }) => name);

    it.each<{
      name: string;
      config: Partial<ServiceConfig>;
      first: string;
      second: string;
      third: string;
      status: number;
    }>([
      {
        name: 'one of two callers gets at most half of the places: 429 with Retry-After',
        config: { apiKeys: KEYS.map(hashed), maxRunning: 4 },
        first: ONE,
        second: ONE,
        third: ONE,
        status: 429,
      },
      {
        name: "one caller's requests do not use up the other's share",
        config: { apiKeys: KEYS.map(hashed), maxRunning: 4 },
        first: ONE,
        second: ONE,
        third: OTHER,
        status: 200,
      },
      {
        name: 'a single caller may use all places',
        config: { apiKeys: KEYS.slice(0, 1).map(hashed), maxRunning: 3 },
        first: ONE,
        second: ONE,
        third: ONE,
        status: 200,
      },
      {
        name: 'the operator can configure the share of a caller',
        config: { apiKeys: KEYS.map(hashed), maxRunning: 9, maxRunningPerCaller: 2 },
        first: ONE,
        second: ONE,
        third: ONE,
        status: 429,
      },
      {
        name: 'when all places are taken, a caller below its share gets 503',
        config: { apiKeys: KEYS.map(hashed), maxRunning: 2 },
        first: ONE,
        second: OTHER,
        third: ONE,
        status: 503,
      },
    ])('$name', async ({ config, first, second, third, status }) => {
      const harness = await bed.start({ config, silent: SIX });
      const running = [first, second].map((caller) => harness.send(caaRequest(), ofCaller(caller)));
      await harness.advance(200);
      const reply = await harness.until(harness.send(caaRequest(), ofCaller(third)));
      expect(reply.status).toBe(status);
      if (status === 429) {
        expect(reply.problem.error).toBe('too-many-requests');
        expect(reply.headers.get('retry-after')).toBe('1');
      }
      const answers = await harness.until(Promise.all(running));
      expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
      // Once its requests have ended the caller has its places again.
      expect((await harness.post(caaRequest(), { ...ASYNC, ...ofCaller(ONE) })).status).toBe(202);
    });

    it('a rejected request leaves neither events nor records', async () => {
      const harness = await bed.start();
      await harness.post('{', ASYNC);
      await harness.post(caaRequest({ orchestration_parameters: { perspective_count: 3 } }), ASYNC);
      await harness.advance(harness.attemptMs);
      expect(bed.bench.events).toEqual([]);
      expect(bed.bench.audit.records.map(({ event }) => event)).toEqual(['service-started']);
    });
  });
}
