import { describe, expect, it } from 'vitest';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest, type Harness } from '../support/harness.ts';
import { SIX, TWELVE, views } from '../support/perspectives.ts';
import { type TestBed, useHarness } from '../support/use-harness.ts';
import { changing, failing, forbids, permits } from '../support/views.ts';

const orchestration = (parameters: Record<string, number>) =>
  caaRequest({ orchestration_parameters: parameters });

/** The two cohorts of six that twelve perspectives form for the tests' name. */
async function learnCohorts(bed: TestBed): Promise<readonly (readonly string[])[]> {
  const harness = await bed.start({ config: { perspectives: TWELVE } });
  const cohorts: string[][] = [];
  for (const number of [1, 2]) {
    const { mpic } = await harness.post(orchestration({ cohort_for_single_attempt: number }));
    cohorts.push(mpic.perspectives.map((item) => item.perspective_code));
  }
  return cohorts;
}

/** Attempts, cohorts and the two policies. */
export function describeAttempts(name: string, open: OpenBench): void {
  describe(`Attempts: ${name}`, () => {
    const bed = useHarness(open);

    it('cohort_for_single_attempt selects the cohort and allows a single attempt', async () => {
      const [first = [], second = []] = await learnCohorts(bed);
      expect(first).toHaveLength(6);
      expect(second).toHaveLength(6);
      expect(new Set([...first, ...second]).size).toBe(12);
      const harness = await bed.start({
        config: { perspectives: TWELVE },
        views: views(first, forbids),
      });
      const single = await harness.post(orchestration({ cohort_for_single_attempt: 1, max_attempts: 3 }));
      expect(single.mpic).toMatchObject({ is_valid: false, previous_attempt_results: null });
      expect(single.mpic.actual_orchestration_parameters.attempt_count).toBe(1);
    });

    it.each([
      { name: 'synchronous', options: {} },
      { name: 'asynchronous', options: ASYNC },
    ])('a second attempt uses the second cohort and no results of the first: $name', async ({ options }) => {
      const [first = [], second = []] = await learnCohorts(bed);
      const harness = await bed.start({ config: { perspectives: TWELVE }, views: views(first, forbids) });
      const posted = await harness.post(
        caaRequest({ orchestration_parameters: { max_attempts: 2 } }),
        options,
      );
      const { job } = await harness.get(`/mpic/${posted.accepted.mpic_id}?wait=25`);
      const response = job.response;
      expect(response).toMatchObject({ is_valid: true });
      expect(response?.actual_orchestration_parameters.attempt_count).toBe(2);
      expect(response?.perspectives.map((item) => item.perspective_code)).toEqual(second);
      expect(response?.previous_attempt_results).toHaveLength(1);
      const [earlier = []] = response?.previous_attempt_results ?? [];
      expect(earlier.map((item) => item.perspective_code)).toEqual(first);
      expect(earlier.every((item) => !item.check_response.check_passed)).toBe(true);
      await harness.advance(2 * harness.attemptMs);
      const { audit } = bed.bench;
      expect(audit.idsOf(posted.accepted.mpic_id, 'quorum-decision')).toHaveLength(2);
      expect(audit.idsOf(posted.accepted.mpic_id, 'perspective-check')).toHaveLength(12);
    });

    it('corroborations of two attempts do not add up', async () => {
      // Three of six pass in the first attempt, the other three in the second: never four in one.
      const harness = await bed.start({
        views: {
          ...views(SIX.slice(0, 3), changing(1, permits, forbids)),
          ...views(SIX.slice(3), changing(1, forbids, permits)),
        },
      });
      const { mpic } = await harness.post(orchestration({ max_attempts: 2 }));
      expect(mpic).toMatchObject({ is_valid: false });
      expect(mpic.baseline_requirements.quorum).toBe('3/6');
      expect(mpic.previous_attempt_results).toHaveLength(1);
    });

    it('a request ends as soon as an attempt passes', async () => {
      const harness = await bed.start({ views: views(SIX, changing(1, failing, permits)) });
      const { mpic } = await harness.post(orchestration({ max_attempts: 3 }));
      expect(mpic.is_valid).toBe(true);
      expect(mpic.actual_orchestration_parameters.attempt_count).toBe(2);
    });

    it.each([
      { asked: 2, made: 2 },
      { asked: 99, made: 3 },
      { asked: 0, made: 1 },
      { asked: -5, made: 1 },
    ])('max_attempts of $asked causes $made attempts', async ({ asked, made }) => {
      const harness = await bed.start({ views: views(SIX, forbids) });
      const { mpic } = await harness.post(orchestration({ max_attempts: asked }));
      expect(mpic.is_valid).toBe(false);
      expect(mpic.actual_orchestration_parameters.attempt_count).toBe(made);
      expect(mpic.previous_attempt_results?.length ?? 0).toBe(made - 1);
    });

    it('the same name selects the same cohort, in any letter case and with a wildcard', async () => {
      const harness = await bed.start({ config: { perspectives: TWELVE } });
      const cohortOf = async (target: string) => {
        const { mpic } = await harness.post(caaRequest({ domain_or_ip_target: target }));
        return mpic.perspectives.map((item) => item.perspective_code);
      };
      const cohort = await cohortOf('shop.example.test');
      expect(await cohortOf('SHOP.Example.test')).toEqual(cohort);
      expect(await cohortOf('*.shop.example.test')).toEqual(cohort);
    });

    const openMpic = (options = {}): Promise<Harness> =>
      bed.start({ config: { policy: 'open-mpic' }, ...options });

    it('open-mpic accepts fewer perspectives than the rules require, and reports it', async () => {
      const harness = await openMpic();
      const { mpic } = await harness.post(orchestration({ perspective_count: 2 }));
      expect(mpic.is_valid).toBe(true);
      expect(mpic.perspectives).toHaveLength(2);
      expect(mpic.baseline_requirements.satisfied).toBe(false);
      expect(mpic.baseline_requirements.reasons).toContain('too-few-perspectives');
    });

    it('open-mpic, too, rejects a quorum laxer than the table', async () => {
      const harness = await openMpic();
      const reply = await harness.post(orchestration({ quorum_count: 3 }));
      expect(reply.status).toBe(400);
    });

    it('a quorum stricter than the table is applied', async () => {
      const harness = await bed.start({ views: views(SIX.slice(0, 1), forbids) });
      const { mpic } = await harness.post(orchestration({ quorum_count: 6 }));
      expect(mpic.is_valid).toBe(false);
      expect(mpic.baseline_requirements).toMatchObject({ quorum: '5/6', required: 6 });
    });

    it('monitoring waits for every perspective, and reports valid and not satisfied with the true count', async () => {
      const harness = await openMpic({ views: views(SIX, forbids) });
      const { mpic } = await harness.post(orchestration({ quorum_count: 0 }));
      expect(mpic.is_valid).toBe(true);
      expect(mpic.baseline_requirements).toMatchObject({ satisfied: false, quorum: '0/6' });
      expect(mpic.baseline_requirements.reasons).toContain('monitoring');
      expect(mpic.perspectives.every((item) => item.check_response.check_completed)).toBe(true);
    });

    it('a lookup failure that the caller accepts passes under open-mpic and does not corroborate', async () => {
      const harness = await openMpic({ views: views(SIX.slice(0, 3), failing) });
      const { mpic } = await harness.post(
        caaRequest({ caa_check_parameters: { caa_domains: ['ca.example'], allow_lookup_failure: true } }),
      );
      expect(mpic.is_valid).toBe(true);
      expect(mpic.baseline_requirements).toMatchObject({ satisfied: false, quorum: '3/6' });
    });
  });
}
