import type { Clock } from '../../ports/clock.ts';

/** A timer that fires this much too late tells of a process that stood still, milliseconds. */
const STALL_MS = 50;

/**
 * The machine's own clocks and timers. After a process has stood still, a timer waits until what came in meanwhile has been
 * handled: Node runs timers before I/O, so a time-out would otherwise beat an answer that has been here for long.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, action) {
    const due = performance.now() + delayMs;
    let afterIo: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      if (performance.now() - due < STALL_MS) action();
      else afterIo = setImmediate(action);
    }, delayMs);
    return () => {
      clearTimeout(timer);
      clearImmediate(afterIo);
    };
  },
};
