import { drawPlan } from './draw-plan.ts';
import type { Plan } from './plan.ts';

/** Which part of what its seed gives a history is made of; null: all. */
export interface Choices {
  readonly seed: number;
  readonly clients: readonly number[] | null;
  readonly faults: readonly number[] | null;
  /** Nobody is hostile. */
  readonly isHonest: boolean;
  /** Every perspective sees what there is. */
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

/** The command that lives through these choices again. */
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
