import { createHttpFetcher } from '../../../../shared/adapters/net/http-fetcher.ts';
import { createNetworkGuard, type NetworkGuard } from '../../../../shared/adapters/net/network-guard.ts';
import type { HttpObservation } from '../../../../shared/domain/dcv/http/http-observation.ts';
import { type IpNetwork, parseIpNetwork } from '../../../../shared/domain/net/ip-network.ts';
import type { HttpGet } from '../../../../shared/ports/http-fetcher.ts';
import { eventually } from '../../../support/eventually.ts';
import { type RawServer, type Step, startRawServer } from './raw-server.ts';

export function network(text: string): IpNetwork {
  const parsed = parseIpNetwork(text);
  if (parsed === null) throw new TypeError(`${text} is not a network`);
  return parsed;
}

export const LOOPBACK = [network('127.0.0.0/8'), network('::1/128')];

/** A guard that permits loopback, at `port` instead of 80 and 443. */
export function loopbackGuard(port: number): NetworkGuard {
  return createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: port, 443: port } });
}

/** A deadline `ms` from now; the default is far longer than anything on loopback takes. */
export function soon(ms = 10_000): number {
  return performance.now() + ms;
}

/** A request to a server on loopback, with a host name that does not resolve. */
export function get(changes: Partial<HttpGet> = {}): HttpGet {
  return {
    scheme: 'http',
    host: 'www.shop.example',
    port: 80,
    path: '/.well-known/page',
    addresses: ['127.0.0.1'],
    headers: { 'user-agent': 'mpic-test' },
    maxBodyBytes: 1000,
    deadline: soon(),
    ...changes,
  };
}

/** The open TCP and TLS sockets of this process, without listening ones. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(?:TCPSocketWrap|TLSWrap)$/.test(name)).length;
}

/** Run `use` with a server that plays `steps`; afterwards, neither side may have an open socket. */
export async function withRawServer<T>(
  steps: readonly Step[],
  use: (server: RawServer) => Promise<T>,
  host?: string,
): Promise<T> {
  const before = openSockets();
  const server = await startRawServer(steps, host);
  try {
    const result = await use(server);
    await eventually(() => server.open === 0, 'the client has closed its connections');
    await eventually(() => openSockets() <= before, 'no socket is left open');
    return result;
  } finally {
    await server.close();
  }
}

export interface Asked {
  readonly observed: HttpObservation;
  /** Octets that the server received. */
  readonly received: string;
  readonly connections: number;
  readonly tookMs: number;
}

/** One GET to a server that plays `steps`. */
export function ask(steps: readonly Step[], changes: Partial<HttpGet> = {}): Promise<Asked> {
  return withRawServer(steps, async (server) => {
    const fetcher = createHttpFetcher(loopbackGuard(server.port));
    const startedAt = performance.now();
    const observed = await fetcher.get(get(changes));
    const tookMs = performance.now() - startedAt;
    return { observed, received: server.received, connections: server.connections, tookMs };
  });
}
