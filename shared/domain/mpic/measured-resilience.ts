/**
 * Measured resilience of sets of perspectives in AWS regions against equally specific BGP hijacks: the ten best sets of each
 * size and quorum that MPIC Labs (Princeton University) has published on 2025-03-10 (github mpiclabs/mpiclabs.github.io 1057b8d).
 *
 * 32 sites of one hosting network hijacked each other in the real BGP. The resilience of a victim is the share of its 31 attackers
 * that miss the quorum; the figure of a set is that of the median victim, a multiple of 1/62. One attacker network, one day, and
 * half of the victims fare worse: a comparison of sets, not a promise.
 */

/** The regions that were measured; a set below names each by its letter. */
const REGIONS = [
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-3',
  'us-east-2',
  'us-west-1',
  'us-west-2',
] as const;

interface Group {
  /** Remote perspectives. */
  readonly size: number;
  /** So many of them may fail to corroborate. */
  readonly losses: number;
  /** Letters of the regions, and sixty-seconds; best first. */
  readonly sets: readonly (readonly [letters: string, sixtySeconds: number])[];
}

const GROUPS: readonly Group[] = [
  {
    size: 5,
    losses: 1,
    sets: [
      ['aegik', 58],
      ['aefgi', 58],
      ['aehik', 58],
      ['aefhi', 58],
      ['begik', 58],
      ['behik', 58],
      ['befhi', 58],
      ['befgi', 58],
      ['aeijk', 58],
      ['aefij', 58],
    ],
  },
  {
    size: 6,
    losses: 1,
    sets: [
      ['aefgik', 60],
      ['aefhik', 60],
      ['aefijk', 60],
      ['defghk', 60],
      ['befgik', 60],
      ['defgjk', 60],
      ['aefghk', 60],
      ['defhjk', 60],
      ['befhik', 60],
      ['befghk', 60],
    ],
  },
  {
    size: 6,
    losses: 2,
    sets: [
      ['fghilm', 55],
      ['ghiklm', 55],
      ['efhijm', 55],
      ['eghjlm', 54],
      ['fghjkl', 54],
      ['fgijkm', 54],
      ['egijlm', 54],
      ['fghjlm', 54],
      ['ghjklm', 54],
      ['hijklm', 54],
    ],
  },
  {
    size: 7,
    losses: 1,
    sets: [
      ['aefgikl', 60],
      ['aefghik', 60],
      ['abefhik', 60],
      ['befghkm', 60],
      ['aefghkl', 60],
      ['acefhik', 60],
      ['acefgik', 60],
      ['aefgikm', 60],
      ['abefgik', 60],
      ['aefhjkm', 60],
    ],
  },
  {
    size: 7,
    losses: 2,
    sets: [
      ['aghiklm', 57],
      ['bfghilm', 57],
      ['bghiklm', 57],
      ['agijklm', 57],
      ['chijklm', 57],
      ['dghjklm', 57],
      ['cgijklm', 57],
      ['ahijklm', 57],
      ['bgijklm', 57],
      ['eghiklm', 57],
    ],
  },
  {
    size: 8,
    losses: 1,
    sets: [
      ['adeghikl', 62],
      ['aefghilm', 61],
      ['defghilm', 61],
      ['adefgjkl', 61],
      ['abefgjkl', 61],
      ['befghilm', 61],
      ['aeghiklm', 61],
      ['beghiklm', 61],
      ['deghiklm', 61],
      ['aceghklm', 61],
    ],
  },
  {
    size: 8,
    losses: 2,
    sets: [
      ['adefgijk', 58],
      ['adefhijk', 58],
      ['adefhijm', 58],
      ['bdefhijk', 58],
      ['adefghim', 58],
      ['adefghik', 58],
      ['adeghikm', 58],
      ['abeghikm', 58],
      ['adefgijm', 58],
      ['bdefgijk', 58],
    ],
  },
];

const PARTS = 62;

/** What the measurement says of a set, as shares from 0 to 1. */
export interface MeasuredResilience {
  /** Of this very set; null if it is not among the published ones. */
  readonly exact: number | null;
  /** At least: more members never hurt while the losses stay the same. Null if no published set is part of it. */
  readonly atLeast: number | null;
  /** At most: a set that is not published is not better than the last published one of its size. Null if exact. */
  readonly atMost: number | null;
}

/** Sizes for which there are figures. */
export const MEASURED_SIZES = [...new Set(GROUPS.map(({ size }) => size))];

export function isMeasuredRegion(region: string): boolean {
  return (REGIONS as readonly string[]).includes(region);
}

/**
 * Resilience of a set of remote perspectives.
 *
 * @param regions AWS regions, all of them measured
 * @param losses so many may fail to corroborate
 * @returns null where there are no figures for the size and the losses.
 */
export function measuredResilience(regions: readonly string[], losses: number): MeasuredResilience | null {
  const group = GROUPS.find((one) => one.size === regions.length && one.losses === losses);
  if (group === undefined || !regions.every(isMeasuredRegion)) return null;
  const set = new Set(regions);
  const published = group.sets.find(([letters]) => isWithin(letters, set));
  if (published !== undefined) return { exact: published[1] / PARTS, atLeast: null, atMost: null };
  const parts = GROUPS.filter((one) => one.losses === losses && one.size < regions.length)
    .flatMap(({ sets }) => sets)
    .filter(([letters]) => isWithin(letters, set))
    .map(([, sixtySeconds]) => sixtySeconds);
  const last = group.sets.at(-1)?.[1] ?? PARTS;
  return {
    exact: null,
    atLeast: parts.length === 0 ? null : Math.max(...parts) / PARTS,
    atMost: last / PARTS,
  };
}

function isWithin(letters: string, regions: ReadonlySet<string>): boolean {
  return Array.from(letters).every((letter) => regions.has(REGIONS[letter.charCodeAt(0) - 97] ?? ''));
}
