import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalEstimates } from '../../../../shared/adapters/aws/arrival-estimates.ts';

/** Estimates taught that each perspective arrives at its given time, with checks of 2 ms. */
function taught(arrivals: Readonly<Record<string, number>>): ArrivalEstimates {
  const estimates = new ArrivalEstimates();
  for (const [perspective, at] of Object.entries(arrivals)) {
    estimates.arrived(perspective, { durationMs: 2, missedAtMs: at, foundAtMs: at });
  }
  return estimates;
}

/** Simulate `rounds` attempts in which `perspective` arrives at `arrival` and polls follow the estimates. */
function play(
  estimates: ArrivalEstimates,
  perspective: string,
  arrival: number,
  durationMs: number,
  rounds: number,
): number {
  let looks = 0;
  for (let round = 0; round < rounds; round++) {
    let missedAtMs: number | null = null;
    let at = estimates.firstLook([perspective], 1);
    looks += 1;
    while (at < arrival) {
      missedAtMs = at;
      at += estimates.step([perspective], at);
      looks += 1;
    }
    estimates.arrived(perspective, { durationMs, missedAtMs, foundAtMs: at });
  }
  return looks;
}

describe('ArrivalEstimates.firstLook', () => {
  it.each([
    {
      name: 'is the time of the slowest when all are needed',
      missing: ['a', 'b', 'c'],
      needed: 3,
      expected: 300,
    },
    {
      name: 'skips the slowest when two of three are needed',
      missing: ['a', 'b', 'c'],
      needed: 2,
      expected: 200,
    },
    {
      name: 'is the time of the fastest when one is needed',
      missing: ['a', 'b', 'c'],
      needed: 1,
      expected: 100,
    },
    { name: 'treats zero needed as one', missing: ['b', 'c'], needed: 0, expected: 200 },
    {
      name: 'treats more needed than missing as all',
      missing: ['a', 'b'],
      needed: 9,
      expected: 200,
    },
    { name: 'is 15 ms for an unknown perspective', missing: ['new'], needed: 1, expected: 15 },
    { name: 'is at most one second', missing: ['far'], needed: 1, expected: 1000 },
    { name: 'is 15 ms when no perspective is missing', missing: [], needed: 1, expected: 15 },
  ])('$name', ({ missing, needed, expected }) => {
    const estimates = taught({ a: 100, b: 200, c: 300, far: 5000 });
    expect(estimates.firstLook(missing, needed)).toBeCloseTo(expected);
  });

  it('does not wait for a perspective that did not respond last time', () => {
    const estimates = taught({ a: 100, b: 200, c: 300 });
    estimates.silent(['c']);
    expect(estimates.firstLook(['a', 'b', 'c'], 3)).toBeCloseTo(200);
    estimates.arrived('c', { durationMs: 2, missedAtMs: 290, foundAtMs: 300 });
    expect(estimates.firstLook(['a', 'b', 'c'], 3)).toBeGreaterThan(250);
  });

  it('keeps the estimates after a wait in which no perspective responded', () => {
    const estimates = taught({ a: 100, b: 200 });
    estimates.silent(['a', 'b']);
    expect(estimates.firstLook(['a', 'b'], 2)).toBeCloseTo(200);
  });
});

describe('ArrivalEstimates.step', () => {
  it.each([
    { name: '15 ms after 20 ms', waited: 20, expected: 15 },
    { name: '15 ms after 600 ms', waited: 600, expected: 15 },
    { name: '25 ms after a second', waited: 1000, expected: 25 },
    { name: 'a fortieth of a long wait', waited: 4000, expected: 100 },
    { name: 'at most 250 ms', waited: 60_000, expected: 250 },
  ])('is $name', ({ waited, expected }) => {
    expect(taught({ a: 10 }).step(['a', 'new'], waited)).toBe(expected);
  });

  it('is 100 ms when no missing perspective responded last time', () => {
    const estimates = taught({ a: 10, b: 10 });
    estimates.silent(['a', 'never seen']);
    expect(estimates.step(['a', 'never seen'], 50)).toBe(100);
    expect(estimates.step(['a', 'b'], 50)).toBe(15);
  });
});

describe('ArrivalEstimates over many attempts', () => {
  it('finds a steady perspective with little more than one poll per attempt, less than 10 ms late', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 60, 5, 50);
    expect(play(estimates, 'p', 60, 5, 100)).toBeLessThan(125);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60 + 10);
  });

  it('delays the next verdict by at most 10 ms after one slow target', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 40, 5, 50);
    const before = estimates.firstLook(['p'], 1);
    play(estimates, 'p', 5035, 5000, 1);
    expect(estimates.firstLook(['p'], 1)).toBeLessThanOrEqual(before + 10);
  });

  it('returns to early polls soon after a hundred slow targets', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 535, 500, 100);
    expect(estimates.firstLook(['p'], 1)).toBeGreaterThan(400);
    play(estimates, 'p', 40, 5, 12);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60);
  });

  it('recovers within a few polls from a first arrival after a cold start', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 900, 5, 1);
    play(estimates, 'p', 60, 5, 5);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60 + 10);
  });

  it('adapts to a network path that becomes faster', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 200, 5, 20);
    play(estimates, 'p', 50, 5, 120);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60);
  });

  it('keeps polls between 0 and 1 second for any reported durations', () => {
    const arrival = fc.record({
      durationMs: fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -10, max: 10_000 })),
      missedAtMs: fc.option(fc.integer({ min: 0, max: 5000 })),
      foundAtMs: fc.integer({ min: 5000, max: 30_000 }),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 50 }), (arrivals) => {
        const estimates = new ArrivalEstimates();
        for (const each of arrivals) estimates.arrived('p', each);
        const look = estimates.firstLook(['p'], 1);
        expect(look).toBeGreaterThanOrEqual(0);
        expect(look).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
