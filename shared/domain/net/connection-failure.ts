/** Why a request to a server failed. */
export const CONNECTION_FAILURES = [
  /** All addresses are reserved or denied. Nothing was sent. */
  'address-refused',
  /** No connection: refused, no route, or no address. */
  'unreachable',
  /** The time-out expired; `message` says at which step. */
  'timeout',
  /** The peer closed or reset the connection before its response was complete. */
  'closed',
  /** The response does not follow the protocol. */
  'malformed',
  /** The response exceeds a size limit. */
  'too-large',
  /** The TLS handshake failed. */
  'tls',
  'aborted',
] as const;
export type ConnectionFailureReason = (typeof CONNECTION_FAILURES)[number];

export interface ConnectionFailure {
  readonly status: 'failed';
  readonly reason: ConnectionFailureReason;
  /** The address that failed, the last one if two were tried; null if none was tried. */
  readonly address: string | null;
  /** One sentence for the engineer: fixed text and numbers, no data from the server. */
  readonly message: string;
}
