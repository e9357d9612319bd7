import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPace } from '../../../services/cli/data/scan.ts';
import { VirtualTime } from '../../support/virtual-clock.ts';

const NEVER = new AbortController().signal;

describe('createPace', () => {
  it('readers that share a pace never use more than it allows, but for a page of each', async () => {
    const reader = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(reader, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 1000 }),
        async (readers, unitsPerSecond) => {
          const time = new VirtualTime(0);
          const clock = time.createClock();
          const pace = createPace(clock, unitsPerSecond);
          let used = 0;
          const read = async (pages: readonly number[]) => {
            for (const page of pages) {
              used += page;
              await pace(page, NEVER);
            }
          };
          await time.until(Promise.all(readers.map(read)));
          const underWay = readers.length * 300;
          expect(used).toBeLessThanOrEqual((time.elapsed / 1000) * unitsPerSecond + underWay);
        },
      ),
    );
  });

  it('time in which nobody reads is not saved up', async () => {
    const time = new VirtualTime(0);
    const pace = createPace(time.createClock(), 10);
    await time.advance(60_000);
    await time.until(pace(10, NEVER));
    await time.until(pace(10, NEVER));
    expect(time.elapsed).toBe(62_000);
  });

  it('who is interrupted does not wait on', async () => {
    const pace = createPace(new VirtualTime(0).createClock(), 1);
    const stop = new AbortController();
    const waiting = pace(1000, stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});
