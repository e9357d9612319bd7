import type { FailureInquiry, Lookup, LookupFailure, RecordType } from '../domain/dns/lookup.ts';

/** A {@link Resolver} for the lookups of one check. */
export interface CheckResolver extends Resolver {
  /** End the check: abort open lookups, each of which ends as `aborted` with its sockets closed. */
  end(): void;
  /** Find the cause of a failed lookup. Absent if the resolver does not validate and so has nothing to report. */
  inquire?(failure: LookupFailure, deadline: number, signal?: AbortSignal): Promise<FailureInquiry>;
}

/**
 * A perspective's own view of the DNS. Never throws for network failures: every lookup ends as a {@link Lookup} by its
 * deadline. Caches nothing (TLS BR 3.2.2.9 [mpic]: results may not be reused elsewhere).
 */
export interface Resolver {
  /** For evidence and `GET /perspectives`: `system`, or `address:port`. */
  readonly mode: string;
  /**
   * This resolver for the lookups of one check, which may share a socket and end together. Responses are not shared.
   * Absent if the resolver has no state per check.
   */
  forCheck?(): CheckResolver;
  /**
   * Look up `type` at `name`, following aliases.
   *
   * @param name lower-case A-labels (underscores allowed), no final dot, at most 253 characters.
   * @param deadline milliseconds on the monotonic clock of `Clock`; after it the lookup fails with `timeout`.
   * @param signal ends the lookup at once with `aborted`.
   */
  lookup(name: string, type: RecordType, deadline: number, signal?: AbortSignal): Promise<Lookup>;
}
