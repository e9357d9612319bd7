import { describe, expect, it } from 'vitest';
import { createPace } from '../../../services/api/pace.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Which of `count` requests, all waiting at once, have begun after each of `turns` turns of the event loop. */
async function begunAfter(perTurn: number, count: number, turns: number): Promise<number[]> {
  const pace = createPace(perTurn);
  const begun: number[] = [];
  const waits = Array.from({ length: count }, (_, index) => pace().then(() => begun.push(index)));
  const counts: number[] = [];
  for (let left = turns; left > 0; left -= 1) {
    await turn();
    counts.push(begun.length);
  }
  await Promise.all(waits);
  expect(begun).toEqual(Array.from({ length: count }, (_, index) => index));
  return counts;
}

describe('createPace', () => {
  it.each([
    { name: 'one by one, in the order they came', perTurn: 1, count: 3, counts: [1, 2, 3] },
    { name: 'two at a time', perTurn: 2, count: 5, counts: [2, 4, 5] },
    { name: 'all at once where there are fewer', perTurn: 10, count: 3, counts: [3, 3] },
  ])('begins requests $name', async ({ perTurn, count, counts }) => {
    expect(await begunAfter(perTurn, count, counts.length)).toEqual(counts);
  });

  it('begins anew after everybody had their turn', async () => {
    const pace = createPace(1);
    await pace();
    await expect(pace()).resolves.toBeUndefined();
  });
});
