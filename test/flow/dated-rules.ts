import { describe, expect, it } from 'vitest';
import type { OpenBench } from '../support/bench.ts';
import { caaRequest, type Harness } from '../support/harness.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { NAME, zone } from '../support/views.ts';
import { issue } from '../support/zone-resolver.ts';

const SECOND_MS = 1000;

/** How long after its deadline an attempt may still be decided. */
const GRACE_MS = 60_000;

/** Maximum duration of a request; it follows the rules of the day on which it could end. */
function longestMs({ config }: Harness): number {
  const attemptMs = Math.min(config.checkTimeoutMs + 2000, config.requestTimeoutMs);
  return config.maxAttempts * (attemptMs + GRACE_MS);
}

const FOUR = caaRequest({ orchestration_parameters: { perspective_count: 4 } });
const PHONE = {
  check_type: 'dcv',
  domain_or_ip_target: NAME,
  dcv_check_parameters: { validation_method: 'contact-phone-txt', challenge_value: '+4930123456' },
};
const phoneContact = zone({ [`_validation-contactphone.${NAME}`]: [{ type: 'TXT', value: '+4930123456' }] });
const otherAccount = zone({ [NAME]: [issue('ca.example; accounturi=https://ca.example/acct/1')] });

/** Rules that take effect on a date, before and after its midnight. */
export function describeDatedRules(name: string, open: OpenBench): void {
  describe(`Dated rules: ${name}`, () => {
    const bed = useHarness(open);

    /**
     * Starts the service `seconds` after (negative: before) the last moment at which the old rules apply to a new
     * request.
     */
    async function startAround(date: number, seconds: number, options = {}): Promise<Harness> {
      const probe = await bed.start();
      await bed.openAt(date - longestMs(probe) + seconds * SECOND_MS);
      return bed.start(options);
    }
    const fivePerspectives = Date.UTC(2026, 11, 15);
    const rfc8657 = Date.UTC(2027, 2, 15);

    it('before 2026-12-15 four perspectives are enough', async () => {
      const harness = await startAround(fivePerspectives, -5);
      const { mpic } = await harness.post(FOUR);
      expect(mpic.is_valid).toBe(true);
      expect(mpic.baseline_requirements).toMatchObject({
        minimum_perspectives: 4,
        rules_as_of: '2026-12-14',
        reasons: ['shared-host'],
      });
    });

    it('a request that could end on 2026-12-15 needs five, and the rejection names the date', async () => {
      const harness = await startAround(fivePerspectives, 0);
      const reply = await harness.post(FOUR);
      expect(reply.status).toBe(400);
      expect(reply.failure.validation_issues[0]).toMatchObject({
        issue_type: 'baseline-requirements',
        message: expect.stringContaining('2026-12-15'),
      });
    });

    it('under open-mpic such a request is accepted and reported as not satisfying', async () => {
      const harness = await startAround(fivePerspectives, 0, { config: { policy: 'open-mpic' } });
      const { mpic } = await harness.post(FOUR);
      expect(mpic.is_valid).toBe(true);
      expect(mpic.baseline_requirements).toMatchObject({
        satisfied: false,
        minimum_perspectives: 5,
        reasons: ['shared-host', 'too-few-perspectives'],
      });
    });

    it('before 2027-03-15 a phone contact in the DNS validates', async () => {
      const harness = await startAround(rfc8657, -5, { views: views(SIX, phoneContact) });
      const { mpic } = await harness.post(PHONE);
      expect(mpic.is_valid).toBe(true);
    });

    it('from 2027-03-15 a phone contact in the DNS is rejected', async () => {
      const harness = await startAround(rfc8657, 0, { views: views(SIX, phoneContact) });
      const reply = await harness.post(PHONE);
      expect(reply.status).toBe(400);
      expect(reply.failure.validation_issues[0]).toMatchObject({
        message: expect.stringContaining('2027-03-15'),
      });
    });

    it('from 2027-03-15 a phone contact in the DNS is checked under open-mpic and does not corroborate', async () => {
      const harness = await startAround(rfc8657, 86_400, {
        config: { policy: 'open-mpic' },
        views: views(SIX, phoneContact),
      });
      const { mpic } = await harness.post(PHONE);
      expect(mpic.baseline_requirements.satisfied).toBe(false);
      expect(mpic.baseline_requirements.reasons).toContain('method-ended');
    });

    it.each([
      { name: 'before 2027-03-15 an account parameter is ignored', seconds: -5, valid: true },
      { name: 'from 2027-03-15 an account parameter restricts', seconds: 0, valid: false },
    ])('$name', async ({ seconds, valid }) => {
      const harness = await startAround(rfc8657, seconds, { views: views(SIX, otherAccount) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.is_valid).toBe(valid);
    });
  });
}
