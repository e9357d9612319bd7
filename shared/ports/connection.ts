/** Where and until when to connect. Common to everything that a perspective asks of a stranger's server. */
export interface Destination {
  /**
   * Addresses as the DNS gave them, or the one of the URL. All are judged; of those that may be connected to, the first
   * IPv6 one is tried, then, on a connection error only, the first IPv4 one.
   */
  readonly addresses: readonly string[];
  /** Milliseconds on the monotonic clock. Absolute: nothing that the peer does prolongs it. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}
