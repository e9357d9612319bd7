/** Time as a dependency, so that dated rules, deadlines and faults can be tested without waiting. */
export interface Clock {
  /** Unix time in milliseconds: for records and dated rules. Two machines may disagree about it. */
  now(): number;
  /** Milliseconds that only ever grow, on this machine: for deadlines and durations. */
  monotonic(): number;
  /** Call `action` once, `delayMs` from now; the returned function takes it back. */
  schedule(delayMs: number, action: () => void): () => void;
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
