import type { HttpObservation } from '../domain/dcv/http/http-observation.ts';
import type { Destination } from './connection.ts';

/** One GET request; each redirect is a further one. */
export interface HttpGet extends Destination {
  readonly scheme: 'http' | 'https';
  /** Name in A-labels, or IP literal without brackets; goes into `Host` and, when it is a name, into SNI. */
  readonly host: string;
  readonly port: number;
  /** Path and query, as they go into the request line. */
  readonly path: string;
  /** Further header fields, already validated. */
  readonly headers: Readonly<Record<string, string>>;
  /** Limit for the body, octets after decoding of any content coding. */
  readonly maxBodyBytes: number;
}

/**
 * Queries untrusted web servers. One request per call, on its own connection; follows no redirects, uses no cookies and
 * no proxies. Never throws for network failures, and ends by the deadline with its sockets closed.
 */
export interface HttpFetcher {
  get(request: HttpGet): Promise<HttpObservation>;
}
