import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { TlsEvidence } from '../../domain/check/check-result.ts';
import type { ConnectionFailure } from '../../domain/net/connection-failure.ts';
import { codeOf, expired, failed, isErrorCode } from './failure.ts';
import { findExpiry, onExpiry, type TimeLimit } from './time-limit.ts';

export interface HandshakeOptions {
  /** The address connected to, for failure messages. */
  readonly address: string;
  /** A name or IP literal. The certificate is compared with it; with `sendServerName` it is also sent in SNI. */
  readonly host: string;
  readonly sendServerName: boolean;
  /** Protocols offered by ALPN; empty for no ALPN. */
  readonly alpnProtocols: readonly string[];
}

export interface TlsSession {
  readonly status: 'secured';
  readonly socket: TLSSocket;
  readonly state: TlsEvidence;
  /** The protocol that the server selected by ALPN. */
  readonly alpnProtocol: string | null;
  /** DER; null if the server sent none. */
  readonly certificate: Uint8Array | null;
}

const STEP = 'the TLS handshake';

let sharedContext: SecureContext | undefined;

/**
 * One context for the process, created at first use because it costs more than a handshake. It holds the trusted roots
 * and the versions, no connection state. Versions are set explicitly so that process options cannot lower them.
 */
function secureContext(): SecureContext {
  sharedContext ??= createSecureContext({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' });
  return sharedContext;
}

/**
 * Start TLS over `socket`. Takes ownership: destroys the socket on failure, otherwise returns it in the session.
 *
 * The result of certificate verification is recorded and does not fail the check: no rule of TLS BR 3.2.2.4 [dcv]
 * requires a valid certificate. No session is resumed.
 */
export function shakeHands(
  socket: Socket,
  options: HandshakeOptions,
  limit: TimeLimit,
): Promise<TlsSession | ConnectionFailure> {
  const { address } = options;
  const expiry = findExpiry(limit);
  if (expiry !== null || socket.destroyed) {
    socket.destroy();
    return Promise.resolve(expiry === null ? brokenOff(address) : expired(expiry, address, STEP));
  }
  return new Promise((resolve) => {
    const secure = startTls(socket, options);
    const settle = (outcome: TlsSession | ConnectionFailure) => {
      disarm();
      if (outcome.status === 'failed') {
        secure.destroy();
        socket.destroy();
      }
      resolve(outcome);
    };
    const disarm = onExpiry(limit, (reason) => settle(expired(reason, address, STEP)));
    // Never removed: the session's next owner adds its own listener only later.
    secure.on('error', (error) => settle(handshakeFailure(error, address)));
    secure.once('close', () => settle(brokenOff(address)));
    secure.once('secureConnect', () => settle(describeSession(secure, address)));
  });
}

function startTls(socket: Socket, { host, sendServerName, alpnProtocols }: HandshakeOptions): TLSSocket {
  return connect({
    socket,
    host,
    ...(sendServerName ? { servername: host } : {}),
    ...(alpnProtocols.length > 0 ? { ALPNProtocols: [...alpnProtocols] } : {}),
    secureContext: secureContext(),
    rejectUnauthorized: false,
    checkServerIdentity: judgeIdentity,
  });
}

/** `checkServerIdentity` with exceptions returned: Node calls this in an event, where a throw would end the process. */
function judgeIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  try {
    return checkServerIdentity(host, certificate);
  } catch (error) {
    return error instanceof Error ? error : new Error('the names of the certificate cannot be read');
  }
}

function describeSession(socket: TLSSocket, address: string): TlsSession | ConnectionFailure {
  const protocol = socket.getProtocol();
  if (protocol === null || socket.destroyed) return brokenOff(address);
  const certificate = readCertificate(socket);
  return {
    status: 'secured',
    socket,
    alpnProtocol: socket.alpnProtocol || null,
    certificate,
    state: {
      protocol,
      verified: socket.authorized,
      verificationError: socket.authorized ? null : verificationCode(socket.authorizationError),
      certificateSha256: certificate && createHash('sha256').update(certificate).digest('hex'),
    },
  };
}

/** `authorizationError` is a string, the code of OpenSSL or of Node's name comparison, although its type is `Error`. */
function verificationCode(error: unknown): string {
  return typeof error === 'string' && isErrorCode(error) ? error : codeOf(error);
}

function readCertificate(socket: TLSSocket): Uint8Array | null {
  return socket.getPeerX509Certificate()?.raw ?? null;
}

/** Distinguishes a closed connection from a failed handshake: only the latter is a response of the server. */
function handshakeFailure(error: Error, address: string): ConnectionFailure {
  const code = codeOf(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return brokenOff(address);
  return failed('tls', address, `the TLS handshake failed (${code})`);
}

function brokenOff(address: string): ConnectionFailure {
  return failed('closed', address, 'the peer closed the connection during the TLS handshake');
}
