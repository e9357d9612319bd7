import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPace } from '../../../services/cli/data/pace.ts';
import { forEachTogether, together } from '../../../services/cli/data/together.ts';
import { VirtualTime } from '../../support/virtual-clock.ts';

const NEVER = new AbortController().signal;

describe('createPace', () => {
  it('readers that share a pace never use more than it allows, but for what is under way', async () => {
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
            let estimate = 1;
            for (const page of pages) {
              await pace.take(estimate, NEVER);
              used += page;
              pace.settle(estimate, page);
              estimate = page;
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
    await time.until(pace.take(10, NEVER));
    await time.until(pace.take(10, NEVER));
    await time.until(pace.take(10, NEVER));
    expect(time.elapsed).toBe(62_000);
  });

  it('who is interrupted does not wait on', async () => {
    const pace = createPace(new VirtualTime(0).createClock(), 1);
    const stop = new AbortController();
    await pace.take(1000, stop.signal);
    const waiting = pace.take(1, stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('together', () => {
  it('the first failure stops the others, which have ended when it is told', async () => {
    let ended = 0;
    const waiter = async (signal: AbortSignal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended += 1;
    };
    const failing = async () => {
      throw new Error('disk full');
    };
    await expect(together(NEVER, [waiter, failing, waiter])).rejects.toThrow('disk full');
    expect(ended).toBe(2);
  });

  it('no more are handled at a time than allowed, and each once', async () => {
    let running = 0;
    let most = 0;
    const handled: number[] = [];
    async function* numbers() {
      for (let number = 0; number < 50; number++) yield number;
    }
    await forEachTogether(NEVER, 4, numbers(), async (number) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      handled.push(number);
    });
    expect(most).toBe(4);
    expect(handled.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it('a source that fails ends the work with its failure', async () => {
    async function* numbers() {
      yield 1;
      throw new Error('line 2');
    }
    await expect(forEachTogether(NEVER, 4, numbers(), async () => {})).rejects.toThrow('line 2');
  });
});
