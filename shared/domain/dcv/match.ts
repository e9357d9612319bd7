/**
 * How well one record satisfies a check.
 *
 * - `exact`: as the Baseline Requirements demand.
 * - `lenient`: only as the Open MPIC reference compares, for instance without case where case counts.
 */
export type Match = 'exact' | 'lenient' | 'none';

/** Index of the first record with the best match, or null if none matches. */
export function findBestMatch(matches: readonly Match[]): number | null {
  const exact = matches.indexOf('exact');
  if (exact >= 0) return exact;
  const lenient = matches.indexOf('lenient');
  return lenient >= 0 ? lenient : null;
}
