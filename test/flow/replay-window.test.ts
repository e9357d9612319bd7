import { describe, expect, it } from 'vitest';
import { openEmbeddedBench } from '../support/bench.ts';
import { ASYNC, caaRequest, type SendOptions } from '../support/harness.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { CA, NAME, zone } from '../support/views.ts';
import { issue } from '../support/zone-resolver.ts';
import { SMALLEST } from '../unit/api/dcv-requests.ts';

const keyed = (key: string, more: SendOptions = {}): SendOptions => ({
  ...more,
  headers: { 'idempotency-key': key },
});

/** Hours pass, so in virtual time only. */
describe('The window of an Idempotency-Key', () => {
  const bed = useHarness(openEmbeddedBench);

  it.each([
    { name: 'CAA', body: caaRequest(), hours: 8 },
    {
      name: 'a DCV request',
      body: {
        check_type: 'dcv',
        domain_or_ip_target: NAME,
        dcv_check_parameters: { validation_method: 'acme-dns-01', ...SMALLEST['acme-dns-01'] },
      },
      hours: 24,
    },
  ])(
    'repeats the answer to $name for $hours hours after its verdict, and not a millisecond longer',
    async ({ body, hours }) => {
      const harness = await bed.start();
      const first = await harness.post(body, keyed('k-11'));
      const end = Date.parse(first.mpic.completed_at) + hours * 3_600_000;
      const now = () => bed.bench.time.createClock().now();

      await harness.advance(end - now());
      const last = await harness.post(body, keyed('k-11'));
      expect([last.status, last.text]).toEqual([200, first.text]);
      await harness.advance(end + 1 - now());
      for (const options of [{}, ASYNC]) {
        const late = await harness.post(body, keyed('k-11', options));
        expect(late.status).toBe(422);
        expect(late.problem).toMatchObject({
          error: 'idempotency-key-expired',
          message: expect.stringContaining('use a new key'),
          request_id: first.mpic.mpic_id,
        });
      }
      const fresh = await harness.post(body, keyed('k-12'));
      expect(fresh.headers.has('idempotency-replayed')).toBe(false);
      expect(fresh.mpic.mpic_id).not.toBe(first.mpic.mpic_id);
    },
  );

  it('RA-09 keeps a single-use Request Token used after its answer is too old to be repeated', async () => {
    const body = {
      check_type: 'dcv',
      domain_or_ip_target: NAME,
      dcv_check_parameters: {
        validation_method: 'dns-change',
        dns_record_type: 'TXT',
        challenge_value: 'rt-7f3c90e1b2d4a6f8091b',
        challenge_type: 'request-token',
      },
    };
    const harness = await bed.start();
    const first = await harness.post(body);
    const end = Date.parse(first.mpic.completed_at) + 24 * 3_600_000;
    await harness.advance(end - bed.bench.time.createClock().now());
    expect((await harness.post(body)).text).toBe(first.text);
    await harness.advance(1);
    const late = await harness.post(body);
    expect([late.status, late.problem.error]).toEqual([422, 'request-token-used']);
  });

  it('repeats the answer to CAA for its TTL, if that is more than 8 hours', async () => {
    const day = zone({ [NAME]: [issue(CA)] }, { [NAME]: { ttl: 86_400 } });
    const harness = await bed.start({ views: views(SIX, day) });
    const first = await harness.post(caaRequest(), keyed('k-13'));
    await harness.advance(23 * 3_600_000);
    expect((await harness.post(caaRequest(), keyed('k-13'))).text).toBe(first.text);
    await harness.advance(2 * 3_600_000);
    expect((await harness.post(caaRequest(), keyed('k-13'))).status).toBe(422);
  });
});
