/** Counts by name. */
export type Tally = Record<string, number>;

export function addTo(tally: Tally, name: string, count = 1): void {
  tally[name] = (tally[name] ?? 0) + count;
}

export function describeTally(tally: Tally): string {
  const entries = Object.entries(tally).sort(([, one], [, other]) => other - one);
  return entries.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}
