import { parseServerAddress } from '../../shared/adapters/dns/server-address.ts';
import { createStubResolver, createSystemResolver } from '../../shared/adapters/dns/stub-resolver.ts';
import { createNetworkView } from '../../shared/adapters/net/network-view.ts';
import { ConfigurationError, type ServiceConfig } from '../../shared/config/load-config.ts';
import type { ConfiguredPerspective } from '../../shared/config/perspective-file.ts';
import type { PerspectiveCode } from '../../shared/mpic/perspective.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

/** A resolver and a network guard of its own for each perspective hosted here; nothing is shared between them. */
export function createNetworkViews(
  config: ServiceConfig,
  perspectives: readonly ConfiguredPerspective[],
): ReadonlyMap<PerspectiveCode, NetworkView> {
  return new Map(
    perspectives.map(({ code, resolver }) => [
      code,
      createNetworkView({
        resolver: createResolver(resolver ?? config.resolver ?? 'system', config),
        allowTestNames: config.backend !== 'aws',
        allowedNetworks: config.allowNetworks,
        labPorts: config.labPorts,
      }),
    ]),
  );
}

function createResolver(mode: string, { dnsTimeoutMs }: ServiceConfig): Resolver {
  try {
    return mode === 'system'
      ? createSystemResolver({ queryTimeoutMs: dnsTimeoutMs })
      : createStubResolver({ mode, servers: [parseServerAddress(mode)], queryTimeoutMs: dnsTimeoutMs });
  } catch (error) {
    throw new ConfigurationError([
      `MPIC_RESOLVER: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}
