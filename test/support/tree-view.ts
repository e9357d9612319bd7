import { readRootFiles } from '../../shared/adapters/dns/unbound/root-files.ts';
import type { UnboundOptions, UnboundSupervisor } from '../../shared/adapters/dns/unbound/supervisor.ts';
import { createUnboundResolver } from '../../shared/adapters/dns/unbound/unbound-resolver.ts';
import { parseIpNetwork } from '../../shared/domain/net/ip-network.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import type { SignedTree } from './signed-tree/tree.ts';
import { startDaemon } from './unbound-daemon.ts';

/** A name of the tree that always resolves, below a domain that no case uses. */
export const TREE_CONTROL_NAME = 'www.signed.opt';

export interface TreeView {
  readonly resolver: Resolver;
  readonly supervisor: UnboundSupervisor;
}

export interface ViewChoice {
  readonly controlName?: string;
  readonly queryTimeoutMs?: number;
}

/** A validating resolver that uses the tree as its Internet. */
export async function openTreeView(
  tree: Pick<SignedTree, 'rootHintsFile' | 'trustAnchorFile' | 'network'>,
  changes: Partial<UnboundOptions> = {},
  { controlName = TREE_CONTROL_NAME, queryTimeoutMs = 1000 }: ViewChoice = {},
): Promise<TreeView> {
  const files = readRootFiles(tree.rootHintsFile, tree.trustAnchorFile);
  const network = parseIpNetwork(tree.network);
  const supervisor = await startDaemon({
    rootHints: files.hints,
    trustAnchor: files.anchor,
    allowedNetworks: network === null ? [] : [network],
    ...changes,
  });
  const resolver = createUnboundResolver({
    supervisor,
    queryTimeoutMs,
    controlName,
  });
  return { resolver, supervisor };
}
