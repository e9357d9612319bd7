import type { Clock } from '../../../shared/ports/clock.ts';
import { sleep } from '../../../shared/ports/clock.ts';

/** Keeps what several readers use together, on average, at or below so many units a second. */
export interface Pace {
  /** Resolves when `estimate` units may be used. */
  take(estimate: number, signal: AbortSignal): Promise<void>;
  /** Says what a call really used, where the estimate was `estimate`. */
  settle(estimate: number, used: number): void;
}

export function createPace(clock: Clock, unitsPerSecond: number): Pace {
  const msPerUnit = 1000 / unitsPerSecond;
  let freeAt = clock.monotonic();
  return {
    async take(estimate, signal) {
      const now = clock.monotonic();
      // Time in which nobody asked is not saved up.
      const startAt = Math.max(now, freeAt);
      freeAt = startAt + estimate * msPerUnit;
      if (startAt > now) await sleep(clock, startAt - now, signal);
    },
    settle(estimate, used) {
      freeAt += (used - estimate) * msPerUnit;
    },
  };
}
