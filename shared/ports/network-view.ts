import type { HttpFetcher } from './http-fetcher.ts';
import type { Resolver } from './resolver.ts';
import type { TlsProber } from './tls-prober.ts';

/** How one perspective sees the Internet: by its own resolver and its own connections. Nothing of it is shared. */
export interface NetworkView {
  readonly resolver: Resolver;
  readonly http: HttpFetcher;
  readonly tls: TlsProber;
  /** Networks exempt from the network guard, for labs; marked in every result. Empty in production. */
  readonly allowedNetworks: readonly string[];
  /** Whether names below `.test` may be asked for and redirected to: never in production. */
  readonly allowTestNames: boolean;
}
