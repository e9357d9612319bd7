import { type Choices, planOf } from './choices.ts';

const MOST_TRIES = 250;

/**
 * The shortest history that still fails in the same way: clients and faults are left out in ever smaller groups, then single
 * sources of trouble.
 *
 * @param fails whether a history still shows what is looked for.
 */
export async function shrink(
  start: Choices,
  fails: (choices: Choices) => Promise<boolean>,
): Promise<Choices> {
  const plan = planOf(start);
  let tries = 0;
  const stillFails = async (choices: Choices) => {
    tries += 1;
    return tries <= MOST_TRIES && (await fails(choices));
  };
  let best: Choices = {
    ...start,
    clients: start.clients ?? plan.clients.map((_, index) => index),
    faults: start.faults ?? plan.faults.map((_, index) => index),
  };
  for (const change of [{ isHonest: true }, { isClear: true }, { isOnTime: true }]) {
    const simpler = { ...best, ...change };
    if (await stillFails(simpler)) best = simpler;
  }
  for (const part of ['faults', 'clients', 'faults', 'clients'] as const) {
    const kept = await reduce(best[part] ?? [], (some) => stillFails({ ...best, [part]: some }));
    best = { ...best, [part]: kept };
  }
  return best;
}

/** Delta debugging: a list without what is not needed. */
async function reduce(
  all: readonly number[],
  stillFails: (some: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let kept = all;
  if (kept.length > 0 && (await stillFails([]))) return [];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const without = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (without.length > 0 && (await stillFails(without))) kept = without;
      else start += size;
    }
  }
  return kept;
}
