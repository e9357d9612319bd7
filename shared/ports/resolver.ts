import type { FailureInquiry, Lookup, LookupFailure, RecordType } from '../domain/dns/lookup.ts';

/** A {@link Resolver} in the hands of one check. */
export interface CheckResolver extends Resolver {
  /** The check is over: call off the lookups still open, each of which ends as `aborted`, with its sockets closed. */
  end(): void;
  /** Look into a lookup that failed. Left out by a resolver that could show nothing: one that does not validate. */
  inquire?(failure: LookupFailure, deadline: number, signal?: AbortSignal): Promise<FailureInquiry>;
}

/**
 * A perspective's own view of the DNS. It never throws for what the network does: every lookup ends as a {@link Lookup}
 * by its deadline. Nothing is cached (TLS BR 3.2.2.9 [mpic]: nothing learned may be reused elsewhere).
 */
export interface Resolver {
  /** For evidence and `GET /perspectives`: `system`, or `address:port`. */
  readonly mode: string;
  /**
   * This resolver for the lookups of a single check, which may share a socket and are called off together. Nothing
   * learned is shared. Left out where it makes no difference.
   */
  forCheck?(): CheckResolver;
  /**
   * Ask for `type` at `name`, following aliases.
   *
   * @param name lower-case A-labels (underscores allowed), no final dot, at most 253 characters.
   * @param deadline in milliseconds on the monotonic clock of `Clock`; past it the lookup fails with `timeout`.
   * @param signal ends the lookup at once with `aborted`.
   */
  lookup(name: string, type: RecordType, deadline: number, signal?: AbortSignal): Promise<Lookup>;
}
