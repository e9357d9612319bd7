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

const CLOUD: readonly Shape[] = ['functions', 'processes'];

/** The disk has done what it said it had not. */
const hasLyingDisk = ({ faults }: Plan) =>
  faults.some(
    (fault) =>
      'fate' in fault &&
      fault.fate === 'fail-after' &&
      'dependency' in fault &&
      'disk'.startsWith(fault.dependency),
  );

const hasFrozen = ({ faults }: Plan) =>
  faults.some(({ kind, ...fault }) => kind === 'freeze' || ('freezeMs' in fault && fault.freezeMs !== null));

const hasWrongClocks = ({ clockErrorMs, faults }: Plan) =>
  clockErrorMs > 0 || faults.some(({ kind }) => kind === 'clock-jump');

const TABLES = ['requests', 'results'];

const hasTroubledTables = ({ faults }: Plan) =>
  faults.some(
    (fault) =>
      'fate' in fault && 'dependency' in fault && TABLES.some((table) => table.startsWith(fault.dependency)),
  );

const LYING_DISK =
  'after a write that failed and was done all the same, store and memory of the embedded backend differ until the next start';

/** Remove an entry with the change that mends it. */
export const KNOWN_REDS: readonly KnownRed[] = [
  {
    rule: 'stale-valid',
    shapes: null,
    why: 'an attempt has no age limit: decided hours after its deadline, it can still be valid',
  },
  { rule: 'too-late-unsaid', shapes: null, why: 'the same: no verdict says that it came too late' },
  {
    rule: 'overlooked',
    shapes: CLOUD,
    when: hasTroubledTables,
    why: 'results that cannot be read at the deadline are taken for silence',
  },
  {
    rule: 'late-not-recorded',
    shapes: CLOUD,
    when: hasWrongClocks,
    why: 'a perspective whose clock is slow does not see that its result is late, and tells nobody',
  },
  {
    rule: 'worked-too-late',
    shapes: null,
    when: hasFrozen,
    why: 'the age of a job is that of its receipt: a process that is frozen between receipt and check does not notice',
  },
  {
    rule: 'told-unstored',
    shapes: ['embedded'],
    why: 'a request is in memory before it is in the log: who repeats a key meanwhile is told of one that may never be there',
  },
  {
    rule: 'refused-unstored',
    shapes: ['embedded'],
    why: 'the same: another body under that key is refused over a request that may never be there',
  },
  ...[
    'changed',
    'wrong-start',
    'wrong-answer',
    'two-answers',
    'two-verdicts',
    'not-ended',
    'not-published',
    'wrong-valid',
    'wrong-invalid',
    'wrong-report',
    'audit-wrong',
    'told-too-soon',
    'counted-wrong',
    'counted-unstored',
    'overwritten',
    'overlooked',
    'vanished',
    'unmarked-replay',
    'expired-early',
    'event-wrong',
    'attempts-wrong',
    'ended-twice',
  ].map((rule): KnownRed => ({ rule, shapes: ['embedded'], when: hasLyingDisk, why: LYING_DISK })),
];

export function isKnown({ rule }: Violation, plan: Plan): boolean {
  return KNOWN_REDS.some(
    (red) =>
      red.rule === rule &&
      (red.shapes === null || red.shapes.includes(plan.shape)) &&
      (red.when === undefined || red.when(plan)),
  );
}
