import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import type { TlsProber } from '../../ports/tls-prober.ts';
import { connectToFirst } from './connect.ts';
import type { NetworkGuard } from './network-guard.ts';
import { onExpiry, type TimeLimit } from './time-limit.ts';
import { shakeHands } from './tls-session.ts';

const HTTPS_PORT = 443;

/**
 * A TLS client that completes a handshake and closes, on connections opened by `guard`. `now` is the monotonic clock.
 */
export function createTlsProber(
  guard: NetworkGuard,
  { now = () => performance.now() }: { readonly now?: () => number } = {},
): TlsProber {
  return {
    async probe(probe) {
      const limit = { deadline: probe.deadline, signal: probe.signal, now };
      const connected = await connectToFirst(guard, probe, HTTPS_PORT, limit);
      if (connected.status === 'failed') return connected;
      const { socket, address } = connected;
      const options = {
        address,
        host: probe.serverName,
        sendServerName: true,
        alpnProtocols: [probe.alpnProtocol],
      };
      const session = await shakeHands(socket, options, limit);
      if (session.status === 'failed') return session;
      await leave(session.socket, limit);
      const { state, alpnProtocol, certificate } = session;
      return { status: 'answered', address, protocol: state.protocol, alpnProtocol, certificate };
    },
  };
}

/**
 * Close after writing. Node reports a handshake as complete before it has written its last flight; without that flight,
 * the handshake fails at the server.
 */
function leave(socket: TLSSocket, limit: TimeLimit): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      disarm();
      socket.destroy();
      resolve();
    };
    const disarm = onExpiry(limit, end);
    socket.once('finish', end);
    socket.once('close', end);
    socket.end();
  });
}
