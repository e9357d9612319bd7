import type { HttpFetcher } from './http-fetcher.ts';
import type { Resolver } from './resolver.ts';
import type { TlsProber } from './tls-prober.ts';

/**
 * How one perspective sees the Internet: its own resolver and its own connections, shared with no other perspective.
 */
export interface NetworkView {
  readonly resolver: Resolver;
  readonly http: HttpFetcher;
  readonly tls: TlsProber;
  /** Networks exempt from the network guard, for labs; recorded in every result. Empty in production. */
  readonly allowedNetworks: readonly string[];
  /** Whether checks and redirects may use names below `.test`; false in production. */
  readonly allowTestNames: boolean;
}
