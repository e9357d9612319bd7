import type { Clock } from '../../shared/ports/clock.ts';
import './loaded-checkers.ts';

/** The clock of one process: its wall clock may be wrong, and timers of a stopped process do not fire. */
export interface ProcessClock extends Clock {
  /** Cancel all timers and ignore new ones. */
  stop(): void;
}

/** Time as a test sees it. Virtual time passes only inside `until` and `advance`. */
export interface TestTime {
  createClock(wallOffsetMs?: number): ProcessClock;
  /** Awaits `promise`, advancing time as far as needed. */
  until<T>(promise: Promise<T>): Promise<T>;
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  action: (() => void) | null;
}

/**
 * Time that stops until all pending work is done and then jumps to the next timer. Two runs of the same program see the
 * same order of events, without real waiting.
 */
export class VirtualTime implements TestTime {
  /** Start time, Unix milliseconds. */
  readonly startsAt: number;
  /** A binary heap, earliest first; timers of the same time in order of creation. */
  readonly #timers: Timer[] = [];
  #elapsed = 0;
  #made = 0;

  constructor(startsAt: number) {
    this.startsAt = startsAt;
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return this.#elapsed;
  }

  createClock(wallOffsetMs = 0): ProcessClock {
    let stopped = false;
    return {
      now: () => this.startsAt + Math.floor(this.#elapsed) + wallOffsetMs,
      monotonic: () => this.#elapsed,
      schedule: (delayMs, action) => {
        if (stopped) return () => {};
        return this.schedule(delayMs, () => {
          if (!stopped) action();
        });
      },
      stop: () => {
        stopped = true;
      },
    };
  }

  async until<T>(promise: Promise<T>): Promise<T> {
    let isPending = true;
    const settled = () => {
      isPending = false;
    };
    promise.then(settled, settled);
    await drain();
    while (isPending) {
      if (!this.#fireNext(Number.POSITIVE_INFINITY))
        throw new Error('no timer is left, and the awaited promise is pending');
      await drain();
    }
    return promise;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await drain();
    while (this.#fireNext(end)) await drain();
    this.#elapsed = end;
    await drain();
  }

  /** Run `action` in `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, action: () => void): () => void {
    const timer: Timer = { at: this.#elapsed + Math.max(0, delayMs), order: this.#made++, action };
    this.#timers.push(timer);
    this.#siftUp(this.#timers.length - 1);
    return () => {
      timer.action = null;
    };
  }

  /** Run the next timer before `end`; false if there is none. */
  #fireNext(end: number): boolean {
    for (;;) {
      const [next] = this.#timers;
      if (next === undefined || next.at > end) return false;
      this.#removeFirst();
      if (next.action === null) continue;
      this.#elapsed = next.at;
      next.action();
      return true;
    }
  }

  #removeFirst(): void {
    const last = this.#timers.pop();
    if (last === undefined || this.#timers.length === 0) return;
    this.#timers[0] = last;
    this.#siftDown(0);
  }

  #siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #siftDown(start: number): void {
    let index = start;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#timers.length && this.#isBefore(child, least)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(index: number, other: number): boolean {
    const a = this.#timers[index];
    const b = this.#timers[other];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(index: number, other: number): void {
    const a = this.#timers[index];
    const b = this.#timers[other];
    if (a === undefined || b === undefined) return;
    this.#timers[index] = b;
    this.#timers[other] = a;
  }
}

/** Run all work that needs no time: all chained promise jobs run before the next immediate. */
function drain(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The machine's real time, with the wall clock shifted to show `startsAt` now. */
export function createRealTime(startsAt: number): TestTime {
  const offset = startsAt - Date.now();
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return {
    createClock(wallOffsetMs = 0) {
      const timers = new Set<NodeJS.Timeout>();
      let stopped = false;
      return {
        now: () => Date.now() + offset + wallOffsetMs,
        monotonic: () => performance.now(),
        schedule(delayMs, action) {
          if (stopped) return () => {};
          const timer = setTimeout(() => {
            timers.delete(timer);
            action();
          }, delayMs);
          timers.add(timer);
          return () => {
            timers.delete(timer);
            clearTimeout(timer);
          };
        },
        stop() {
          stopped = true;
          for (const timer of timers) clearTimeout(timer);
        },
      };
    },
    until: (promise) => promise,
    advance: wait,
  };
}
