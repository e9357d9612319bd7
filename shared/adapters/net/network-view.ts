import { formatIpNetwork, type IpNetwork } from '../../domain/net/ip-network.ts';
import type { NetworkView } from '../../ports/network-view.ts';
import type { Resolver } from '../../ports/resolver.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { createNetworkGuard, type LabPorts } from './network-guard.ts';
import { createTlsProber } from './tls-prober.ts';

export interface NetworkViewOptions {
  readonly resolver: Resolver;
  readonly allowTestNames: boolean;
  /** Networks exempt from the guard; empty in production. */
  readonly allowedNetworks?: readonly IpNetwork[];
  readonly labPorts?: LabPorts;
  /** Further networks that no check may connect to. */
  readonly deniedNetworks?: readonly IpNetwork[];
}

/** How one perspective sees the Internet: its resolver, and its own guard, which opens every connection. */
export function createNetworkView(options: NetworkViewOptions): NetworkView {
  const { resolver, allowTestNames, allowedNetworks = [], labPorts = {}, deniedNetworks = [] } = options;
  const guard = createNetworkGuard({ allowedNetworks, labPorts, deniedNetworks });
  return {
    resolver,
    http: createHttpFetcher(guard),
    tls: createTlsProber(guard),
    allowedNetworks: allowedNetworks.map(formatIpNetwork),
    allowTestNames,
  };
}
