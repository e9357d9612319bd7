import type { ConnectionFailure } from '../../net/connection-failure.ts';

/** A completed TLS handshake. */
export interface TlsHandshake {
  readonly status: 'answered';
  readonly address: string;
  /** For instance `TLSv1.3`. */
  readonly protocol: string;
  /** The protocol that the server selected by ALPN; null if none. */
  readonly alpnProtocol: string | null;
  /** The leaf certificate, DER; null if the server sent none. */
  readonly certificate: Uint8Array | null;
}

export type TlsObservation = TlsHandshake | ConnectionFailure;
