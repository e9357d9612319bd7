import { describe, expect, it } from 'vitest';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest, type Harness, type Reply } from '../support/harness.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { NAME, zone } from '../support/views.ts';
import { issue } from '../support/zone-resolver.ts';
import { SMALLEST } from '../unit/api/dcv-requests.ts';

const SECRET = 'key-of-nobody-at-all';
const LOCKED: Partial<ServiceConfig> = { apiKeys: [{ name: 'one', sha256: hashKey('key-of-caller-one') }] };

interface RefusalRow {
  readonly name: string;
  readonly config?: Partial<ServiceConfig>;
  readonly ask: (harness: Harness) => Promise<Reply>;
  readonly line: Readonly<Record<string, unknown>>;
  /** Fields that the line must not have. */
  readonly without?: readonly string[];
}

const ABOUT = { checkType: 'caa', target: NAME };

const REFUSALS: readonly RefusalRow[] = [
  {
    name: 'a body that is not JSON',
    ask: (harness) => harness.post('{'),
    line: { status: 400, code: 'request-validation-failed', issues: ['json_invalid'], caller: 'anonymous' },
    without: ['target', 'checkType'],
  },
  {
    name: 'a quorum laxer than the table',
    ask: (harness) =>
      harness.post(
        caaRequest({ trace_identifier: 'order 7', orchestration_parameters: { quorum_count: 1 } }),
      ),
    line: {
      ...ABOUT,
      status: 400,
      issues: ['invalid-quorum-count'],
      method: 'POST',
      path: '/mpic',
      traceIdentifier: 'order 7',
    },
  },
  {
    name: 'a target of 10,000 characters, which is cut',
    ask: (harness) => harness.post(caaRequest({ domain_or_ip_target: 'x'.repeat(10_000) })),
    line: { status: 400, target: 'x'.repeat(255) },
  },
  {
    name: 'a target that is not text',
    ask: (harness) => harness.post(caaRequest({ domain_or_ip_target: { toString: 'x' } })),
    line: { status: 400, checkType: 'caa' },
    without: ['target'],
  },
  {
    name: 'a body of another media type',
    ask: (harness) => harness.post(caaRequest(), { headers: { 'content-type': 'text/plain' } }),
    line: { status: 415, code: 'unsupported-media-type', caller: 'anonymous' },
  },
  {
    name: 'a request without a key',
    config: LOCKED,
    ask: (harness) => harness.post(caaRequest()),
    line: { status: 401, code: 'api-key-missing', method: 'POST', path: '/mpic' },
    without: ['caller', 'target'],
  },
  {
    name: 'a request with an unknown key',
    config: LOCKED,
    ask: (harness) => harness.post(caaRequest(), { headers: { 'x-api-key': SECRET } }),
    line: { status: 403, code: 'api-key-invalid' },
    without: ['caller', 'target'],
  },
  {
    name: 'a request for an id that does not exist',
    ask: (harness) => harness.get('/mpic/00000000-0000-7000-8000-000000000000'),
    line: { status: 404, code: 'not-found', method: 'GET', caller: 'anonymous' },
  },
  {
    name: 'a path that does not exist, without its query',
    ask: (harness) => harness.get(`/nothing?key=${SECRET}`),
    line: { status: 404, code: 'not-found', path: '/nothing' },
    without: ['caller'],
  },
  {
    name: 'a method that the path does not take',
    ask: (harness) => harness.get('/mpic'),
    line: { status: 405, code: 'method-not-allowed' },
  },
  {
    name: 'an Idempotency-Key that was used with another body',
    ask: async (harness) => {
      const headers = { 'idempotency-key': 'k' };
      await harness.post(caaRequest(), { headers });
      return harness.post(caaRequest({ trace_identifier: 'second' }), { headers });
    },
    line: { ...ABOUT, status: 422, code: 'idempotency-key-reused', traceIdentifier: 'second' },
  },
  {
    name: 'more requests than may run',
    config: { maxRunning: 0 },
    ask: (harness) => harness.post(caaRequest()),
    line: { status: 503, code: 'overloaded', caller: 'anonymous' },
  },
];

