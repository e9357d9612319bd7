import type { ConnectionFailure } from '../../net/connection-failure.ts';

/** What a TLS handshake came to. */
export interface TlsHandshake {
  readonly status: 'answered';
  readonly address: string;
  /** For instance `TLSv1.3`. */
  readonly protocol: string;
  /** What the server selected by ALPN; null: nothing. */
  readonly alpnProtocol: string | null;
  /** The leaf certificate, DER; null when the server sent none. */
  readonly certificate: Uint8Array | null;
}

export type TlsObservation = TlsHandshake | ConnectionFailure;
