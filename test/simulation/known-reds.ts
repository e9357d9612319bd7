import type { Violation } from './oracle/judge.ts';
import type { Plan, Shape } from './plan.ts';

/** A fault of the product that is known and not yet mended; what it explains does not fail a run, and is counted. */
export interface KnownRed {
  readonly rule: string;
  /** Null: in every one. */
  readonly shapes: readonly Shape[] | null;
  /** In which plans; left out: in all. */
  readonly when?: (plan: Plan) => boolean;
  readonly why: string;
}

const hasFrozen = ({ faults }: Plan) =>
  faults.some(({ kind, ...fault }) => kind === 'freeze' || ('freezeMs' in fault && fault.freezeMs !== null));

/** Remove an entry with the change that mends it. */
export const KNOWN_REDS: readonly KnownRed[] = [
  {
    rule: 'worked-too-late',
    shapes: null,
    when: hasFrozen,
    why: 'the age of a job is that of its receipt: a process that is frozen between receipt and check does not notice',
  },
];

export function isKnown({ rule }: Violation, plan: Plan): boolean {
  return KNOWN_REDS.some(
    (red) =>
      red.rule === rule &&
      (red.shapes === null || red.shapes.includes(plan.shape)) &&
      (red.when === undefined || red.when(plan)),
  );
}
