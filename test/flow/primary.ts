import { describe, expect, it } from 'vitest';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest } from '../support/harness.ts';
import { SIX, TWELVE } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { CA, forbids, NAME, type View, zone } from '../support/views.ts';
import { issue } from '../support/zone-resolver.ts';

const PRIMARY = 'eu-north-1';
const perspectives = TWELVE.filter(({ code }) => SIX.includes(code) || code === PRIMARY);
const config = { perspectives, primary: { kind: 'perspective', code: PRIMARY } } as const;

/** As {@link permits}, with responses that the resolver has validated. */
const authenticated: View = zone({ [NAME]: [issue(CA)] }, { [NAME]: { dnssec: 'secure' } });
const unvalidated: View = zone({ [NAME]: [issue(CA)] }, { [NAME]: { dnssec: 'not validated' } });
const provenInsecure: View = zone({ [NAME]: [issue(CA)] }, { [NAME]: { dnssec: 'insecure' } });

/** The primary network perspective: TLS BR 1.6.1 [definitions] and 3.2.2.9 [mpic]. */
export function describePrimary(name: string, open: OpenBench): void {
  describe(`Primary perspective: ${name}`, () => {
    const bed = useHarness(open);

    it.each([
      { name: 'validated data', view: authenticated, valid: true },
      { name: 'data proven insecure', view: provenInsecure, valid: true },
      { name: 'data that is not validated', view: unvalidated, valid: false },
      { name: 'a denial', view: forbids, valid: false },
    ])(
      'the verdict of six corroborating remotes and a primary with $name: valid is $valid',
      async ({ view, valid }) => {
        const harness = await bed.start({ config, views: { [PRIMARY]: view } });
        const { mpic } = await harness.post(caaRequest());
        expect(mpic.is_valid).toBe(valid);
        expect(mpic.baseline_requirements).toMatchObject({
          quorum: '6/6',
          primary: { status: valid ? 'passed' : 'failed', perspective_code: PRIMARY },
          reasons: valid ? ['shared-host'] : ['primary-failed', 'shared-host'],
        });
      },
    );

    it('the primary is not part of N, and is reported next to the perspectives', async () => {
      const harness = await bed.start({ config, views: { [PRIMARY]: authenticated } });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.perspectives.map((item) => item.perspective_code).sort()).toEqual([...SIX].sort());
      expect(mpic.primary_perspective).toMatchObject({
        perspective_code: PRIMARY,
        check_response: { check_passed: true },
      });
      const records = bed.bench.audit.about(mpic.mpic_id);
      expect(records.filter((record) => 'role' in record && record.role === 'primary')).toHaveLength(1);
    });

    it('the primary cannot replace a remote', async () => {
      const harness = await bed.start({
        config,
        views: {
          [PRIMARY]: authenticated,
          ...Object.fromEntries(SIX.slice(0, 3).map((code) => [code, forbids])),
        },
      });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '3/6' } });
      // The remotes alone decided; the primary did not fail.
      expect(mpic.baseline_requirements.reasons).not.toContain('primary-failed');
    });

    it.each([
      { name: 'synchronous', options: {} },
      { name: 'asynchronous', options: ASYNC },
    ])(
      'a primary that does not respond ends the request as not valid at the deadline: $name',
      async ({ options }) => {
        const harness = await bed.start({ config, silent: [PRIMARY] });
        const posted = await harness.post(caaRequest(), options);
        const { job } = await harness.get(`/mpic/${posted.accepted.mpic_id}?wait=25`);
        expect(job.response?.is_valid).toBe(false);
        expect(job.response?.baseline_requirements).toMatchObject({
          primary: { status: 'failed' },
          reasons: ['primary-failed', 'shared-host'],
        });
      },
    );

    it('a primary without a result is reported as pending, not failed, when the remotes settle the verdict', async () => {
      const harness = await bed.start({
        config,
        silent: [PRIMARY],
        views: Object.fromEntries(SIX.map((code) => [code, forbids])),
      });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.is_valid).toBe(false);
      expect(mpic.baseline_requirements.reasons).not.toContain('primary-failed');
      expect(mpic.baseline_requirements.primary).toEqual({ status: 'pending', perspective_code: PRIMARY });
    });

    it('the primary need not validate under open-mpic', async () => {
      const harness = await bed.start({
        config: { ...config, policy: 'open-mpic' },
        views: { [PRIMARY]: unvalidated },
      });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.is_valid).toBe(true);
    });

    it('a CA site as primary takes no part in requests', async () => {
      const primary = { kind: 'site', name: 'Nairobi', latitude: -1.29, longitude: 36.82 } as const;
      const harness = await bed.start({ config: { primary } });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.is_valid).toBe(true);
      expect(mpic).not.toHaveProperty('primary_perspective');
      expect(mpic.baseline_requirements.primary).toEqual({ status: 'site', name: 'Nairobi' });
      expect(mpic.advisories).toMatchObject([{ code: 'shared-host' }]);
      await harness.advance(harness.attemptMs);
      expect(bed.bench.events).toMatchObject([
        { baseline_requirements: { primary: { status: 'site', name: 'Nairobi' } } },
      ]);
      const records = bed.bench.audit.about(mpic.mpic_id);
      expect(records).toContainEqual(
        expect.objectContaining({ event: 'quorum-decision', primary: { status: 'site', name: 'Nairobi' } }),
      );
      expect((await harness.get('/perspectives')).body).toMatchObject({ primary: { name: 'Nairobi' } });
    });
  });
}
