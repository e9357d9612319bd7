import { describe, expect, it } from 'vitest';
import {
  MAX_REPEAT_MS,
  MIN_REPEAT_MS,
  RepeatTimer,
} from '../../../../../shared/adapters/dns/stub/repeat-timer.ts';
import { Random } from '../../../../support/random.ts';

/** A pace after answers that took `times`, milliseconds. */
function paceAfter(times: readonly number[]): RepeatTimer {
  const pace = new RepeatTimer();
  for (const ms of times) pace.onAnswer(ms);
  return pace;
}

const repeated = (ms: number, count: number): readonly number[] => Array.from({ length: count }, () => ms);

describe('Pace: when a query is repeated first', () => {
  it.each<{ name: string; times: readonly number[]; expected: number }>([
    { name: 'nothing is known: as late as ever', times: [], expected: MAX_REPEAT_MS },
    {
      name: 'fifteen answers are too few to go by',
      times: repeated(1, 15),
      expected: MAX_REPEAT_MS,
    },
    { name: 'sixteen are enough', times: repeated(1, 16), expected: MIN_REPEAT_MS },
    { name: 'answers at once do not go below the floor', times: repeated(0.2, 64), expected: MIN_REPEAT_MS },
    { name: 'answers of one length: after that length', times: repeated(120, 64), expected: 120 },
    {
      name: 'answers of two lengths: after the longer one and the distance between them',
      times: Array.from({ length: 64 }, (_, index) => (index % 4 === 0 ? 100 : 60)),
      expected: 140,
    },
    {
      name: 'one slow name in sixteen changes nothing',
      times: Array.from({ length: 64 }, (_, index) => (index % 16 === 0 ? 2500 : 20)),
      expected: MIN_REPEAT_MS,
    },
    {
      name: 'slow names only: no later than the ceiling',
      times: repeated(2500, 640),
      expected: MAX_REPEAT_MS,
    },
    {
      name: 'slow names are forgotten after 64 other answers',
      times: [...repeated(2500, 640), ...repeated(20, 64)],
      expected: MIN_REPEAT_MS,
    },
    { name: 'answers that take no time at all', times: repeated(0, 640), expected: MIN_REPEAT_MS },
  ])('$name', ({ times, expected }) => {
    expect(paceAfter(times).repeatMs).toBe(expected);
  });

  it('stays within its bounds whatever is answered when', () => {
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

describe('Pace: how often queries are repeated', () => {
  /** Repeats granted to `queries` queries, each of which asks for as many as there are shares of its time. */
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
    { name: 'half as often as there are queries, if all want it', shares: [0.02], most: 516, least: 500 },
    { name: 'no more often if all want several', shares: [0.02, 0.06, 0.14], most: 516, least: 490 },
    {
      name: 'in the second half of the time of a query each time',
      shares: [0.5, 0.8],
      most: 2000,
      least: 2000,
    },
    { name: 'never when nothing asks for it', shares: [], most: 0, least: 0 },
  ])('$name', ({ shares, most, least }) => {
    const granted = grant(1000, shares);
    expect(granted).toBeLessThanOrEqual(most);
    expect(granted).toBeGreaterThanOrEqual(least);
  });

  it('keeps what was saved for first repeats, however many second and third ones are asked for', () => {
    const pace = new RepeatTimer();
    for (let ask = 0; ask < 1000; ask++) {
      pace.mayRepeat(2, 0.06);
      pace.mayRepeat(3, 0.14);
      pace.mayRepeat(4, 0.2);
    }
    const first = Array.from({ length: 6 }, () => pace.mayRepeat(1, 0.02));
    expect(first).toEqual([true, true, true, true, false, false]);
  });

  it('saves no more in quiet times than for one short burst', () => {
    const pace = new RepeatTimer();
    for (let query = 0; query < 100_000; query++) pace.onQuery();
    expect(Array.from({ length: 100 }, () => pace.mayRepeat(1, 0.02)).filter(Boolean)).toHaveLength(16);
  });
});