/** One log line per request, whether it is refused or gets its verdict. */
export function describeRequestLines(name: string, open: OpenBench): void {
  describe(`Log lines of requests: ${name}`, () => {
    const bed = useHarness(open);
    const linesOf = (harness: Harness, event: string) =>
      harness.log.entries.filter((entry) => entry.event === event);

    it.each(REFUSALS)(
      'names who, what, status and code for $name',
      async ({ config, ask, line, without }) => {
        const harness = await bed.start(config === undefined ? {} : { config });
        const reply = await ask(harness);
        const lines = linesOf(harness, 'request_refused');
        expect(lines.map(({ fields }) => fields)).toEqual([
          expect.objectContaining({ ...line, durationMs: expect.any(Number) }),
        ]);
        const { fields = {} } = lines[0] ?? {};
        expect(fields.requestId).toBe(reply.problem.request_id);
        for (const member of without ?? []) expect(fields).not.toHaveProperty(member);
        expect(JSON.stringify(harness.log.entries)).not.toContain(SECRET);
      },
    );

    it('gives the answer for an unknown id an id of its own, and says that the request is not there', async () => {
      const asked = '00000000-0000-7000-8000-000000000000';
      const { problem } = await (await bed.start()).get(`/mpic/${asked}`);
      expect(problem.request_id).not.toBe(asked);
      expect(problem.message).toMatch(/^No request of yours has this id: it is unknown/);
    });

    it('never writes a challenge value, even of a request that is refused', async () => {
      const harness = await bed.start();
      const value = 'secret-value-0123456789';
      const parameters = {
        validation_method: 'dns-change',
        ...SMALLEST['dns-change'],
        challenge_value: value,
      };
      const body = { check_type: 'dcv', domain_or_ip_target: NAME, dcv_check_parameters: parameters };
      expect((await harness.post({ ...body, orchestration_parameters: { quorum_count: 1 } })).status).toBe(
        400,
      );
      expect((await harness.post(body)).status).toBe(200);
      expect(linesOf(harness, 'request_completed')[0]?.fields).toMatchObject({ method: 'dns-change' });
      expect(JSON.stringify(harness.log.entries)).not.toContain(value);
    });

    it('writes the error beside the line of a request that fails, with the same id', async () => {
      const harness = await bed.start({
        around: (call, effect) => {
          if (call.port === 'requests' && call.method === 'create')
            throw new Error('a failure of the server');
          return effect();
        },
      });
      const reply = await harness.post(caaRequest());
      expect(reply.status).toBe(500);
      const [refused] = linesOf(harness, 'request_refused');
      expect(refused).toMatchObject({
        level: 'warn',
        fields: { ...ABOUT, status: 500, code: 'internal-error' },
      });
      expect(linesOf(harness, 'request_failed')[0]?.fields.requestId).toBe(reply.problem.request_id);
      expect(refused?.fields.requestId).toBe(reply.problem.request_id);
    });

    it.each([
      { name: 'that is valid', ca: 'ca.example', isValid: true },
      { name: 'that is not valid, with the reasons', ca: 'other.example', isValid: false },
    ])('names who, what and the verdict for a request $name', async ({ ca, isValid }) => {
      const harness = await bed.start({ views: views(SIX, zone({ [NAME]: [issue(ca)] })) });
      const body = caaRequest({ trace_identifier: 'order 7', orchestration_parameters: { max_attempts: 1 } });
      const { mpic } = await harness.post(body);
      expect(mpic.is_valid).toBe(isValid);
      const lines = linesOf(harness, 'request_completed').map(({ fields }) => fields);
      expect(lines).toEqual([
        {
          requestId: mpic.mpic_id,
          caller: 'anonymous',
          ...ABOUT,
          traceIdentifier: 'order 7',
          attempt: 1,
          isValid,
          quorum: isValid ? '6/6' : '0/6',
          reasons: isValid ? {} : { 'issuer-not-authorised': 6 },
          durationMs: expect.any(Number),
        },
      ]);
      expect(linesOf(harness, 'request_refused')).toEqual([]);
    });

    it('writes no refusal for an accepted request and for reading it', async () => {
      const harness = await bed.start();
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      expect((await harness.get(`/mpic/${accepted.mpic_id}`)).status).toBe(200);
      expect(linesOf(harness, 'request_refused')).toEqual([]);
    });
  });
}
