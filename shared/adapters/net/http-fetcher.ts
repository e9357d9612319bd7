import { performance } from 'node:perf_hooks';
import type { ConnectionFailure } from '../../domain/net/connection-failure.ts';
import { parseIpAddress } from '../../domain/net/ip-address.ts';
import type { HttpFetcher, HttpGet } from '../../ports/http-fetcher.ts';
import { connectToFirst } from './connect.ts';
import { failed } from './failure.ts';
import { exchangeOverHttp, type HttpConnection } from './http-exchange.ts';
import { isWebPort, type NetworkGuard } from './network-guard.ts';
import type { TimeLimit } from './time-limit.ts';
import { shakeHands } from './tls-session.ts';

/**
 * An HTTP client for untrusted servers, on connections opened by `guard`. `now` is the monotonic clock.
 *
 * Uses Node's own client without anything that chooses a connection target by itself: agents, proxies, name lookups,
 * redirects.
 */
export function createHttpFetcher(
  guard: NetworkGuard,
  { now = () => performance.now() }: { readonly now?: () => number } = {},
): HttpFetcher {
  return {
    async get(request) {
      const limit = { deadline: request.deadline, signal: request.signal, now };
      const connection = await connectTo(guard, request, limit);
      return 'status' in connection
        ? { ...connection, partial: null }
        : exchangeOverHttp(connection, request, limit);
    },
  };
}

async function connectTo(
  guard: NetworkGuard,
  request: HttpGet,
  limit: TimeLimit,
): Promise<HttpConnection | ConnectionFailure> {
  const { scheme, host, port } = request;
  if (!isWebPort(port)) return failed('address-refused', null, `no check may connect to port ${port}`);
  const connected = await connectToFirst(guard, request, port, limit);
  if (connected.status === 'failed') return connected;
  const { socket, address } = connected;
  if (scheme === 'http') return { socket, address, tls: null };
  // RFC 6066 section 3: SNI carries names only. No ALPN: this client speaks only one protocol.
  const sendServerName = parseIpAddress(host) === null;
  const session = await shakeHands(socket, { address, host, sendServerName, alpnProtocols: [] }, limit);
  return session.status === 'failed' ? session : { socket: session.socket, address, tls: session.state };
}
