import type { HttpObservation } from '../domain/dcv/http/http-observation.ts';
import type { Destination } from './connection.ts';

/** One GET request of one hop. */
export interface HttpGet extends Destination {
  readonly scheme: 'http' | 'https';
  /** Name in A-labels, or IP literal without brackets; goes into `Host` and, when it is a name, into SNI. */
  readonly host: string;
  readonly port: number;
  /** Path and query, as they go into the request line. */
  readonly path: string;
  /** Further header fields, already judged. */
  readonly headers: Readonly<Record<string, string>>;
  /** Octets of the body to read at most, after any content coding is undone. */
  readonly maxBodyBytes: number;
}

/**
 * Asks web servers that strangers choose. One request per call, on a connection of its own, redirects not followed,
 * no cookies, no proxies. It never throws for what the network does, and ends by the deadline with its sockets closed.
 */
export interface HttpFetcher {
  get(request: HttpGet): Promise<HttpObservation>;
}
