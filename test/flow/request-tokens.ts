import { describe, expect, it } from 'vitest';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, type SendOptions } from '../support/harness.ts';
import { useHarness } from '../support/use-harness.ts';

const KEYS = ['one', 'two'].map((name) => ({ name, sha256: hashKey(`key-of-caller-${name}`) }));
const as = (name: string, headers: Record<string, string> = {}): SendOptions => ({
  ...ASYNC,
  headers: { ...ASYNC.headers, 'x-api-key': `key-of-caller-${name}`, ...headers },
});

const TOKEN = 'rt-7f3c90e1b2d4a6f8091b';

/** A validation by a Request Token; `changes` apply to its parameters. */
const request = (changes: Record<string, unknown> = {}, others: Record<string, unknown> = {}) => ({
  check_type: 'dcv',
  domain_or_ip_target: 'shop.example.test',
  ...others,
  dcv_check_parameters: {
    validation_method: 'dns-change',
    dns_record_type: 'TXT',
    challenge_value: TOKEN,
    challenge_type: 'request-token',
    ...changes,
  },
});

/** RA-09 of the rules: a Request Token without a time is for a single use (TLS BR 1.6.1 [definitions]). */
export function describeRequestTokens(name: string, open: OpenBench): void {
  describe(`Request Tokens without a time: ${name}`, () => {
    const bed = useHarness(open);
    const start = () => bed.start({ config: { apiKeys: KEYS } });

    it.each<{ name: string; first?: object; second: object; options?: SendOptions; used: boolean }>([
      {
        name: 'RA-09 a second use for another name',
        second: request({}, { domain_or_ip_target: 'www.example.test' }),
        used: true,
      },
      {
        name: 'RA-09 a second use by another method',
        second: request({
          validation_method: 'website-change',
          dns_record_type: undefined,
          http_token_path: 'token',
        }),
        used: true,
      },
      {
        name: 'RA-09 a second use for the same name, in another request',
        second: request({}, { trace_identifier: 'again' }),
        used: true,
      },
      {
        name: 'RA-09 a second use in different case',
        second: request({ challenge_value: TOKEN.toUpperCase() }),
        used: true,
      },
      {
        name: 'RA-09 a second use by another caller, with the same body',
        second: request(),
        options: as('two'),
        used: true,
      },
      {
        name: 'RA-09 a second use under an idempotency key',
        second: request({}, { trace_identifier: 'again' }),
        options: as('one', { 'idempotency-key': 'k' }),
        used: true,
      },
      { name: 'the same request again, which returns the same id', second: request(), used: false },
      {
        name: 'the same request again under an idempotency key',
        second: request(),
        options: as('one', { 'idempotency-key': 'k' }),
        used: false,
      },
    ])('$name: used up is $used', async ({ first = request(), second, options = as('one'), used }) => {
      const harness = await start();
      const accepted = await harness.post(first, as('one'));
      expect(accepted.status, accepted.text).toBe(202);
      const reply = await harness.post(second, options);
      if (used) {
        expect([reply.status, reply.problem.error]).toEqual([422, 'request-token-used']);
        expect(reply.text).not.toContain(accepted.accepted.mpic_id);
        return;
      }
      expect(reply.status).toBe(202);
      expect(reply.headers.get('idempotency-replayed')).toBe('true');
      expect(reply.accepted.mpic_id).toBe(accepted.accepted.mpic_id);
    });

    it('one of many simultaneous uses is accepted', async () => {
      const harness = await start();
      const sending = Array.from({ length: 8 }, (_, index) =>
        harness.send(request({}, { trace_identifier: String(index) }), as(index % 2 === 0 ? 'one' : 'two')),
      );
      const replies = await harness.until(Promise.all(sending));
      expect(replies.map(({ status }) => status).sort()).toEqual([202, ...Array(7).fill(422)]);
    });

    it.each([
      { name: 'a token that contains its time', changes: { challenge_created_at: 'now' } },
      { name: 'a Random Value', changes: { challenge_type: 'random-value' } },
      { name: 'a value without challenge_type', changes: { challenge_type: undefined } },
    ])('$name may be used again', async ({ changes }) => {
      const harness = await start();
      const time = new Date(bed.bench.time.createClock().now() - 1000).toISOString();
      const stamped = 'challenge_created_at' in changes ? { challenge_created_at: time } : changes;
      for (const trace of ['first', 'second']) {
        const reply = await harness.post(request(stamped, { trace_identifier: trace }), as('one'));
        expect(reply.status, reply.text).toBe(202);
      }
    });

    it('a rejected request does not use up its token', async () => {
      const harness = await start();
      expect((await harness.post(request({ dns_name_prefix: 'no-underscore' }), as('one'))).status).toBe(400);
      expect((await harness.post(request(), as('one'))).status).toBe(202);
    });
  });
}
