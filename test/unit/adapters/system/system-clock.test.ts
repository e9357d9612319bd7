import { pbkdf2 } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import { sleep, within } from '../../../../shared/ports/clock.ts';

describe("The machine's clock", () => {
  it('returns Unix time, and a monotonic time that does not decrease', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    const before = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('calls a scheduled action once', async () => {
    let calls = 0;
    await new Promise<void>((resolve) =>
      systemClock.schedule(5, () => {
        calls += 1;
        resolve();
      }),
    );
    expect(calls).toBe(1);
  });

  it('does not call a cancelled action', async () => {
    let calls = 0;
    systemClock.schedule(1, () => calls++)();
    await sleep(systemClock, 10);
    expect(calls).toBe(0);
  });

  it('delivers an outcome that arrived during a stall of the process before the time-out', async () => {
    const working = within(systemClock, 20, workInThread, () => new Error('timed out'));
    // The work has begun, and timers are what the loop comes to next.
    await new Promise((resolve) => setImmediate(resolve));
    standStill(500);
    await expect(working).resolves.toBeUndefined();
  });

  it('fires a time-out after a stall if no outcome has arrived', async () => {
    const waiting = within(
      systemClock,
      20,
      () => new Promise(() => {}),
      () => new Error('timed out'),
    );
    standStill(300);
    await expect(waiting).rejects.toThrow('timed out');
  });

  it('does not call an action that is cancelled after a stall', async () => {
    let calls = 0;
    const cancel = systemClock.schedule(20, () => calls++);
    // The timer fires first, and the immediate of the taking back comes before its action.
    setTimeout(() => setImmediate(cancel), 10);
    standStill(300);
    await sleep(systemClock, 50);
    expect(calls).toBe(0);
  });

  it('ends a sleep at once when its signal aborts or has aborted', async () => {
    const abort = new AbortController();
    const before = performance.now();
    const sleeping = sleep(systemClock, 60_000, abort.signal);
    abort.abort();
    await sleeping;
    await sleep(systemClock, 60_000, abort.signal);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Takes some 10 ms of a thread. */
function workInThread(): Promise<void> {
  return new Promise((resolve) => pbkdf2('password', 'salt', 20_000, 32, 'sha256', () => resolve()));
}
