/** Time as a dependency, so that tests of dated rules, deadlines and faults do not wait. */
export interface Clock {
  /** Unix time in milliseconds, for records and dated rules. Clocks of two machines may differ. */
  now(): number;
  /** Milliseconds that never decrease, on this machine only; for deadlines and durations. */
  monotonic(): number;
  /** Call `action` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, action: () => void): () => void;
}

/**
 * Await `work` for at most `limitMs`. After that, rejects with the error of `expire` and aborts the signal; a later
 * result of `work` is dropped.
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
