/** Identifiers as a dependency. */
export interface Ids {
  /** A fresh UUID version 7 (RFC 9562 section 5.7). */
  requestId(): string;
  /** The UUID version 5 that a caller's `Idempotency-Key` stands for (RFC 9562 section 5.5). */
  requestIdForKey(caller: string, idempotencyKey: string): string;
  /** The UUID version 5 that a Request Token for one use stands for; of no caller and no `Idempotency-Key`. */
  requestIdForToken(token: string): string;
  /** Something that nobody can guess, for one start of an attempt. */
  attemptToken(): string;
}
