import { describe, expect, it } from 'vitest';
import { type CheckJob, parseCheckJob, serialiseCheckJob } from '../../shared/contract/messages/check-job.ts';
import { serialiseDeadline } from '../../shared/contract/messages/deadline.ts';
import { sleep } from '../../shared/ports/clock.ts';
import type { OpenBench } from '../support/bench.ts';
import type { Around } from '../support/faults.ts';
import { ASYNC, caaRequest, type Harness } from '../support/harness.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { forbids } from '../support/views.ts';

const [ONE = '', TWO = ''] = SIX;
const OVERSIZED = JSON.stringify({ contract: '1.0', padding: 'x'.repeat(300 * 1024) });

/** Messages that are duplicate, late, out of order, or unreadable. */
export function describeMessages(name: string, open: OpenBench): void {
  describe(`Messages: ${name}`, () => {
    const bed = useHarness(open);

    /** Records every message that is sent. */
    function remember() {
      const jobs: string[] = [];
      const deadlines: string[] = [];
      const wakeUps: string[] = [];
      const around: Around = (call, effect) => {
        if (call.method === 'send') {
          if (call.port === 'jobs') jobs.push(call.about);
          if (call.port === 'deadlines') deadlines.push(call.about);
          if (call.port === 'wakeUps') wakeUps.push(call.about);
        }
        return effect();
      };
      return { around, sent: { jobs, deadlines, wakeUps } };
    }

    async function sendAgain(harness: Harness, sent: ReturnType<typeof remember>['sent']) {
      const { backend } = harness;
      for (const body of [...sent.jobs])
        await harness.until(backend.jobs.send(parseCheckJob(body).perspective, body));
      for (const body of [...sent.deadlines]) await harness.until(backend.deadlines.send(body, 0));
      for (const body of [...sent.wakeUps]) await harness.until(backend.wakeUps.send(body));
    }

    it('repeating every message after the verdict changes nothing', async () => {
      const { around, sent } = remember();
      const harness = await bed.start({ around });
      const { mpic } = await harness.post(caaRequest());
      const before = await harness.record(mpic.mpic_id);
      await sendAgain(harness, sent);
      await harness.advance(harness.attemptMs);
      const after = await harness.record(mpic.mpic_id);
      expect({ ...after, published: true }).toEqual({ ...before, published: true });
      expect((await harness.get(`/mpic/${mpic.mpic_id}`)).job).toMatchObject({
        response: mpic,
        late_results: [],
      });
      expect(new Set(bed.bench.events.map(({ event_id }) => event_id)).size).toBe(1);
      expect(bed.bench.audit.contradictions).toEqual([]);
    });

    it('sending every message twice while the request runs counts no result twice', async () => {
      let harness: Harness | null = null;
      const started = await bed.start({
        silent: SIX.slice(3),
        async around(call, effect) {
          const result = await effect();
          if (call.method !== 'send' || harness === null) return result;
          const { jobs, deadlines, wakeUps } = harness.backend;
          if (call.port === 'jobs') await jobs.send(parseCheckJob(call.about).perspective, call.about);
          if (call.port === 'wakeUps') await wakeUps.send(call.about);
          if (call.port === 'deadlines') await deadlines.send(call.about, 0);
          return result;
        },
      });
      harness = started;
      for (const options of [{}, ASYNC]) {
        const posted = await started.post(caaRequest(), options);
        const { job } = await started.get(`/mpic/${posted.accepted.mpic_id}?wait=25`);
        expect(job.response).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '3/6' } });
      }
    });

    it.each([
      { name: 'synchronous', options: {} },
      { name: 'asynchronous', options: ASYNC },
    ])('handling the last message first gives the same verdict: $name', async ({ options }) => {
      const clock = bed.bench.time.createClock();
      let handled = 0;
      const harness = await bed.start({
        views: { [ONE]: forbids },
        async around(call, effect) {
          if (call.method === 'deliver') await sleep(clock, Math.max(0, 120 - 10 * handled++));
          return effect();
        },
      });
      const posted = await harness.post(caaRequest(), options);
      const { job } = await harness.get(`/mpic/${posted.accepted.mpic_id}?wait=25`);
      expect(job.response).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '5/6' } });
    });

    it('a deadline message for an unknown request is dropped', async () => {
      const harness = await bed.start();
      const body = serialiseDeadline({
        requestId: '01978f00-0000-7000-8000-000000000001',
        attempt: 1,
        attemptToken: 'of no start',
        asked: SIX,
        putOffs: 3,
      });
      await harness.until(harness.backend.deadlines.send(body, 0));
      await harness.advance(bed.bench.giveUpMs ?? harness.attemptMs);
      expect(harness.log.entries.some(({ event }) => event === 'deadline_without_attempt')).toBe(true);
      expect(await bed.bench.deadLetters('deadlines')).toEqual([]);
    });

    it('a job of a newer minor version with unknown members is run', async () => {
      let harness: Harness | null = null;
      const started = await bed.start({
        around: (call, effect) => {
          if (call.port !== 'jobs' || call.method !== 'send' || harness === null) return effect();
          const job: CheckJob = parseCheckJob(call.about);
          const newer = JSON.stringify({ ...JSON.parse(call.about), contract: '1.9', mood: { fine: true } });
          return harness.backend.jobs.send(job.perspective, newer).then(() => undefined as never);
        },
      });
      harness = started;
      const { mpic } = await started.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '6/6' } });
    });

    const job = serialiseCheckJob({
      requestId: '01978f00-0000-7000-8000-000000000001',
      attempt: 1,
      perspective: TWO,
      check: {
        checkType: 'caa',
        target: { kind: 'domain', name: 'shop.example.test', wildcard: false },
        caa: {
          certificateType: 'tls-server',
          caaDomains: [],
          allowLookupFailure: false,
          accountUris: null,
          validationMethods: null,
          enforceRfc8657: false,
        },
      },
      policy: 'baseline-requirements',
      traceIdentifier: null,
      deadline: 0,
      budgetMs: 10_000,
      notify: false,
      attemptToken: null,
      requestDigest: null,
    });
    it.each([
      { name: 'an invalid JSON text', body: 'not json' },
      { name: 'a message without a contract version', body: '{}' },
      {
        name: 'a message of an unknown major version',
        body: JSON.stringify({ ...JSON.parse(job), contract: '2.0' }),
      },
      {
        name: 'a job without a required member',
        body: JSON.stringify({ ...JSON.parse(job), check: undefined }),
      },
      { name: 'a job for another perspective', body: job },
    ])(
      '$name ends in the dead-letter queue of jobs, is logged and dropped as a wake-up, and blocks no queue',
      async ({ body }) => {
        const { giveUpMs } = bed.bench;
        const harness = await bed.start();
        await harness.until(harness.backend.jobs.send(ONE, body));
        await harness.until(harness.backend.wakeUps.send(body));
        await harness.until(harness.backend.deadlines.send(body, 0));
        const { mpic } = await harness.post(caaRequest());
        expect(mpic.baseline_requirements.quorum).toBe('6/6');
        if (giveUpMs === null) return;
        await harness.advance(giveUpMs);
        expect(await bed.bench.deadLetters(ONE)).toEqual([body]);
        expect(await bed.bench.deadLetters('wake-ups')).toEqual([]);
        expect(harness.log.entries.filter(({ event }) => event === 'wake_up_unreadable')).toHaveLength(1);
        // A deadline message is retried longer: only the service itself may send to that queue.
        expect(await bed.bench.deadLetters('deadlines')).toEqual([]);
        expect(bed.bench.events).toHaveLength(1);
      },
    );

    it('a message that is too long is rejected by the queue', async () => {
      const harness = await bed.start();
      await expect(harness.until(harness.backend.jobs.send(ONE, OVERSIZED))).rejects.toThrow();
      await expect(harness.until(harness.backend.wakeUps.send(OVERSIZED))).rejects.toThrow();
      await expect(harness.until(harness.backend.deadlines.send(OVERSIZED, 0))).rejects.toThrow();
    });
  });
}
