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
  /** The address connected to, for failures. */
  readonly address: string;
  /** A name or IP literal: the certificate is compared with it, and, when it is a name, it goes into SNI. */
  readonly host: string;
  readonly sendServerName: boolean;
  /** Protocols offered by ALPN; empty: no ALPN. */
  readonly alpnProtocols: readonly string[];
}

export interface TlsSession {
  readonly status: 'secured';
  readonly socket: TLSSocket;
  readonly state: TlsEvidence;
  /** What the server selected by ALPN. */
  readonly alpnProtocol: string | null;
  /** DER; null when the server sent none. */
  readonly certificate: Uint8Array | null;
}

const STEP = 'the TLS handshake';

let sharedContext: SecureContext | undefined;

/**
 * One for the process, made when first needed: it costs more than a handshake. It holds the trusted roots and the
 * versions, nothing of any connection. Versions are named so that no option of the process lowers them.
 */
function secureContext(): SecureContext {
  sharedContext ??= createSecureContext({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' });
  return sharedContext;
}

/**
 * TLS over `socket`, which is this function's from now on: destroyed on failure, part of the session otherwise.
 *
 * The certificate is judged and the verdict recorded, but it fails nothing: no rule of TLS BR 3.2.2.4 [dcv] asks for a
 * valid one. No session is resumed.
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
    // Stays, as the session's next owner takes over only a moment later.
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

/** What it throws would be thrown out of an event, and end the process. */
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

/** Node hands out the code of OpenSSL or of its own comparison of names, whatever its types say. */
function verificationCode(error: unknown): string {
  return typeof error === 'string' && isErrorCode(error) ? error : codeOf(error);
}

function readCertificate(socket: TLSSocket): Uint8Array | null {
  return socket.getPeerX509Certificate()?.raw ?? null;
}

/** A connection that ends is told from a handshake that fails: only the latter is an answer of the server. */
function handshakeFailure(error: Error, address: string): ConnectionFailure {
  const code = codeOf(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return brokenOff(address);
  return failed('tls', address, `the TLS handshake failed (${code})`);
}

function brokenOff(address: string): ConnectionFailure {
  return failed('closed', address, 'the peer closed the connection during the TLS handshake');
}
