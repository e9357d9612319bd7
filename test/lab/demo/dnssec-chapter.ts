import { loadConfig } from '../../../services/hosts/load-config.ts';
import { openNetworkViews } from '../../../services/hosts/local/network-views.ts';
import { findUnbound } from '../../../shared/adapters/dns/unbound/find-unbound.ts';
import { readRootFiles } from '../../../shared/adapters/dns/unbound/root-files.ts';
import { createStderrLog } from '../../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { planResolvers } from '../../../shared/contract/settings/resolver-plan.ts';
import { cite } from '../../../shared/domain/rules/citation.ts';
import { missingForSignedTree } from '../../support/signed-tree/tools.ts';
import { startSignedTree } from '../../support/signed-tree/tree.ts';
import { TREE_CA } from '../../support/signed-tree/zones.ts';
import { serveDemo } from './demo-service.ts';
import { caaScenario, type ScenarioGroup } from './scenario.ts';

/** A name of the signed zones that always resolves, below a domain that no scenario uses. */
const CONTROL_NAME = 'www.signed.opt';

export const DNSSEC: ScenarioGroup = {
  title: `DNSSEC: zones signed for this run, validated by an unbound of each perspective (${cite('dnssec')})`,
  lesson: 'Name servers with a root of their own. The CA that asks is ca.example, and every zone permits it.',
  scenarios: [
    caaScenario('signed, and the chain holds', 'www.p256.test', {
      expected: 'valid 6/6',
      lesson: 'Every signature from the root to the record verifies.',
    }),
    caaScenario('not signed', 'www.unsigned.opt', {
      expected: 'valid 6/6',
      lesson: 'The parent proves by its own signature that the zone is not signed.',
    }),
    caaScenario('signatures have expired', 'www.expired.test', {
      expected: 'not valid 0/6',
      lesson: 'An answer that must be signed and is not counts as a failed lookup, and so forbids.',
    }),
    caaScenario('the key is not that of the parent', 'www.dswrong.test', {
      expected: 'not valid 0/6',
      lesson: 'What an attacker signs with a key of his own convinces no perspective.',
    }),
  ],
};

/** What this machine lacks for the chapter, in a sentence; null if nothing. */
export async function missingForDnssec(): Promise<string | null> {
  if ((await findUnbound()) === null) return 'unbound is not installed';
  return missingForSignedTree();
}

/** Runs `show` with a service whose perspectives validate in signed zones; all of it ends with it. */
export async function withSignedZones<Result>(show: (url: string) => Promise<Result>): Promise<Result> {
  const tree = await startSignedTree();
  try {
    const config = loadConfig(
      [
        ...['--data-dir', ':memory:', '--caa-domains', TREE_CA, '--dns-timeout-ms', '1000'],
        ...['--root-hints', tree.rootHintsFile, '--trust-anchor', tree.trustAnchorFile],
        ...['--allow-networks', tree.network, '--control-name', CONTROL_NAME, '--linger-ms', '4000'],
      ],
      {},
      new Date(),
    );
    const found = await findUnbound();
    const rootFiles = readRootFiles(config.rootHints, config.trustAnchor);
    const unbound = found === null ? null : { ...found, rootFiles };
    const log = createStderrLog({ format: 'pretty', level: 'error', now: systemClock.now });
    const plan = planResolvers(config, config.perspectives, unbound);
    const network = await openNetworkViews(config, plan, unbound, log);
    try {
      const { url, service } = await serveDemo(config, network.views, [], log);
      const result = await show(url);
      await service.stop();
      return result;
    } finally {
      await network.stop();
    }
  } finally {
    await tree.close();
  }
}
