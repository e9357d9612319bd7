import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import { sleep } from '../../../../shared/ports/clock.ts';

describe("The machine's clock", () => {
  it('tells Unix time, and a time that only grows', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    const before = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('calls once when the time has come', async () => {
    let calls = 0;
    await new Promise<void>((resolve) =>
      systemClock.schedule(5, () => {
        calls += 1;
        resolve();
      }),
    );
    expect(calls).toBe(1);
  });

  it('does not call what was taken back', async () => {
    let calls = 0;
    systemClock.schedule(1, () => calls++)();
    await sleep(systemClock, 10);
    expect(calls).toBe(0);
  });

  it('a sleep ends at once when its signal aborts, or has aborted', async () => {
    const abort = new AbortController();
    const before = performance.now();
    const sleeping = sleep(systemClock, 60_000, abort.signal);
    abort.abort();
    await sleeping;
    await sleep(systemClock, 60_000, abort.signal);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
