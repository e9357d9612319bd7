import { describe, expect, it } from 'vitest';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest, type SendOptions } from '../support/harness.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';

const keyed = (key: string, more: SendOptions = {}): SendOptions => ({
  ...more,
  headers: { ...more.headers, 'idempotency-key': key },
});

/** An API key as the configuration stores it. */
const hashed = ({ name, key }: { name: string; key: string }) => ({ name, sha256: hashKey(key) });

export function describeIdempotency(name: string, open: OpenBench): void {
  describe(`Idempotency-Key: ${name}`, () => {
    const bed = useHarness(open);

    it('the same key and body return the same request', async () => {
      const harness = await bed.start();
      const first = await harness.post(caaRequest(), keyed('k-1'));
      const second = await harness.post(caaRequest(), keyed('k-1'));
      expect(second.status).toBe(200);
      expect(second.text).toBe(first.text);
      expect(first.headers.has('idempotency-replayed')).toBe(false);
      expect(second.headers.get('idempotency-replayed')).toBe('true');
      expect(bed.bench.events).toHaveLength(1);
    });

    it('the same key with another body gets 422', async () => {
      const harness = await bed.start();
      await harness.post(caaRequest(), keyed('k-2'));
      const reply = await harness.post(caaRequest({ trace_identifier: 'other' }), keyed('k-2'));
      expect(reply.status).toBe(422);
      expect(reply.problem.error).toBe('idempotency-key-reused');
    });

    it('the same key with an invalid body gets 422, too', async () => {
      const harness = await bed.start();
      await harness.post(caaRequest(), keyed('k-3'));
      const reply = await harness.post({ check_type: 'none' }, keyed('k-3'));
      expect(reply.status).toBe(422);
    });

    it('another key is another request', async () => {
      const harness = await bed.start();
      const first = await harness.post(caaRequest(), keyed('k-4'));
      const second = await harness.post(caaRequest(), keyed('k-5'));
      expect(second.mpic.mpic_id).not.toBe(first.mpic.mpic_id);
    });

    it('the same key of another caller is another request', async () => {
      const apiKeys = [
        { name: 'one', key: 'key-of-caller-one' },
        { name: 'two', key: 'key-of-caller-two' },
      ];
      const harness = await bed.start({ config: { apiKeys: apiKeys.map(hashed) } });
      const [first, second] = [
        await harness.post(caaRequest(), keyed('k', { headers: { 'x-api-key': 'key-of-caller-one' } })),
        await harness.post(caaRequest(), keyed('k', { headers: { 'x-api-key': 'key-of-caller-two' } })),
      ];
      expect([first?.status, second?.status]).toEqual([200, 200]);
      expect(second?.mpic.mpic_id).not.toBe(first?.mpic.mpic_id);
    });

    it.each([
      { name: 'synchronous', options: {} },
      { name: 'asynchronous', options: ASYNC },
    ])('twenty simultaneous $name duplicates cause one request', async ({ options }) => {
      const harness = await bed.start();
      const replies = await harness.until(
        Promise.all(Array.from({ length: 20 }, () => harness.send(caaRequest(), keyed('k-6', options)))),
      );
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([options === ASYNC ? 202 : 200]));
      const ids = new Set(replies.map(({ accepted }) => accepted.mpic_id));
      expect(ids.size).toBe(1);
      const [id = ''] = ids;
      await harness.get(`/mpic/${id}?wait=25`);
      await harness.advance(harness.attemptMs);
      expect(bed.bench.events.map((event) => event.mpic_id)).toContain(id);
      expect(new Set(bed.bench.events.map((event) => event.event_id)).size).toBe(1);
      expect(bed.bench.audit.idsOf(id, 'perspective-check')).toHaveLength(6);
      expect(bed.bench.audit.contradictions).toEqual([]);
    });

    it('a synchronous repetition of an asynchronous request waits for its answer', async () => {
      const harness = await bed.start();
      const { accepted } = await harness.post(caaRequest(), keyed('k-7', ASYNC));
      const reply = await harness.post(caaRequest(), keyed('k-7'));
      expect(reply.status).toBe(200);
      expect(reply.mpic).toMatchObject({ mpic_id: accepted.mpic_id, is_valid: true });
    });

    it('an asynchronous repetition of a finished request returns its id', async () => {
      const harness = await bed.start();
      const { mpic } = await harness.post(caaRequest(), keyed('k-8'));
      const reply = await harness.post(caaRequest(), keyed('k-8', ASYNC));
      expect(reply.status).toBe(202);
      expect(reply.headers.get('idempotency-replayed')).toBe('true');
      expect(reply.accepted).toMatchObject({ mpic_id: mpic.mpic_id, status: 'completed' });
    });

    it('a repetition sends the jobs again after they were lost', async () => {
      let isLossy = true;
      const harness = await bed.start({
        // Longer than the time after which a repetition sends jobs again.
        config: { checkTimeoutMs: 4_000, requestTimeoutMs: 8_000 },
        around: (call, effect) =>
          isLossy && call.port === 'jobs' && call.method === 'send'
            ? Promise.resolve(undefined as never)
            : effect(),
      });
      const { accepted } = await harness.post(caaRequest(), keyed('k-9', ASYNC));
      isLossy = false;
      await harness.advance(2100);
      const early = await harness.get(`/mpic/${accepted.mpic_id}`);
      expect(early.job).toMatchObject({ status: 'running', progress: { expected: SIX.length, received: 0 } });
      const reply = await harness.post(caaRequest(), keyed('k-9'));
      expect(reply.mpic).toMatchObject({ mpic_id: accepted.mpic_id, is_valid: true });
    });

    it('repetitions of a running request send its jobs again at most once in two seconds', async () => {
      const sent: string[] = [];
      const harness = await bed.start({
        silent: SIX,
        config: { checkTimeoutMs: 4_000, requestTimeoutMs: 8_000 },
        around: (call, effect) => {
          if (call.port === 'jobs' && call.method === 'send') sent.push(call.about);
          return effect();
        },
      });
      const { accepted } = await harness.post(caaRequest(), keyed('k-11', ASYNC));
      const repeatOften = () =>
        harness.until(
          Promise.all(Array.from({ length: 50 }, () => harness.send(caaRequest(), keyed('k-11', ASYNC)))),
        );
      await repeatOften();
      expect(sent).toHaveLength(SIX.length);
      await harness.advance(2000);
      const replies = await repeatOften();
      expect(sent).toHaveLength(2 * SIX.length);
      expect(new Set(replies.map((reply) => reply.accepted.mpic_id))).toEqual(new Set([accepted.mpic_id]));
    });

    it('waiting repetitions count as running requests', async () => {
      const harness = await bed.start({ silent: SIX, config: { maxRunning: 3 } });
      await harness.post(caaRequest(), keyed('k-12', ASYNC));
      // If the store does not know what is running, asynchronous requests are not counted.
      const places = 3 - (harness.backend.countOpen() ?? 0);
      const sending = Array.from({ length: 10 }, () => harness.send(caaRequest(), keyed('k-12')));
      const replies = await harness.until(Promise.all(sending));
      const refused = replies.filter(({ status }) => status === 503);
      expect(refused).toHaveLength(10 - places);
      expect(new Set(refused.map(({ problem }) => problem.error))).toEqual(new Set(['overloaded']));
    });

    it('a repetition is answered even if the request would be rejected now', async () => {
      // Just before 2026-12-15 four perspectives are enough; five minutes later they are not.
      const longest = 3 * 72_000;
      await bed.openAt(Date.UTC(2026, 11, 15) - longest - 5_000);
      const harness = await bed.start({ config: { checkTimeoutMs: 10_000, requestTimeoutMs: 25_000 } });
      const body = caaRequest({ orchestration_parameters: { perspective_count: 4 } });
      const first = await harness.post(body, keyed('k-10'));
      expect(first.status).toBe(200);
      await harness.advance(6_000);
      expect((await harness.post(body)).status).toBe(400);
      const again = await harness.post(body, keyed('k-10'));
      expect(again.status).toBe(200);
      expect(again.mpic).toEqual(first.mpic);
    });

    it.each(['', ' ', 'a b', 'x'.repeat(256), 'schlüssel'])('the key %j is rejected', async (key) => {
      const harness = await bed.start();
      const reply = await harness.post(caaRequest(), keyed(key));
      // HTTP itself strips white space around a header value.
      expect(reply.status).toBe(400);
      expect(reply.problem.error).toBe('invalid-idempotency-key');
    });
  });
}
