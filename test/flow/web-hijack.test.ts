import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import { parseZoneText } from '../lab/dns/zone.ts';
import { openRealTimeBench } from '../support/bench.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { startWorld, type World, type WorldView } from '../support/web-world.ts';

const QUORUM = 4;
const TARGET = 'shop.test';
const OWNER = 'rv-of-the-owner-7f3c90e1b2d4';
const ATTACKER = 'rv-of-the-attacker-91ab33f00c';
const PATH = '/.well-known/pki-validation/proof.txt';

/** Every way to divide six perspectives into fooled and honest ones, RIR mixes included. */
const SUBSETS = Array.from({ length: 2 ** SIX.length }, (_, bits) =>
  SIX.filter((_code, index) => (bits >> index) % 2 === 1),
);

function viewOf(value: string): WorldView {
  return {
    dns: { records: parseZoneText(`${TARGET} A 127.0.0.1`) },
    http: { sites: [{ path: PATH, answer: { status: 200, body: value } }] },
  };
}

const check = (value: string) => ({
  check_type: 'dcv',
  domain_or_ip_target: TARGET,
  dcv_check_parameters: {
    validation_method: 'website-change',
    http_token_path: 'proof.txt',
    challenge_value: value,
  },
});

describe('A web server whose address is hijacked for some perspectives', () => {
  const bed = useHarness(openRealTimeBench);
  let honest: World;
  let forged: World;

  beforeAll(async () => {
    honest = await startWorld(Object.fromEntries(SIX.map((code) => [code, viewOf(OWNER)])));
    forged = await startWorld(Object.fromEntries(SIX.map((code) => [code, viewOf(ATTACKER)])));
  });
  afterAll(async () => {
    await Promise.all([honest.close(), forged.close()]);
  });

  const mixed = (fooled: readonly PerspectiveCode[]) =>
    new Map(
      SIX.map((code) => {
        const view = (fooled.includes(code) ? forged : honest).views.get(code);
        if (view === undefined) throw new Error(`no view for ${code}`);
        return [code, view] as const;
      }),
    );

  it.each(SUBSETS.map((fooled) => ({ fooled, name: fooled.join(', ') || 'none' })))(
    'gives attacker and owner a valid verdict only with a quorum, when fooled: $name',
    async ({ fooled }) => {
      const harness = await bed.start({ networkViews: mixed(fooled) });
      const byAttacker = await harness.post(check(ATTACKER));
      const byOwner = await harness.post(check(OWNER));

      expect(byAttacker.mpic.is_valid).toBe(fooled.length >= QUORUM);
      expect(byOwner.mpic.is_valid).toBe(SIX.length - fooled.length >= QUORUM);
      expect(byAttacker.mpic.baseline_requirements.quorum).toBe(`${fooled.length}/6`);
      expect(byOwner.mpic.baseline_requirements.quorum).toBe(`${SIX.length - fooled.length}/6`);
      for (const item of byAttacker.mpic.perspectives) {
        const isFooled = fooled.includes(item.perspective_code);
        expect(item.check_response.check_passed).toBe(isFooled);
        const page = Buffer.from(isFooled ? ATTACKER : OWNER).toString('base64');
        expect(item.check_response.details).toMatchObject({ response_page: page });
      }
    },
  );

  it('reports lab-network in every answer', async () => {
    const harness = await bed.start({ networkViews: mixed([]) });
    const { mpic } = await harness.post(check(OWNER));
    expect(mpic.advisories).toContainEqual({
      code: 'lab-network',
      message: expect.stringContaining('127.0.0.0/8'),
    });
    for (const { check_response } of mpic.perspectives) {
      expect(check_response).toMatchObject({ allowed_networks: ['127.0.0.0/8', '::1/128'] });
    }
  });
});
