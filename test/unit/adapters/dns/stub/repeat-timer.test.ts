import { describe, expect, it } from 'vitest';
import {
  MAX_REPEAT_MS,
  MIN_REPEAT_MS,
  RepeatTimer,
} from '../../../../../shared/adapters/dns/stub/repeat-timer.ts';
import { Random } from '../../../../support/random.ts';

/** A timer after answers that took `times`, milliseconds. */
function paceAfter(times: readonly number[]): RepeatTimer {
  const pace = new RepeatTimer();
  for (const ms of times) pace.onAnswer(ms);
  return pace;
}

const repeated = (ms: number, count: number): readonly number[] => Array.from({ length: count }, () => ms);

describe('RepeatTimer: the wait before the first repeat', () => {
  it.each<{ name: string; times: readonly number[]; expected: number }>([
    { name: 'is the maximum without answers', times: [], expected: MAX_REPEAT_MS },
    {
      name: 'is the maximum after fifteen answers',
      times: repeated(1, 15),
      expected: MAX_REPEAT_MS,
    },
    { name: 'is estimated after sixteen answers', times: repeated(1, 16), expected: MIN_REPEAT_MS },
    { name: 'is the minimum for immediate answers', times: repeated(0.2, 64), expected: MIN_REPEAT_MS },
    { name: 'is the response time if it is constant', times: repeated(120, 64), expected: 120 },
    {
      name: 'is the longer of two response times plus their difference',
      times: Array.from({ length: 64 }, (_, index) => (index % 4 === 0 ? 100 : 60)),
      expected: 140,
    },
    {
      name: 'ignores one slow name in sixteen',
      times: Array.from({ length: 64 }, (_, index) => (index % 16 === 0 ? 2500 : 20)),
      expected: MIN_REPEAT_MS,
    },
    {
      name: 'is the maximum for slow names only',
      times: repeated(2500, 640),
      expected: MAX_REPEAT_MS,
    },
    {
      name: 'forgets slow names after 64 other answers',
      times: [...repeated(2500, 640), ...repeated(20, 64)],
      expected: MIN_REPEAT_MS,
    },
    { name: 'is the minimum for answers in zero time', times: repeated(0, 640), expected: MIN_REPEAT_MS },
  ])('$name', ({ times, expected }) => {
    expect(paceAfter(times).repeatMs).toBe(expected);
  });

  it('stays within its bounds for any response times', () => {
    const random = new Random(7);
    const pace = new RepeatTimer();
    const waits: number[] = [];
    for (let answer = 0; answer < 10_000; answer++) {
      pace.onAnswer(random.chance(0.5) ? random.next() : random.next() * 30_000);
      waits.push(pace.repeatMs);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(MIN_REPEAT_MS);
    expect(Math.max(...waits)).toBeLessThanOrEqual(MAX_REPEAT_MS);
  });
});

describe('RepeatTimer: repeats granted', () => {
  /** Repeats granted to `queries` queries, each of which requests one per entry of `shares`. */
  function grant(queries: number, shares: readonly number[], pace = new RepeatTimer()): number {
    let granted = 0;
    for (let query = 0; query < queries; query++) {
      pace.onQuery();
      let repeat = 1;
      for (const share of shares) if (pace.mayRepeat(repeat, share)) repeat += 1;
      granted += repeat - 1;
    }
    return granted;
  }

  it.each<{ name: string; shares: readonly number[]; most: number; least: number }>([
    { name: 'half as many as queries, if each requests one', shares: [0.02], most: 516, least: 500 },
    { name: 'no more if each requests several', shares: [0.02, 0.06, 0.14], most: 516, least: 490 },
    {
      name: 'every one in the second half of the time-out of a query',
      shares: [0.5, 0.8],
      most: 2000,
      least: 2000,
    },
    { name: 'none without requests', shares: [], most: 0, least: 0 },
  ])('$name', ({ shares, most, least }) => {
    const granted = grant(1000, shares);
    expect(granted).toBeLessThanOrEqual(most);
    expect(granted).toBeGreaterThanOrEqual(least);
  });

  it('reserves budget for first repeats when second and third ones are requested', () => {
    const pace = new RepeatTimer();
    for (let ask = 0; ask < 1000; ask++) {
      pace.mayRepeat(2, 0.06);
      pace.mayRepeat(3, 0.14);
      pace.mayRepeat(4, 0.2);
    }
    const first = Array.from({ length: 6 }, () => pace.mayRepeat(1, 0.02));
    expect(first).toEqual([true, true, true, true, false, false]);
  });

  it('saves no more budget than for one short burst', () => {
    const pace = new RepeatTimer();
    for (let query = 0; query < 100_000; query++) pace.onQuery();
    expect(Array.from({ length: 100 }, () => pace.mayRepeat(1, 0.02)).filter(Boolean)).toHaveLength(16);
  });
});
