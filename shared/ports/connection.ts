/** Where and until when to connect. Part of every query to an untrusted server. */
export interface Destination {
  /**
   * Addresses from the DNS, or the one in the URL. All are vetted. Of the permitted ones, the first IPv6 address is
   * tried, then, only after a connection error, the first IPv4 address.
   */
  readonly addresses: readonly string[];
  /** Milliseconds on the monotonic clock. Nothing that the peer does extends it. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}
