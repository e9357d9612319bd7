/** When something on the network has to be over, whatever the peer does. */
export interface TimeLimit {
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

export type Expiry = 'timeout' | 'aborted';

/** The longest a timer can wait. Longer, it would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Whether the time is over already. A deadline that is no number has passed. */
export function findExpiry({ deadline, now, signal }: TimeLimit): Expiry | null {
  if (signal?.aborted) return 'aborted';
  return deadline - now() > 0 ? null : 'timeout';
}

/** Call `expire` once when the time is over; the returned function takes that back. */
export function onExpiry({ deadline, now, signal }: TimeLimit, expire: (expiry: Expiry) => void): () => void {
  const abort = () => expire('aborted');
  const timer = setTimeout(() => expire('timeout'), Math.min(MAX_TIMER_MS, deadline - now()));
  signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
}
