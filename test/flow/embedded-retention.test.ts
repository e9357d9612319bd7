import { describe, expect, it } from 'vitest';
import { openEmbeddedBench } from '../support/bench.ts';
import { ASYNC, caaRequest } from '../support/harness.ts';
import { useHarness } from '../support/use-harness.ts';

const DAY_MS = 86_400_000;
const KEEP_MS = 90 * DAY_MS;
/** Just over the interval of the search for old requests. */
const LOOK_MS = 601_000;
const KEYED = { headers: { 'idempotency-key': 'k' } };

const tokenRequest = (changes: Record<string, unknown> = {}) => ({
  check_type: 'dcv',
  domain_or_ip_target: 'shop.example.test',
  ...changes,
  dcv_check_parameters: {
    validation_method: 'dns-change',
    dns_record_type: 'TXT',
    challenge_value: 'rt-7F3c90e1b2d4a6f8091b',
    challenge_type: 'request-token',
  },
});

describe('What is left of a request after its retention', () => {
  const bed = useHarness(openEmbeddedBench);
  const start = () => bed.start({ retention: { keepMs: KEEP_MS, maxKept: null } });

  it('GET returns 404, and all audit records are there', async () => {
    const harness = await start();
    const { mpic } = await harness.post(caaRequest());
    await harness.advance(KEEP_MS - LOOK_MS);
    expect((await harness.get(`/mpic/${mpic.mpic_id}`)).status).toBe(200);
    await harness.advance(2 * LOOK_MS);
    expect((await harness.get(`/mpic/${mpic.mpic_id}`)).status).toBe(404);
    expect(bed.bench.audit.about(mpic.mpic_id)).toHaveLength(7);
  });

  it('a key is rejected as expired until then, and starts a new check afterwards', async () => {
    const harness = await start();
    const first = await harness.post(caaRequest(), KEYED);
    await harness.advance(KEEP_MS - LOOK_MS);
    expect((await harness.post(caaRequest(), KEYED)).problem.error).toBe('idempotency-key-expired');
    await harness.advance(2 * LOOK_MS);
    const again = await harness.post(caaRequest(), KEYED);
    expect(again.status).toBe(200);
    expect(again.headers.has('idempotency-replayed')).toBe(false);
    const { completedAt } = await harness.record(first.mpic.mpic_id);
    expect(completedAt).toBeGreaterThan(KEEP_MS);
  });

  it.each([
    { name: 'in the same request', changes: {} },
    { name: 'in another request', changes: { domain_or_ip_target: 'www.example.test' } },
  ])('RA-09 a single-use Request Token stays used, $name, after a restart too', async ({ changes }) => {
    const first = await start();
    expect((await first.post(tokenRequest(), ASYNC)).status).toBe(202);
    await first.advance(KEEP_MS + LOOK_MS);
    const harness = await start();
    const reply = await harness.post(tokenRequest(changes), ASYNC);
    expect([reply.status, reply.problem.error]).toEqual([422, 'request-token-used']);
  });
});
