import type { Perspective, Rir } from '../check/perspective.ts';
import { areDistinct } from './geography.ts';

type Cohort = readonly Perspective[];

/** Corroboration must come from two service regions (TLS BR 3.2.2.9 [mpic]), so a cohort must span two. */
const MINIMUM_RIRS = 2;

/**
 * Bound on the search for one cohort. A set whose members are all distinct, the only kind a service starts with, needs
 * no more steps than the cohort has members; the bound limits the search in sets that will be rejected.
 */
const MAX_SEARCH_STEPS = 10_000;

/**
 * Disjoint cohorts of `size`, built from the front of `ordered`, each spread over as many RIR service regions as
 * possible, with all members distinct from each other (TLS BR 3.2.2.9 [mpic]).
 *
 * For a set of distinct perspectives the number of cohorts is the maximum. If some are too close to each other it may
 * be lower; it is zero only if no cohort exists or the search reached its bound. A cohort of one region is built only
 * for size 2, if no other pair exists.
 */
export function buildCohorts(ordered: readonly Perspective[], size: number): readonly Cohort[] {
  if (!Number.isInteger(size) || size < 1) return [];
  if (size === 1) return ordered.map((perspective) => [perspective]);

  const diverse = buildDiverseCohorts(ordered, size);
  return diverse.length === 0 && size === 2 ? buildOneByOne(ordered, size, 1) : diverse;
}

function buildDiverseCohorts(ordered: readonly Perspective[], size: number): readonly Cohort[] {
  const most = Math.min(Math.floor(ordered.length / size), countDiversePairs(ordered));
  for (let count = most; count > 1; count -= 1) {
    const cohorts = dealCohorts(ordered, size, count);
    if (cohorts !== null) return cohorts;
  }
  return most === 0 ? [] : buildOneByOne(ordered, size, MINIMUM_RIRS);
}

/** How many disjoint pairs of two regions a set has, ignoring distance. */
function countDiversePairs(perspectives: readonly Perspective[]): number {
  const perRir = new Map<Rir, number>();
  for (const { rir } of perspectives) perRir.set(rir, (perRir.get(rir) ?? 0) + 1);
  const outsideLargest = perspectives.length - Math.max(0, ...perRir.values());
  return Math.min(Math.floor(perspectives.length / 2), outsideLargest);
}

/**
 * Build `count` cohorts in parallel: first give each two members of different regions, so that no cohort has only one
 * region, then add one member to each in turn. Null if a cohort cannot get a member.
 */
function dealCohorts(ordered: readonly Perspective[], size: number, count: number): readonly Cohort[] | null {
  let rest = ordered;
  let cohorts: readonly Cohort[] = [];
  while (cohorts.length < count) {
    const pair = pickPair(rest, count - cohorts.length - 1);
    if (pair === null) return null;
    cohorts = [...cohorts, pair];
    rest = without(rest, pair);
  }

  for (let filled = 2; filled < size; filled += 1) {
    const larger: Cohort[] = [];
    for (const cohort of cohorts) {
      const next = pickNext(rest, cohort);
      if (next === null) return null;
      larger.push([...cohort, next]);
      rest = without(rest, [next]);
    }
    cohorts = larger;
  }
  return cohorts;
}

/** The first two perspectives of different regions that leave enough for `pairsAfter` more such pairs. */
function pickPair(rest: readonly Perspective[], pairsAfter: number): Cohort | null {
  for (const [index, first] of rest.entries()) {
    for (const second of rest.slice(index + 1)) {
      if (first.rir === second.rir || !areDistinct(first, second)) continue;
      if (countDiversePairs(without(rest, [first, second])) >= pairsAfter) return [first, second];
    }
  }
  return null;
}

/** The first perspective, distinct from all members of `cohort`, of the region with the fewest members. */
function pickNext(rest: readonly Perspective[], cohort: Cohort): Perspective | null {
  let best: { readonly perspective: Perspective; readonly sameRir: number } | null = null;
  for (const perspective of rest) {
    const sameRir = cohort.filter(({ rir }) => rir === perspective.rir).length;
    if (best !== null && sameRir >= best.sameRir) continue;
    if (cohort.every((member) => areDistinct(member, perspective))) best = { perspective, sameRir };
  }
  return best === null ? null : best.perspective;
}

function buildOneByOne(
  ordered: readonly Perspective[],
  size: number,
  minimumRirs: number,
): readonly Cohort[] {
  const cohorts: Cohort[] = [];
  let rest = ordered;
  while (rest.length >= size) {
    const cohort = findCohort(rest, size, minimumRirs);
    if (cohort === null) break;
    cohorts.push(cohort);
    rest = without(rest, cohort);
  }
  return cohorts;
}

/** Finds one cohort by backtracking, trying the regions in turn. */
function findCohort(ordered: readonly Perspective[], size: number, minimumRirs: number): Cohort | null {
  let stepsLeft = MAX_SEARCH_STEPS;

  /** `candidates` are distinct from all of `chosen`. */
  const extend = (chosen: Cohort, candidates: readonly Perspective[]): Cohort | null => {
    const missing = size - chosen.length;
    if (missing === 0) return countRirs(chosen) >= minimumRirs ? chosen : null;

    stepsLeft -= 1;
    const [first, ...others] = candidates;
    if (stepsLeft < 0 || first === undefined || candidates.length < missing) return null;
    if (countRirs([...chosen, ...candidates]) < minimumRirs) return null;

    const distinct = others.filter((other) => areDistinct(first, other));
    const found = extend([...chosen, first], distinct);
    if (found !== null) return found;

    // A candidate that is distinct from all others can replace one of two members without losing both regions, so if no
    // cohort exists with it, none exists without it.
    const isInNobodysWay = distinct.length === others.length;
    return isInNobodysWay && missing > 1 ? null : extend(chosen, others);
  };

  return extend([], interleaveRirs(ordered));
}

/** One perspective of each region in turn, in the order in which the regions first appear. */
function interleaveRirs(ordered: readonly Perspective[]): readonly Perspective[] {
  const seen = new Map<Rir, number>();
  const ranked = ordered.map((perspective) => {
    const turn = seen.get(perspective.rir) ?? 0;
    seen.set(perspective.rir, turn + 1);
    return { perspective, turn };
  });
  const rirs = [...seen.keys()];
  return ranked
    .sort((a, b) => a.turn - b.turn || rirs.indexOf(a.perspective.rir) - rirs.indexOf(b.perspective.rir))
    .map(({ perspective }) => perspective);
}

function countRirs(perspectives: readonly Perspective[]): number {
  return new Set(perspectives.map(({ rir }) => rir)).size;
}

function without(perspectives: readonly Perspective[], taken: Cohort): readonly Perspective[] {
  return perspectives.filter((perspective) => !taken.includes(perspective));
}
