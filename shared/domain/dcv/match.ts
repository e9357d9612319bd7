/**
 * How well one record satisfies a check.
 *
 * - `exact`: as the Baseline Requirements want it.
 * - `lenient`: only as the Open MPIC reference compares, for instance without case where case counts.
 */
export type Match = 'exact' | 'lenient' | 'none';

/** Index of the record that satisfies the check best, the first of equals, or null when none does. */
export function findBestMatch(matches: readonly Match[]): number | null {
  const exact = matches.indexOf('exact');
  if (exact >= 0) return exact;
  const lenient = matches.indexOf('lenient');
  return lenient >= 0 ? lenient : null;
}
