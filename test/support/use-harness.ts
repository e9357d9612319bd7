import { afterEach, beforeEach } from 'vitest';
import type { Bench, OpenBench } from './bench.ts';
import { type Harness, type HarnessOptions, startHarness } from './harness.ts';

/** Noon of a day on which the rules of today apply, far from any date on which one changes. */
export const AN_ORDINARY_NOON = Date.UTC(2026, 10, 21, 12);

export interface TestBed {
  readonly bench: Bench;
  /** Start the service; one that runs is stopped first. */
  start(options?: HarnessOptions): Promise<Harness>;
  /** A bench whose clocks begin at another time. */
  openAt(startsAt: number): Promise<void>;
}

/** A bench of its own for every test of the suite, and the service on it stopped afterwards. */
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
