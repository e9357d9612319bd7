import { describe, expect, it } from 'vitest';
import { parseCheckJob } from '../../shared/contract/messages/check-job.ts';
import { sleep } from '../../shared/ports/clock.ts';
import { QueueUnavailableError } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import type { OpenBench } from '../support/bench.ts';
import type { Around, PortCall } from '../support/faults.ts';
import { ASYNC, caaRequest, type Harness } from '../support/harness.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';

const [ONE = ''] = SIX;
const KEY = { headers: { 'idempotency-key': 'k' } };

/** Fails the calls that `hit` selects, before their effect or after it, at most `times` times. */
function failing(
  hit: (call: PortCall) => boolean,
  { after = false, times = Number.POSITIVE_INFINITY } = {},
): Around {
  let left = times;
  return async (call, effect) => {
    if (!hit(call) || left === 0) return effect();
    left -= 1;
    if (after) await effect();
    const isQueue = call.port === 'jobs' || call.port === 'deadlines';
    throw isQueue ? new QueueUnavailableError('down') : new StoreUnavailableError('down');
  };
}

const calls =
  (port: PortCall['port'], method: string) =>
  (call: PortCall): boolean =>
    call.port === port && call.method === method;

/** One component fails: an accepted request still ends exactly once, a rejected one leaves nothing. */
export function describeFailures(name: string, open: OpenBench): void {
  describe(`Failures: ${name}`, () => {
    const bed = useHarness(open);

    /** Checks for one completed request, one verdict, one event, one set of records. */
    async function expectOneEnd(harness: Harness, id: string, isValid: boolean): Promise<void> {
      await harness.advance(2 * harness.attemptMs + 3000);
      const record = await harness.record(id);
      expect(record).toMatchObject({ status: 'completed' });
      expect(record.verdicts.at(-1)?.isValid).toBe(isValid);
      const { audit, events } = bed.bench;
      expect(new Set(events.filter((event) => event.mpic_id === id).map(({ event_id }) => event_id))).toEqual(
        new Set([`${id}/completed`]),
      );
      expect(audit.idsOf(id, 'quorum-decision')).toHaveLength(record.attempt);
      expect(audit.contradictions).toEqual([]);
    }

    it('a job queue that fails once is tried again', async () => {
      const harness = await bed.start({ around: failing(calls('jobs', 'send'), { times: 6 }) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.baseline_requirements.quorum).toBe('6/6');
    });

    it('a perspective whose queue is down does not corroborate', async () => {
      const isDown = (call: PortCall) =>
        calls('jobs', 'send')(call) && parseCheckJob(call.about).perspective === ONE;
      const harness = await bed.start({ around: failing(isDown) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '5/6' } });
      expect(harness.log.entries.filter(({ event }) => event === 'check_job_not_sent')).toHaveLength(3);
    });

    it('a request with all job queues down ends at the deadline', async () => {
      const harness = await bed.start({ around: failing(calls('jobs', 'send')) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '0/6' } });
      await expectOneEnd(harness, mpic.mpic_id, false);
    });

    it('a request whose deadline message cannot be sent is not accepted, and no job is sent', async () => {
      let asked = 0;
      const down = failing(calls('deadlines', 'send'));
      const harness = await bed.start({
        around: (call, effect) => {
          if (call.port === 'jobs') asked += 1;
          return down(call, effect);
        },
      });
      const reply = await harness.post(caaRequest(), KEY);
      expect([reply.status, reply.problem.error]).toEqual([503, 'service-unavailable']);
      expect(reply.headers.get('retry-after')).toBe('1');
      await harness.advance(harness.attemptMs);
      expect(asked).toBe(0);
      expect(bed.bench.events).toEqual([]);
    });

    it('a request is rejected with 503 while the store is down, and the same key works afterwards', async () => {
      const harness = await bed.start({ around: failing(calls('requests', 'create'), { times: 1 }) });
      const refused = await harness.post(caaRequest(), KEY);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(JSON.stringify(refused.body)).not.toContain('down');
      const { mpic } = await harness.post(caaRequest(), KEY);
      expect(mpic.is_valid).toBe(true);
      await expectOneEnd(harness, mpic.mpic_id, true);
      expect(bed.bench.events).toHaveLength(1);
    });

    it('a request that is stored with a lost response gets 503, and ends nevertheless', async () => {
      const harness = await bed.start({
        around: failing(calls('requests', 'create'), { times: 1, after: true }),
      });
      expect((await harness.post(caaRequest(), KEY)).status).toBe(503);
      await harness.advance(harness.attemptMs + 2000);
      const [event] = bed.bench.events;
      await expectOneEnd(harness, event?.mpic_id ?? '', false);
      // The key belongs to that request now.
      const again = await harness.post(caaRequest(), KEY);
      expect(again.mpic).toMatchObject({ mpic_id: event?.mpic_id, is_valid: false });
    });

    it('a client that repeats such a request after Retry-After gets its answer', async () => {
      const harness = await bed.start({
        around: failing(calls('requests', 'create'), { times: 1, after: true }),
      });
      const refused = await harness.post(caaRequest(), KEY);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      await harness.advance(1000);
      const again = await harness.post(caaRequest(), KEY);
      expect(again.mpic).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '6/6' } });
    });

    it('results that cannot be read at the deadline do not count as missing: the deadline message counts them', async () => {
      let isDown = false;
      const harness = await bed.start({
        around: (call, effect) => {
          const isRead = ['nextResults', 'readResults', 'snapshot'].includes(call.method);
          if (isDown && call.port === 'results' && isRead) throw new StoreUnavailableError('down');
          return effect();
        },
      });
      isDown = true;
      const sending = harness.send(caaRequest(), KEY);
      await harness.advance(harness.attemptMs - 1500 + 500);
      const reply = await harness.until(sending);
      expect(reply.status).toBe(202);
      isDown = false;
      const { job } = await harness.get(`/mpic/${reply.accepted.mpic_id}?wait=25`);
      expect(job.response).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '6/6' } });
      await expectOneEnd(harness, reply.accepted.mpic_id, true);
    });

    it('a job queue that does not respond delays no request, and its perspective does not corroborate', async () => {
      const isHung = (call: PortCall) =>
        calls('jobs', 'send')(call) && parseCheckJob(call.about).perspective === ONE;
      const harness = await bed.start({
        around: (call, effect) => (isHung(call) ? new Promise(() => {}) : effect()),
      });
      const { accepted, status } = await harness.post(caaRequest(), ASYNC);
      expect(status).toBe(202);
      const { job } = await harness.get(`/mpic/${accepted.mpic_id}?wait=25`);
      expect(job.response).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '5/6' } });
      const given = harness.log.entries.filter(({ event }) => event === 'check_job_not_sent');
      expect(given.map(({ fields }) => fields.givenUp)).toEqual([true]);
    });

    it('a read while the store is down gets 503', async () => {
      const harness = await bed.start({ around: failing(calls('requests', 'read')) });
      const reply = await harness.get('/mpic/00000000-0000-7000-8000-000000000000');
      expect([reply.status, reply.problem.error]).toEqual([503, 'service-unavailable']);
    });

    it('a store that fails while results are awaited only delays the answer', async () => {
      const harness = await bed.start({ around: failing(calls('results', 'nextResults'), { times: 3 }) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.baseline_requirements.quorum).toBe('6/6');
    });

    it('a perspective that cannot store its result retries', async () => {
      const harness = await bed.start({
        around: failing((call) => calls('results', 'record')(call) && call.about === ONE, { times: 1 }),
      });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.baseline_requirements.quorum).toBe('5/6');
      await harness.advance(harness.attemptMs);
      const { job } = await harness.get(`/mpic/${mpic.mpic_id}`);
      expect(job.late_results.map(({ perspective_code }) => perspective_code)).toEqual([ONE]);
    });

    it.each([
      { name: 'before its effect', after: false },
      { name: 'after its effect', after: true },
    ])('a verdict whose write fails $name is decided once', async ({ after }) => {
      const harness = await bed.start({ around: failing(calls('requests', 'close'), { times: 1, after }) });
      const first = await harness.post(caaRequest(), KEY);
      // The request is accepted, and ends without this process.
      expect(first.status).toBe(202);
      await harness.advance(harness.attemptMs + 2000);
      const again = await harness.post(caaRequest(), KEY);
      expect(again.mpic).toMatchObject({ mpic_id: first.accepted.mpic_id, is_valid: true });
      await expectOneEnd(harness, again.mpic.mpic_id, true);
    });

    it.each([
      { port: 'bus', method: 'publish' },
      { port: 'audit', method: 'append' },
      { port: 'requests', method: 'markPublished' },
    ] as const)(
      'when $port.$method fails, the answer is sent, and the deadline message retries',
      async (where) => {
        let isDown = false;
        const down = failing(calls(where.port, where.method));
        const harness = await bed.start({
          around: (call, effect) => (isDown ? down(call, effect) : effect()),
        });
        isDown = true;
        const { mpic } = await harness.post(caaRequest());
        expect(mpic.is_valid).toBe(true);
        isDown = false;
        await expectOneEnd(harness, mpic.mpic_id, true);
      },
    );

    it('no event is sent before the audit records are written', async () => {
      let isDown = false;
      const down = failing(calls('audit', 'append'));
      const harness = await bed.start({ around: (call, effect) => (isDown ? down(call, effect) : effect()) });
      isDown = true;
      const { mpic } = await harness.post(caaRequest());
      expect(bed.bench.events).toEqual([]);
      isDown = false;
      await expectOneEnd(harness, mpic.mpic_id, true);
    });

    it.each([
      { name: 'synchronous', options: {} },
      { name: 'asynchronous', options: ASYNC },
    ])('early and duplicate deadline messages end nothing: $name', async ({ options }) => {
      const deadlines: string[] = [];
      const harness = await bed.start({
        silent: SIX.slice(0, 2),
        around(call, effect) {
          if (call.port === 'deadlines' && call.method === 'send') deadlines.push(call.about);
          return effect();
        },
      });
      const sending = harness.send(caaRequest(), options);
      // While the linger time still runs.
      await harness.advance(harness.config.lingerMs - 1);
      for (const body of [...deadlines, ...deadlines]) await harness.backend.deadlines.send(body, 0);
      const reply = await harness.until(sending);
      await expectOneEnd(harness, reply.accepted.mpic_id, true);
    });

    it('two processes that decide at the deadline at the same time write one verdict and one event id', async () => {
      const clock = bed.bench.time.createClock();
      let meet = () => {};
      const met = new Promise<void>((resolve) => {
        meet = resolve;
      });
      const both = () => Promise.race([met, sleep(clock, 10_000)]);
      let deciding = 0;
      const harness = await bed.start({
        silent: SIX.slice(0, 3),
        // The waiting process does not write its verdict until the deadline message has one, too.
        async around(call, effect) {
          if (!calls('requests', 'close')(call)) return effect();
          deciding += 1;
          if (deciding === 2) meet();
          await both();
          return effect();
        },
      });
      const reply = await harness.post(caaRequest());
      // Its client may get a 202 before the second one decides.
      await harness.until(both());
      expect(deciding).toBe(2);
      await expectOneEnd(harness, reply.accepted.mpic_id, false);
    });

    it('an unexpected error is a 500 without details', async () => {
      const harness = await bed.start({
        around: (call, effect) => {
          if (calls('requests', 'create')(call)) throw new Error('a secret of the server');
          return effect();
        },
      });
      const reply = await harness.post(caaRequest());
      expect([reply.status, reply.problem.error]).toEqual([500, 'internal-error']);
      expect(JSON.stringify(reply.body)).not.toContain('secret');
      const entry = harness.log.entries.find(({ event }) => event === 'request_failed');
      expect(entry?.fields).toMatchObject({ requestId: reply.problem.request_id });
    });
  });
}
