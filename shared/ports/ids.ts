/** Identifiers as a dependency. */
export interface Ids {
  /** A new UUID version 7 (RFC 9562 section 5.7). */
  requestId(): string;
  /** The UUID version 5 derived from a caller's `Idempotency-Key` (RFC 9562 section 5.5). */
  requestIdForKey(caller: string, idempotencyKey: string): string;
  /**
   * The UUID version 5 derived from a Request Token for one use; independent of the caller and of any
   * `Idempotency-Key`.
   */
  requestIdForToken(token: string): string;
  /** An unguessable value for one start of an attempt. */
  attemptToken(): string;
}
