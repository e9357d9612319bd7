import { drawPlan } from './draw-plan.ts';
import type { Plan } from './plan.ts';

/** Which parts of the seed's plan a history uses; null means all. */
export interface Choices {
  readonly seed: number;
  readonly clients: readonly number[] | null;
  readonly faults: readonly number[] | null;
  /** No perspective is hostile. */
  readonly isHonest: boolean;
  /** Every perspective sees the true data. */
  readonly isClear: boolean;
  /** All clocks are right. */
  readonly isOnTime: boolean;
}

export const ALL = { clients: null, faults: null, isHonest: false, isClear: false, isOnTime: false };

export function planOf({ seed, clients, faults, isHonest, isClear, isOnTime }: Choices): Plan {
  const plan = drawPlan(seed);
  return {
    ...plan,
    clients: plan.clients.filter((_, index) => clients?.includes(index) ?? true),
    faults: plan.faults.filter((_, index) => faults?.includes(index) ?? true),
    hostile: isHonest ? [] : plan.hostile,
    sight: isClear ? { forbids: 0, fails: 0, slow: 0, hangs: 0 } : plan.sight,
    clockErrorMs: isOnTime ? 0 : plan.clockErrorMs,
  };
}

/** The command that repeats a history with these choices. */
export function commandOf({ seed, clients, faults, isHonest, isClear, isOnTime }: Choices): string {
  const flags = [
    `--seed ${seed}`,
    '--histories 1',
    ...(clients === null ? [] : [`--clients ${clients.join(',')}`]),
    ...(faults === null ? [] : [`--faults ${faults.join(',') || 'none'}`]),
    ...(isHonest ? ['--honest'] : []),
    ...(isClear ? ['--clear'] : []),
    ...(isOnTime ? ['--on-time'] : []),
    '--trace',
  ];
  return `npm run simulate -- ${flags.join(' ')}`;
}
