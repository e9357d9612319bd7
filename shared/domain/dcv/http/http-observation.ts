import type { TlsEvidence } from '../../check/check-result.ts';
import type { ConnectionFailure } from '../../net/connection-failure.ts';

/** A response. An incomplete response is a failure with the part that arrived in `partial`. */
export interface HttpResponse {
  readonly statusCode: number;
  /** The address that the check connected to. */
  readonly address: string;
  /** Values of all `Location` fields, in order. */
  readonly locations: readonly string[];
  readonly contentType: string | null;
  readonly body: Uint8Array;
  /** True if the body is longer than `maxBodyBytes`; `body` is then its beginning. */
  readonly bodyCut: boolean;
  /** Null for plain HTTP. */
  readonly tls: TlsEvidence | null;
}

export type HttpObservation =
  | ({ readonly status: 'answered' } & HttpResponse)
  /** `partial`: status and first octets of an incomplete response. */
  | (ConnectionFailure & { readonly partial: HttpResponse | null });
