import type { NetworkView } from '../../shared/ports/network-view.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';

const nobodyAsks = () => Promise.reject(new Error('this test has no servers to connect to'));

/** A view with DNS only. */
export function dnsOnly(resolver: Resolver, changes: Partial<NetworkView> = {}): NetworkView {
  return {
    resolver,
    http: { get: nobodyAsks },
    tls: { probe: nobodyAsks },
    allowedNetworks: [],
    allowTestNames: true,
    ...changes,
  };
}
