import type { TlsEvidence } from '../../check/check-result.ts';
import type { ConnectionFailure } from '../../net/connection-failure.ts';

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
