import type { TlsObservation } from '../domain/dcv/tls-alpn/tls-observation.ts';
import type { Destination } from './connection.ts';

/** One TLS handshake on port 443 (RFC 8737 section 3). */
export interface TlsProbe extends Destination {
  /** For SNI: a name in A-labels, or the reverse name of an address (RFC 8738 section 6). */
  readonly serverName: string;
  /** The only protocol offered by ALPN. */
  readonly alpnProtocol: string;
}

/**
 * Completes a handshake with untrusted TLS servers: TLS 1.2 or newer, certificate not verified, no application data
 * sent. Never throws for network failures, and ends by the deadline with its sockets closed.
 */
export interface TlsProber {
  probe(probe: TlsProbe): Promise<TlsObservation>;
}
