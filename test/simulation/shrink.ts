import { type Choices, planOf } from './choices.ts';

const MOST_TRIES = 250;

/**
 * Finds a shorter history that fails in the same way. First leaves out hostile perspectives, faulty views and clock errors,
 * then clients and faults in ever smaller groups.
 *
 * @param fails returns true if a history still shows the failure.
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

/** Delta debugging: removes everything from a list that is not needed to fail. */
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
