import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalEstimates } from '../../../../shared/adapters/aws/arrival-estimates.ts';

/** Estimates that have seen each perspective arrive at its time, with checks of 2 ms. */
function taught(arrivals: Readonly<Record<string, number>>): ArrivalEstimates {
  const estimates = new ArrivalEstimates();
  for (const [perspective, at] of Object.entries(arrivals)) {
    estimates.arrived(perspective, { durationMs: 2, missedAtMs: at, foundAtMs: at });
  }
  return estimates;
}

/** Let `rounds` attempts pass in which `perspective` arrives at `arrival` and is looked for as the estimates say. */
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
    { name: 'waits for the slowest when all are needed', missing: ['a', 'b', 'c'], needed: 3, expected: 300 },
    { name: 'does not wait for one that can be spared', missing: ['a', 'b', 'c'], needed: 2, expected: 200 },
    { name: 'looks for the quickest when one is needed', missing: ['a', 'b', 'c'], needed: 1, expected: 100 },
    { name: 'takes needing none as needing one', missing: ['b', 'c'], needed: 0, expected: 200 },
    {
      name: 'takes needing more than are missing as needing all',
      missing: ['a', 'b'],
      needed: 9,
      expected: 200,
    },
    { name: 'looks early for a perspective never seen', missing: ['new'], needed: 1, expected: 15 },
    { name: 'never puts the first look off beyond a second', missing: ['far'], needed: 1, expected: 1000 },
    { name: 'has an answer for nobody', missing: [], needed: 1, expected: 15 },
  ])('$name', ({ missing, needed, expected }) => {
    const estimates = taught({ a: 100, b: 200, c: 300, far: 5000 });
    expect(estimates.firstLook(missing, needed)).toBeCloseTo(expected);
  });

  it('does not put a look off for one that was silent the last time', () => {
    const estimates = taught({ a: 100, b: 200, c: 300 });
    estimates.silent(['c']);
    expect(estimates.firstLook(['a', 'b', 'c'], 3)).toBeCloseTo(200);
    estimates.arrived('c', { durationMs: 2, missedAtMs: 290, foundAtMs: 300 });
    expect(estimates.firstLook(['a', 'b', 'c'], 3)).toBeGreaterThan(250);
  });

  it('keeps what it knew when everybody was silent, so that an outage leaves no trace', () => {
    const estimates = taught({ a: 100, b: 200 });
    estimates.silent(['a', 'b']);
    expect(estimates.firstLook(['a', 'b'], 2)).toBeCloseTo(200);
  });
});

describe('ArrivalEstimates.step', () => {
  it.each([
    { name: '15 ms at first', waited: 20, expected: 15 },
    { name: '15 ms up to 600 ms', waited: 600, expected: 15 },
    { name: '25 ms after a second', waited: 1000, expected: 25 },
    { name: 'a fortieth of a long wait', waited: 4000, expected: 100 },
    { name: 'never more than 250 ms', waited: 60_000, expected: 250 },
  ])('is $name', ({ waited, expected }) => {
    expect(taught({ a: 10 }).step(['a', 'new'], waited)).toBe(expected);
  });

  it('is 100 ms when all that are missing were silent the last time', () => {
    const estimates = taught({ a: 10, b: 10 });
    estimates.silent(['a', 'never seen']);
    expect(estimates.step(['a', 'never seen'], 50)).toBe(100);
    expect(estimates.step(['a', 'b'], 50)).toBe(15);
  });
});

describe('ArrivalEstimates over many attempts', () => {
  it('finds a steady perspective with little more than one look an attempt, and hardly late', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 60, 5, 50);
    expect(play(estimates, 'p', 60, 5, 100)).toBeLessThan(125);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60 + 10);
  });

  it('a single slow target does not delay the next verdict by more than 10 ms', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 40, 5, 50);
    const before = estimates.firstLook(['p'], 1);
    play(estimates, 'p', 5035, 5000, 1);
    expect(estimates.firstLook(['p'], 1)).toBeLessThanOrEqual(before + 10);
  });

  it('after a hundred slow targets the first quick ones bring it back', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 535, 500, 100);
    expect(estimates.firstLook(['p'], 1)).toBeGreaterThan(400);
    play(estimates, 'p', 40, 5, 12);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60);
  });

  it('a first arrival out of a cold start puts off no more than a few looks', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 900, 5, 1);
    play(estimates, 'p', 60, 5, 5);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60 + 10);
  });

  it('follows a network path that becomes quicker', () => {
    const estimates = new ArrivalEstimates();
    play(estimates, 'p', 200, 5, 20);
    play(estimates, 'p', 50, 5, 120);
    expect(estimates.firstLook(['p'], 1)).toBeLessThan(60);
  });

  it('a clock that lies about durations neither breaks it nor puts looks off beyond a second', () => {
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
