import { MpicClientError } from './client-error.ts';

/** The time that a call has, all its requests and pauses together. It has to be closed. */
export class Deadline {
  readonly timeoutMs: number;
  readonly #end: number;
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | null;
  readonly #caller: AbortSignal | undefined;
  readonly #whole: Deadline | null;
  readonly #onAbort = () => this.#abort.abort();

  /**
   * @param caller ends the call before its time.
   * @param whole of which this is a part: what ends that ends this.
   */
  constructor(timeoutMs: number, caller?: AbortSignal, whole: Deadline | null = null) {
    this.timeoutMs = timeoutMs;
    this.#end = performance.now() + timeoutMs;
    // A part that is as long as the whole leaves it to the whole to end.
    const isOwn = whole === null || timeoutMs < whole.remainingMs;
    this.#timer = isOwn ? setTimeout(this.#onAbort, timeoutMs) : null;
    this.#caller = caller;
    this.#whole = whole;
    if (caller?.aborted) this.#abort.abort();
    caller?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborts when the time is over, and when the caller does. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get remainingMs(): number {
    return this.#abort.signal.aborted ? 0 : Math.max(0, this.#end - performance.now());
  }

  /** What its end is to the caller; `describe` says what did not come within that many milliseconds. */
  toError(
    describe: (timeoutMs: number) => string,
    kind: 'timeout' | 'undecided' = 'timeout',
  ): MpicClientError {
    if (this.#whole?.signal.aborted) return this.#whole.toError(describe, kind);
    return this.#caller?.aborted
      ? new MpicClientError('aborted', 'the call was aborted')
      : new MpicClientError(kind, describe(this.timeoutMs));
  }

  /** A part of this time. */
  part(timeoutMs: number): Deadline {
    return new Deadline(timeoutMs, this.signal, this);
  }

  /** Resolves after `ms`, or when this deadline ends. */
  async pause(ms: number): Promise<void> {
    const { signal } = this;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }
}
