/** Time as a dependency, so that dated rules, deadlines and faults can be tested without waiting. */
export interface Clock {
  /** Unix time in milliseconds: for records and dated rules. Two machines may disagree about it. */
  now(): number;
  /** Milliseconds that only ever grow, on this machine: for deadlines and durations. */
  monotonic(): number;
  /** Call `action` once, `delayMs` from now; the returned function takes it back. */
  schedule(delayMs: number, action: () => void): () => void;
}

/**
 * What `work` gives, for at most `limitMs`. Then it is told to stop, and this rejects with what `expire` makes, whether `work` heeds
 * it or not; what it brings later is dropped.
 */
export function within<T>(
  clock: Clock,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  expire: () => Error,
): Promise<T> {
  const abort = new AbortController();
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(limitMs, () => {
      reject(expire());
      abort.abort();
    });
    const working = (async () => work(abort.signal))();
    working.then(resolve, reject).finally(cancel);
  });
}

/** Resolves after `delayMs`, or at once when `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.schedule(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
