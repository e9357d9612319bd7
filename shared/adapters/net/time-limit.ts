/** When a network operation has to end, whatever the peer does. */
export interface TimeLimit {
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

export type Expiry = 'timeout' | 'aborted';

/** Longest delay of a timer; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Whether the deadline has passed or the signal has aborted; null if neither. A deadline of NaN counts as passed. */
export function findExpiry({ deadline, now, signal }: TimeLimit): Expiry | null {
  if (signal?.aborted) return 'aborted';
  return deadline - now() > 0 ? null : 'timeout';
}

/** Call `expire` once, at the deadline or on abort; the returned function cancels this. */
export function onExpiry({ deadline, now, signal }: TimeLimit, expire: (expiry: Expiry) => void): () => void {
  const abort = () => expire('aborted');
  const timer = setTimeout(() => expire('timeout'), Math.min(MAX_TIMER_MS, deadline - now()));
  signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
}
