import type { TlsEvidence } from '../domain/mpic/check.ts';
import type { ConnectionFailure, Destination } from './connection.ts';

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

/** What came back. A response that breaks off is a failure that keeps what had come. */
export interface HttpResponse {
  readonly statusCode: number;
  /** The address that was connected to. */
  readonly address: string;
  /** Values of all `Location` fields, in order. */
  readonly locations: readonly string[];
  readonly contentType: string | null;
  readonly body: Uint8Array;
  /** True when the body is longer than `maxBodyBytes`; `body` then holds its beginning. */
  readonly bodyCut: boolean;
  /** Null for plain HTTP. */
  readonly tls: TlsEvidence | null;
}

export type HttpObservation =
  | ({ readonly status: 'answered' } & HttpResponse)
  /** `partial`: status and first octets of a response that was not complete when it failed. */
  | (ConnectionFailure & { readonly partial: HttpResponse | null });

/**
 * Asks web servers that strangers choose. One request per call, on a connection of its own, redirects not followed,
 * no cookies, no proxies. It never throws for what the network does, and ends by the deadline with its sockets closed.
 */
export interface HttpFetcher {
  get(request: HttpGet): Promise<HttpObservation>;
}
