/** Why a server could not be asked, or did not answer. */
export const CONNECTION_FAILURES = [
  /** Every address lies where no check may connect to. Nothing was sent. */
  'address-refused',
  /** No connection came about: refused, no route, or nothing to connect to. */
  'unreachable',
  /** The time was over; `message` says at which step. */
  'timeout',
  /** The peer closed the connection or broke it off before its answer was complete. */
  'closed',
  /** What came is not what the protocol has. */
  'malformed',
  /** More came than may be read. */
  'too-large',
  /** The TLS handshake failed. */
  'tls',
  'aborted',
] as const;
export type ConnectionFailureReason = (typeof CONNECTION_FAILURES)[number];

export interface ConnectionFailure {
  readonly status: 'failed';
  readonly reason: ConnectionFailureReason;
  /** The address it failed at, the last of them when two were tried; null when none was. */
  readonly address: string | null;
  /** One sentence for the engineer: fixed text of ours and numbers, nothing that a stranger wrote. */
  readonly message: string;
}
