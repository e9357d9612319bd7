import { formatServerAddress } from '../../shared/adapters/dns/stub/server-address.ts';
import { createStubResolver } from '../../shared/adapters/dns/stub/stub-resolver.ts';
import { createNetworkView } from '../../shared/adapters/net/network-view.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import { type IpNetwork, parseIpNetwork } from '../../shared/domain/net/ip-network.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { type LabServer, type LabView, startDnsServer } from '../lab/dns/dns-server.ts';
import { startWebServer, type WebServer, type WebServerOptions } from '../lab/web/web-server.ts';

/** The Internet of one perspective: its DNS zone, and the servers at ports 80 and 443. */
export interface WorldView {
  readonly dns: LabView;
  readonly http?: WebServerOptions;
  readonly https?: WebServerOptions;
}

export interface World {
  readonly views: ReadonlyMap<PerspectiveCode, NetworkView>;
  readonly dns: ReadonlyMap<PerspectiveCode, LabServer>;
  /** By name of the view's member and perspective, for instance `http us-east-1`. */
  readonly servers: ReadonlyMap<string, WebServer>;
  close(): Promise<void>;
}

/** Loopback, the network of all test servers. */
export const LOOPBACK: readonly IpNetwork[] = ['127.0.0.0/8', '::1/128'].flatMap(
  (text) => parseIpNetwork(text) ?? [],
);

const DNS_TIMEOUT_MS = 1000;

/**
 * Real servers on loopback for every perspective. Two perspectives can reach different servers at the same address, as
 * after a route hijack.
 */
export async function startWorld(
  views: Readonly<Record<PerspectiveCode, WorldView>>,
  allowedNetworks: readonly IpNetwork[] = LOOPBACK,
): Promise<World> {
  const dns = new Map<PerspectiveCode, LabServer>();
  const servers = new Map<string, WebServer>();
  const networkViews = new Map<PerspectiveCode, NetworkView>();
  const start = async (
    kind: 'http' | 'https',
    code: PerspectiveCode,
    options: WebServerOptions | undefined,
  ) => {
    if (options === undefined) return {};
    const server = await startWebServer(options);
    servers.set(`${kind} ${code}`, server);
    return { [kind === 'http' ? 80 : 443]: server.port };
  };
  for (const [code, view] of Object.entries(views)) {
    const nameServer = await startDnsServer(view.dns);
    dns.set(code, nameServer);
    const labPorts = {
      ...(await start('http', code, view.http)),
      ...(await start('https', code, view.https)),
    };
    const resolver = createStubResolver({
      mode: formatServerAddress(nameServer),
      servers: [nameServer],
      queryTimeoutMs: DNS_TIMEOUT_MS,
    });
    networkViews.set(code, createNetworkView({ resolver, allowTestNames: true, allowedNetworks, labPorts }));
  }
  return {
    views: networkViews,
    dns,
    servers,
    async close() {
      await Promise.all([...dns.values(), ...servers.values()].map((server) => server.close()));
    },
  };
}
