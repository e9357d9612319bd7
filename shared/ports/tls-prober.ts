import type { ConnectionFailure, Destination } from './connection.ts';

/** One TLS handshake on port 443 (RFC 8737 section 3). */
export interface TlsProbe extends Destination {
  /** For SNI: a name in A-labels, or the reverse name of an address (RFC 8738 section 6). */
  readonly serverName: string;
  /** The only protocol offered by ALPN. */
  readonly alpnProtocol: string;
}

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

/**
 * Shakes hands with TLS servers that strangers choose, TLS 1.2 or newer, certificate not verified, no application data
 * sent. It never throws for what the network does, and ends by the deadline with its sockets closed.
 */
export interface TlsProber {
  probe(probe: TlsProbe): Promise<TlsObservation>;
}
