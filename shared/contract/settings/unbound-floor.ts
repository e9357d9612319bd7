/** An installed unbound: its version, and the release of the package it came from where one is known. */
export interface InstalledUnbound {
  readonly version: string;
  readonly release: string | null;
}

/** The first version in which KeyTrap (CVE-2023-50387) is repaired: one hostile answer could occupy it for minutes. */
const REPAIRED = [1, 19, 1] as const;

/** What results call it: the release of the package, which tells more than the version, or the version. */
export function labelOf({ version, release }: InstalledUnbound): string {
  if (release === null || release === version) return version;
  return release.startsWith(version) ? release : `${version} (${release})`;
}

/**
 * Why an unbound is not good enough for production, or null.
 *
 * @param declared the release that the operator declares to be repaired by its distribution: exactly, or with a final
 *   `+`: it and later builds, where a build is the number at the end and all before it is the same. Null: none.
 */
export function findUnboundProblem(unbound: InstalledUnbound, declared: string | null): string | null {
  if (isRepairedVersion(unbound.version)) return null;
  const release = unbound.release ?? unbound.version;
  if (declared !== null && matches(release, declared)) return null;
  const contradiction = declared === null ? '' : `, and MPIC_UNBOUND_PATCHED declares ${declared}`;
  return (
    `unbound ${labelOf(unbound)} is older than ${REPAIRED.join('.')}, which repaired CVE-2023-50387 (KeyTrap)${contradiction}: ` +
    `install a newer one, or, where your distribution has repaired this release, say so with MPIC_UNBOUND_PATCHED=${release}`
  );
}

function isRepairedVersion(version: string): boolean {
  const numbers = version.split('.').map(Number);
  for (const [index, least] of REPAIRED.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== least) return number > least;
  }
  return true;
}

function matches(release: string, declared: string): boolean {
  if (release === declared) return true;
  if (!declared.endsWith('+')) return false;
  const [, stem, build] = /^(.*?)(\d+)$/.exec(declared.slice(0, -1)) ?? [];
  const [, ourStem, ourBuild] = /^(.*?)(\d+)$/.exec(release) ?? [];
  return stem !== undefined && stem === ourStem && Number(ourBuild) >= Number(build);
}
