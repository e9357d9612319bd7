/** So much of a foreign name is compared, characters. */
const MAX_CHARACTERS = 64;

/** The member that `key` most likely was to be: the same but for case and punctuation, or nearly so. */
export function findNearest(key: string, members: readonly string[]): string | null {
  const wanted = simplified(key.slice(0, MAX_CHARACTERS));
  const [nearest] = members
    .map((member) => ({ member, distance: editDistance(wanted, simplified(member)) }))
    .sort((one, other) => one.distance - other.distance);
  if (nearest === undefined) return null;
  const tolerance = Math.ceil(Math.min(wanted.length, nearest.member.length) / 4);
  return nearest.distance <= tolerance ? nearest.member : null;
}

function simplified(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Levenshtein distance: how many letters to insert, remove or replace. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
