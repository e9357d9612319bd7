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

/** Fail calls that `hit` picks, before their effect or after it, as long as `when` says. */
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

/** A part of the machinery fails: what was accepted still ends, once; what was not leaves nothing. */
export function describeFailures(name: string, open: OpenBench): void {
  describe(`Failures: ${name}`, () => {
    const bed = useHarness(open);

    /** One completed request, one verdict, one event, one set of records. */
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

    it('a job queue that refuses once is asked again', async () => {
      const harness = await bed.start({ around: failing(calls('jobs', 'send'), { times: 6 }) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.baseline_requirements.quorum).toBe('6/6');
    });

    it('a perspective whose queue is down is silent', async () => {
      const isDown = (call: PortCall) =>
        calls('jobs', 'send')(call) && parseCheckJob(call.about).perspective === ONE;
      const harness = await bed.start({ around: failing(isDown) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '5/6' } });
      expect(harness.log.entries.filter(({ event }) => event === 'check_job_not_sent')).toHaveLength(3);
    });

    it('with all job queues down the request ends at the deadline', async () => {
      const harness = await bed.start({ around: failing(calls('jobs', 'send')) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '0/6' } });
      await expectOneEnd(harness, mpic.mpic_id, false);
    });

    it('when the deadline cannot be announced the request is not accepted, and nobody is asked', async () => {
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

    it('a store that is down refuses with 503, and the same key works afterwards', async () => {
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

    it('a store that wrote the request and lost its answer: 503, and the request ends all the same', async () => {
      const harness = await bed.start({
        around: failing(calls('requests', 'create'), { times: 1, after: true }),
      });
      expect((await harness.post(caaRequest(), KEY)).status).toBe(503);
      await harness.advance(harness.attemptMs + 2000);
      const [event] = bed.bench.events;
      await expectOneEnd(harness, event?.mpic_id ?? '', false);
      // The key stands for that request now.
      const again = await harness.post(caaRequest(), KEY);
      expect(again.mpic).toMatchObject({ mpic_id: event?.mpic_id, is_valid: false });
    });

    it('a client that comes back after Retry-After for such a request gets its answer', async () => {
      const harness = await bed.start({
        around: failing(calls('requests', 'create'), { times: 1, after: true }),
      });
      const refused = await harness.post(caaRequest(), KEY);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      await harness.advance(1000);
      const again = await harness.post(caaRequest(), KEY);
      expect(again.mpic).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '6/6' } });
    });

    it('results that cannot be read at the end are not silence: the deadline counts them', async () => {
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

    it('a job queue that does not answer keeps nobody waiting, and its perspective is silent', async () => {
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

    it('reading while the store is down: 503', async () => {
      const harness = await bed.start({ around: failing(calls('requests', 'read')) });
      const reply = await harness.get('/mpic/00000000-0000-7000-8000-000000000000');
      expect([reply.status, reply.problem.error]).toEqual([503, 'service-unavailable']);
    });

    it('a store that fails while results are awaited delays the answer only', async () => {
      const harness = await bed.start({ around: failing(calls('results', 'nextResults'), { times: 3 }) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.baseline_requirements.quorum).toBe('6/6');
    });

    it('a perspective that cannot store its result tries again', async () => {
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
      { name: 'before the write', after: false },
      { name: 'after the write', after: true },
    ])('a verdict whose writing fails $name is still taken once', async ({ after }) => {
      const harness = await bed.start({ around: failing(calls('requests', 'close'), { times: 1, after }) });
      const first = await harness.post(caaRequest(), KEY);
      // It is accepted, and ends without this process.
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
      '$port.$method fails: the answer goes out, and the deadline makes up for it',
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

    it('no event goes out before the audit trail has the request', async () => {
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
    ])('deadlines that come too early, more than once, end nothing: $name', async ({ options }) => {
      const deadlines: string[] = [];
      const harness = await bed.start({
        silent: SIX.slice(0, 2),
        around(call, effect) {
          if (call.port === 'deadlines' && call.method === 'send') deadlines.push(call.about);
          return effect();
        },
      });
      const sending = harness.send(caaRequest(), options);
      // While the stragglers still have their time.
      await harness.advance(harness.config.lingerMs - 1);
      for (const body of [...deadlines, ...deadlines]) await harness.backend.deadlines.send(body, 0);
      const reply = await harness.until(sending);
      await expectOneEnd(harness, reply.accepted.mpic_id, true);
    });

    it('two that decide at once, at the deadline: one verdict, one event id', async () => {
      const clock = bed.bench.time.createClock();
      let meet = () => {};
      const met = new Promise<void>((resolve) => {
        meet = resolve;
      });
      const both = () => Promise.race([met, sleep(clock, 10_000)]);
      let deciding = 0;
      const harness = await bed.start({
        silent: SIX.slice(0, 3),
        // The waiting process holds its verdict until the deadline message has one, too.
        async around(call, effect) {
          if (!calls('requests', 'close')(call)) return effect();
          deciding += 1;
          if (deciding === 2) meet();
          await both();
          return effect();
        },
      });
      const reply = await harness.post(caaRequest());
      // Its client may be told to come back later before the second one decides.
      await harness.until(both());
      expect(deciding).toBe(2);
      await expectOneEnd(harness, reply.accepted.mpic_id, false);
    });

    it('what the service did not expect is a 500 that tells nothing', async () => {
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
