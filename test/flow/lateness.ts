import { describe, expect, it } from 'vitest';
import { sleep } from '../../shared/ports/clock.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest } from '../support/harness.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { changing, crashing, forbids, hanging, late, permits } from '../support/views.ts';

const [SLOW = '', ...OTHERS] = SIX;
const BOTH = [
  { name: 'synchronous', options: {} },
  { name: 'asynchronous', options: ASYNC },
];

/** Perspectives that are late, do not respond, or fail. */
export function describeLateness(name: string, open: OpenBench): void {
  describe(`Lateness: ${name}`, () => {
    const bed = useHarness(open);

    it.each(BOTH)(
      'one perspective without a response delays the answer by at most the linger time: $name',
      async ({ options }) => {
        const harness = await bed.start({ silent: [SLOW] });
        const clock = bed.bench.time.createClock();
        const before = clock.monotonic();
        const posted = await harness.post(caaRequest({ trace_identifier: 't-1' }), options);
        const { job } = await harness.get(`/mpic/${posted.accepted.mpic_id}?wait=25`);
        expect(clock.monotonic() - before).toBeLessThan(harness.config.lingerMs + bed.bench.slackMs);
        const response = job.response;
        expect(response).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '5/6' } });
        expect(response?.perspectives).toHaveLength(6);
        const item = response?.perspectives.find(({ perspective_code }) => perspective_code === SLOW);
        expect(item?.check_response).toMatchObject({
          check_completed: false,
          check_passed: false,
          errors: [{ error_type: 'mpic_error:coordinator:remote_check' }],
          details: { caa_record_present: null, found_at: null, records_seen: null },
        });
        expect(item?.check_response.errors?.[0]?.error_message).toContain('t-1');
      },
    );

    it('during the linger time, GET shows the results so far', async () => {
      const harness = await bed.start({
        silent: [SLOW],
        config: { lingerMs: 1500 },
      });
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      await harness.advance(700);
      const running = await harness.get(`/mpic/${accepted.mpic_id}`);
      expect(running.job).toMatchObject({
        status: 'running',
        completed_at: null,
        response: null,
        progress: { expected: 6, received: 5 },
      });
      expect(running.headers.get('retry-after')).toBe('1');
      const waited = await harness.get(`/mpic/${accepted.mpic_id}?wait=0.1`);
      expect(waited.job.status).toBe('running');
      const done = await harness.get(`/mpic/${accepted.mpic_id}?wait=25`);
      expect(done.job.status).toBe('completed');
    });

    it.each(BOTH)(
      'three perspectives without a response end the request at the deadline: $name',
      async ({ options }) => {
        const harness = await bed.start({ silent: OTHERS.slice(0, 3) });
        const posted = await harness.post(caaRequest(), options);
        const { job } = await harness.get(`/mpic/${posted.accepted.mpic_id}?wait=25`);
        expect(job.response).toMatchObject({
          is_valid: false,
          mpic_completed: false,
          baseline_requirements: {
            quorum: '3/6',
            reasons: ['quorum-not-met', 'shared-host', 'too-many-non-corroborations'],
          },
        });
      },
    );

    it('N stays six when no perspective responds', async () => {
      const harness = await bed.start({ silent: SIX });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '0/6' } });
      expect(mpic.perspectives).toHaveLength(6);
    });

    it.each(BOTH)('a result after the verdict changes nothing and is kept: $name', async ({ options }) => {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const harness = await bed.start({
        views: { [SLOW]: forbids },
        async around(call, effect) {
          if (call.method === 'record' && call.about === SLOW) await released;
          return effect();
        },
      });
      const posted = await harness.post(caaRequest(), options);
      const path = `/mpic/${posted.accepted.mpic_id}`;
      const first = await harness.get(`${path}?wait=25`);
      expect(first.job.response).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '5/6' } });
      expect(first.job.late_results).toEqual([]);
      release();
      await harness.advance(harness.attemptMs);
      const second = await harness.get(path);
      expect(second.job.response).toEqual(first.job.response);
      expect(second.job.late_results).toHaveLength(1);
      expect(second.job.late_results[0]).toMatchObject({
        attempt: 1,
        perspective_code: SLOW,
        check_response: { check_passed: false, details: { records_seen: ['0 issue "other.example"'] } },
      });
      const id = posted.accepted.mpic_id;
      expect(bed.bench.audit.idsOf(id, 'late-result')).toEqual([`${id}/1/${SLOW}/late`]);
      const silence = bed.bench.audit.about(id).find((record) => record.record_id === `${id}/1/${SLOW}`);
      expect(silence).toMatchObject({ counted: false, check_completed: false, result: 'caa-prohibition' });
      expect(bed.bench.audit.contradictions).toEqual([]);
    });

    it.each(BOTH)('a result stored after the deadline is kept, too: $name', async ({ options }) => {
      const clock = bed.bench.time.createClock();
      let delayMs = 0;
      const harness = await bed.start({
        async around(call, effect) {
          if (call.method === 'record' && call.about === SLOW) await sleep(clock, delayMs);
          return effect();
        },
      });
      delayMs = 2 * harness.attemptMs;
      const posted = await harness.post(caaRequest(), options);
      await harness.advance(3 * harness.attemptMs);
      const id = posted.accepted.mpic_id;
      const { job } = await harness.get(`/mpic/${id}`);
      expect(job.response?.baseline_requirements.quorum).toBe('5/6');
      expect(job.late_results.map((item) => item.perspective_code)).toEqual([SLOW]);
      expect(bed.bench.audit.idsOf(id, 'late-result')).toEqual([`${id}/1/${SLOW}/late`]);
    });

    it.each(BOTH)(
      'a result of attempt 1 that arrives in attempt 2 does not count in attempt 2: $name',
      async ({ options }) => {
        // The first attempt ends after its linger time with three dissents; its slow result arrives during the second
        // attempt.
        const harness = await bed.start({
          config: { checkTimeoutMs: 2500, requestTimeoutMs: 3800, lingerMs: 1200 },
          views: {
            ...views(OTHERS.slice(0, 3), changing(1, forbids, permits)),
            [SLOW]: late(1800, permits),
          },
        });
        const posted = await harness.post(
          caaRequest({ orchestration_parameters: { max_attempts: 2 } }),
          options,
        );
        const id = posted.accepted.mpic_id;
        await harness.get(`/mpic/${id}?wait=25`);
        await harness.advance(2 * harness.attemptMs);
        const { verdicts } = await harness.record(id);
        expect(verdicts.map(({ isValid }) => isValid)).toEqual([false, true]);
        expect(verdicts[1]?.counted).not.toContain(SLOW);
        const { job } = await harness.get(`/mpic/${id}`);
        expect(job.late_results.map((item) => [item.attempt, item.perspective_code])).toEqual([
          [1, SLOW],
          [2, SLOW],
        ]);
        expect(bed.bench.audit.idsOf(id, 'late-result')).toEqual([
          `${id}/1/${SLOW}/late`,
          `${id}/2/${SLOW}/late`,
        ]);
      },
    );

    it('a perspective that throws reports a failure without its secrets', async () => {
      const harness = await bed.start({ views: { [SLOW]: crashing } });
      const reply = await harness.post(caaRequest());
      const item = reply.mpic.perspectives.find(({ perspective_code }) => perspective_code === SLOW);
      expect(item?.check_response).toMatchObject({
        check_completed: false,
        errors: [{ error_type: 'mpic_error:perspective:internal' }],
      });
      expect(JSON.stringify(reply.body)).not.toContain('secret detail');
      expect(harness.log.entries.some(({ event }) => event === 'check_crashed')).toBe(true);
    });

    it('a check that exceeds its deadline is given up', async () => {
      const harness = await bed.start({ views: { ...views(OTHERS.slice(0, 3), hanging) } });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '3/6' } });
      const errors = mpic.perspectives.flatMap(({ check_response }) => check_response.errors ?? []);
      expect(errors.map(({ error_type }) => error_type)).toEqual(
        Array(3).fill('mpic_error:perspective:timeout'),
      );
    });

    it.each([
      { name: 'ahead', wallOffsetMs: 300_000 },
      { name: 'behind', wallOffsetMs: -300_000 },
    ])('clocks of perspectives five minutes $name change nothing', async ({ wallOffsetMs }) => {
      const harness = await bed.start({ elsewhere: { perspectives: SIX, wallOffsetMs } });
      for (const options of [{}, ASYNC]) {
        const posted = await harness.post(caaRequest(), options);
        const { job } = await harness.get(`/mpic/${posted.accepted.mpic_id}?wait=25`);
        expect(job.response).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '6/6' } });
      }
    });

    it('a client that disconnects does not end its request', async () => {
      const harness = await bed.start({ silent: [SLOW] });
      const abort = new AbortController();
      const request = new Request('http://127.0.0.1/mpic', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'hangs-up' },
        body: JSON.stringify(caaRequest()),
        signal: abort.signal,
      });
      const abandoned = Promise.resolve(harness.service.api.request(request)).catch(() => null);
      await harness.advance(1);
      abort.abort();
      await harness.advance(harness.attemptMs);
      await harness.until(abandoned);
      const [event] = bed.bench.events;
      expect(event).toMatchObject({ is_valid: true });
      const record = await harness.record(event?.mpic_id ?? '');
      expect(record).toMatchObject({ status: 'completed', attempt: 1 });
      expect(record.verdicts).toHaveLength(1);
    });

    it("a request that exceeds the client's wait gets 202, and its result can be read later", async () => {
      const harness = await bed.start({
        silent: OTHERS.slice(0, 3),
        config: { checkTimeoutMs: 600, requestTimeoutMs: 1000, maxAttempts: 2 },
      });
      const reply = await harness.post(caaRequest({ orchestration_parameters: { max_attempts: 2 } }));
      expect(reply.status).toBe(202);
      expect(reply.headers.get('location')).toBe(`/mpic/${reply.accepted.mpic_id}`);
      const { job } = await harness.get(`/mpic/${reply.accepted.mpic_id}?wait=25`);
      expect(job).toMatchObject({ status: 'completed', attempt: 2, response: { is_valid: false } });
    });
  });
}
