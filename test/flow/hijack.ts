import { describe, expect, it } from 'vitest';
import type { OpenBench } from '../support/bench.ts';
import { caaRequest } from '../support/harness.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { ATTACKER, CA, hijacked } from '../support/views.ts';

const QUORUM = 4;
const CASES = Array.from({ length: SIX.length + 1 }, (_, count) => count);

/** Some perspectives get forged DNS data: the attack that multi-perspective corroboration prevents. */
export function describeHijack(name: string, open: OpenBench): void {
  describe(`Hijacked perspectives: ${name}`, () => {
    const bed = useHarness(open);

    it.each(CASES)('with %i of 6 hijacked, the attacker succeeds only with a quorum', async (count) => {
      const harness = await bed.start({ views: views(SIX.slice(0, count), hijacked) });
      const { mpic } = await harness.post(
        caaRequest({
          caa_check_parameters: { caa_domains: [ATTACKER] },
          orchestration_parameters: { max_attempts: 3 },
        }),
      );
      expect(mpic.is_valid).toBe(count >= QUORUM);
      expect(mpic.baseline_requirements.quorum).toBe(`${count}/6`);
    });

    it.each(CASES)('with %i of 6 hijacked, the owner succeeds if a quorum is not hijacked', async (count) => {
      const harness = await bed.start({ views: views(SIX.slice(6 - count), hijacked) });
      const { mpic } = await harness.post(caaRequest({ caa_check_parameters: { caa_domains: [CA] } }));
      expect(mpic.is_valid).toBe(6 - count >= QUORUM);
    });

    it('each perspective reports what it saw itself', async () => {
      const [victim = ''] = SIX;
      const harness = await bed.start({ views: views([victim], hijacked) });
      const { mpic } = await harness.post(caaRequest());
      for (const item of mpic.perspectives) {
        const seen = item.perspective_code === victim ? ATTACKER : CA;
        expect(item.check_response.details).toMatchObject({ records_seen: [`0 issue "${seen}"`] });
      }
    });

    it('a quorum in a single service region does not count', async () => {
      // Under open-mpic three perspectives may be asked; the two hijacked ones are the only ones in North America.
      const harness = await bed.start({
        config: { policy: 'open-mpic' },
        views: views(['us-east-1', 'us-west-2'], hijacked),
      });
      const { mpic } = await harness.post(
        caaRequest({
          caa_check_parameters: { caa_domains: [ATTACKER] },
          orchestration_parameters: { perspective_count: 3 },
        }),
      );
      expect(mpic.is_valid).toBe(false);
    });
  });
}
