import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetworkView } from '../../shared/adapters/net/network-view.ts';
import { openRealTimeBench } from '../support/bench.ts';
import { SIX } from '../support/perspectives.ts';
import { skipWithoutTree } from '../support/signed-tree/requirements.ts';
import { type SignedTree, startSignedTree } from '../support/signed-tree/tree.ts';
import { TREE_CA } from '../support/signed-tree/zones.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';
import { useHarness } from '../support/use-harness.ts';

const skipped = skipWithoutTree('validating perspectives with separate views');

const ATTACKER = 'evil.example';
/** Two perspectives that a hijacker leads to a forged root: fewer than a quorum. */
const LED_ASTRAY: readonly string[] = SIX.slice(0, 2);

const check = (issuer: string) => ({
  check_type: 'caa',
  domain_or_ip_target: 'www.p256.test',
  caa_check_parameters: { caa_domains: [issuer] },
});

/** TLS BR 3.2.2.9 [mpic]: no perspective reuses what another has learned. */
describe.skipIf(skipped)('perspectives that see different roots', () => {
  const bed = useHarness(openRealTimeBench);
  let honest: SignedTree;
  let forged: SignedTree;
  const views = new Map<string, TreeView>();

  beforeAll(async () => {
    [honest, forged] = await Promise.all([startSignedTree(), startSignedTree(ATTACKER)]);
    const opened = await Promise.all(
      SIX.map(
        async (code) => [code, await openTreeView(LED_ASTRAY.includes(code) ? forged : honest)] as const,
      ),
    );
    for (const [code, view] of opened) views.set(code, view);
  });

  afterAll(async () => {
    await Promise.all([...views.values()].map(({ supervisor }) => supervisor.stop()));
    await Promise.all([honest?.close(), forged?.close()]);
  });

  const networkViews = () =>
    new Map(
      [...views].map(([code, { resolver }]) => [code, createNetworkView({ resolver, allowTestNames: true })]),
    );

  it.each([
    { issuer: TREE_CA, quorum: '4/6', valid: true },
    { issuer: ATTACKER, quorum: '2/6', valid: false },
  ])('judge each by its own root in one request: $issuer has $quorum', async ({ issuer, quorum, valid }) => {
    const harness = await bed.start({ networkViews: networkViews() });
    const { mpic } = await harness.post(check(issuer));
    expect(mpic.is_valid).toBe(valid);
    expect(mpic.baseline_requirements.quorum).toBe(quorum);
    for (const { perspective_code, check_response } of mpic.perspectives) {
      const isAstray = LED_ASTRAY.includes(perspective_code);
      expect(check_response.check_passed).toBe(isAstray === (issuer === ATTACKER));
      // Each response is signed up to the root that its perspective trusts.
      expect(check_response.details).toMatchObject({ dnssec_status: 'secure' });
    }
  });

  it('use separate unbound processes', async () => {
    const servers = await Promise.all(
      [...views.values()].map(
        async ({ supervisor }) => (await supervisor.instance(performance.now()))?.server.port,
      ),
    );
    expect(new Set(servers).size).toBe(SIX.length);
  });

  it('find everything bogus when led to a root they do not trust', async () => {
    const misled = await openTreeView({ ...forged, trustAnchorFile: honest.trustAnchorFile });
    try {
      const lookup = await misled.resolver.lookup('www.p256.test', 'CAA', performance.now() + 4000);
      expect(lookup).toMatchObject({ status: 'failed', reason: 'bogus', dnssec: 'bogus' });
    } finally {
      await misled.supervisor.stop();
    }
  });
});
