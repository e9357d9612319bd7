/** What a target can be rejected for, each documented in `docs/errors.md`. Apart from the judge: readers of answers need only the names. */
export const TARGET_PROBLEMS = [
  'not-a-domain-name',
  'misplaced-wildcard',
  'special-use-name',
  'reverse-name-not-allowed',
  'not-an-ip-address',
  'ip-address-not-allowed',
  'reserved-ip-address',
] as const;
export type TargetProblem = (typeof TARGET_PROBLEMS)[number];
