import { afterEach, beforeEach } from 'vitest';
import type { Bench, OpenBench } from './bench.ts';
import { type Harness, type HarnessOptions, startHarness } from './harness.ts';

/** Noon of a day under the current rules, far from any effective date. */
export const AN_ORDINARY_NOON = Date.UTC(2026, 10, 21, 12);

export interface TestBed {
  readonly bench: Bench;
  /** Start the service; stops a running one first. */
  start(options?: HarnessOptions): Promise<Harness>;
  /** Open a bench whose clocks start at another time. */
  openAt(startsAt: number): Promise<void>;
}

/** Opens a new bench for every test of the suite, and stops the service afterwards. */
export function useHarness(open: OpenBench): TestBed {
  let bench: Bench | null = null;
  let harness: Harness | null = null;

  async function close(): Promise<void> {
    await harness?.stop();
    harness = null;
    await bench?.close();
    bench = null;
  }
  beforeEach(async () => {
    bench = await open(AN_ORDINARY_NOON);
  });
  afterEach(close);

  return {
    get bench() {
      if (bench === null) throw new Error('there is a bench only while a test runs');
      return bench;
    },
    async start(options) {
      await harness?.stop();
      harness = null;
      harness = await startHarness(this.bench, options);
      return harness;
    },
    async openAt(startsAt) {
      await close();
      bench = await open(startsAt);
    },
  };
}
