import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { makeLabCertificate } from '../../../lab/web/lab-certificate.ts';
import { eventually } from '../../../support/eventually.ts';
import { openSockets } from './lab.ts';

/** One connection as seen by the server. */
export interface SeenConnection {
  /** SNI; null if there was none. */
  readonly serverName: string | null;
  /** All protocols offered by ALPN; null if ALPN was not used. */
  readonly offered: readonly string[] | null;
  readonly isResumed: boolean;
  /** Application data, latin1. */
  received: string;
}

export interface TlsServer {
  readonly port: number;
  readonly seen: readonly SeenConnection[];
  /** Codes of handshakes that failed. */
  readonly failures: readonly string[];
}

export interface TlsServerOptions extends TlsOptions {
  /** Selected if the client offers it; otherwise the handshake fails (RFC 7301 section 3.2). Null to ignore ALPN. */
  readonly protocol?: string | null;
  readonly onConnection?: (socket: TLSSocket) => void;
}

export const CERTIFICATE = makeLabCertificate({
  names: [
    { type: 'dns', value: 'www.shop.example' },
    { type: 'ip', octets: [192, 0, 2, 1] },
  ],
});

/** Run `use` with a TLS server on loopback; afterwards, the client must have closed its connections. */
export async function withTlsServer<T>(
  { protocol = null, onConnection, ...options }: TlsServerOptions,
  use: (server: TlsServer) => Promise<T>,
): Promise<T> {
  const before = openSockets();
  const seen: SeenConnection[] = [];
  const failures: string[] = [];
  const sockets = new Set<TLSSocket>();
  let offered: readonly string[] | null = null;
  const choose = ({ protocols }: { protocols: readonly string[] }) => {
    offered = protocols;
    return protocol !== null && protocols.includes(protocol) ? protocol : undefined;
  };
  const server = createServer({
    key: CERTIFICATE.key,
    cert: CERTIFICATE.cert,
    ...(protocol === null ? {} : { ALPNCallback: choose }),
    ...options,
  });
  server.on('tlsClientError', (error) => failures.push('code' in error ? String(error.code) : error.message));
  server.on('secureConnection', (socket) => {
    const { servername } = socket as TLSSocket & { servername?: string | false };
    const connection = {
      serverName: servername || null,
      offered,
      isResumed: socket.isSessionReused(),
      received: '',
    };
    seen.push(connection);
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      connection.received += text;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    onConnection?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const result = await use({ port: (server.address() as AddressInfo).port, seen, failures });
    await eventually(() => sockets.size === 0, 'the client has closed its connections');
    await eventually(() => openSockets() <= before, 'no socket is left open');
    return result;
  } finally {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
}
