import type { Lookup, LookupAnswer, LookupFailure } from './lookup.ts';

/** One name of the climb and what the DNS said of it; null while nothing is known yet. */
export interface ClimbLevel {
  readonly name: string;
  readonly lookup: Lookup | null;
}

/** Decides whether a failed lookup may count as "no records here". Most callers never let it. */
export type FailureRule = (failure: LookupFailure) => boolean;

/**
 * What a climb has come to.
 *
 * `depth` counts the levels the outcome rests on, from the name upwards; what lies above them is without meaning.
 * `accepted` lists failures below that the rule let pass.
 */
export type ClimbOutcome =
  | { readonly status: 'pending'; readonly depth: number }
  | {
      readonly status: 'found';
      readonly depth: number;
      readonly name: string;
      readonly answer: LookupAnswer;
      readonly accepted: readonly LookupFailure[];
    }
  | { readonly status: 'nothing-found'; readonly depth: number; readonly accepted: readonly LookupFailure[] }
  | {
      readonly status: 'failed';
      readonly depth: number;
      readonly name: string;
      readonly failure: LookupFailure;
      readonly accepted: readonly LookupFailure[];
    };

const NONE: readonly LookupFailure[] = Object.freeze([]);

/** RFC 1035 section 4.1.1. */
const NXDOMAIN = 3;

/**
 * The names of a climb, nearest first: the name, each of its parents, and the top-level domain last.
 *
 * The root is not asked (RFC 8659 section 3). Parents are those of the name itself, never of an alias target.
 */
export function climbNames(name: string): string[] {
  const names = [name];
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
    names.push(name.slice(dot + 1));
  return names;
}

/**
 * Find the relevant RRset among lookups of all levels, given in climbing order (RFC 8659 section 3).
 *
 * The nearest level with records wins. An empty answer, NXDOMAIN included, says nothing about the parents, so the climb
 * goes on. A failure may hide a record and ends the climb, unless `accepts` lets it pass (TLS BR 4.2.2.1 [caa]);
 * even then the climb goes on, so that a denial above still denies: the Baseline Requirements would allow to stop.
 * Levels above the one that settles it are not looked at: they may be unknown, or failures.
 */
export function evaluateClimb(levels: readonly ClimbLevel[], accepts: FailureRule): ClimbOutcome {
  let accepted = NONE;
  let depth = 0;
  for (const { name, lookup } of levels) {
    if (lookup === null) return { status: 'pending', depth };
    depth++;
    if (lookup.status === 'failed') {
      if (!accepts(lookup)) return { status: 'failed', depth, name, failure: lookup, accepted };
      accepted = [...accepted, lookup];
    } else if (lookup.records.length > 0) {
      return { status: 'found', depth, name, answer: lookup, accepted };
    }
  }
  return { status: 'nothing-found', depth, accepted };
}

/**
 * The denial of the top-level domain, if a climb that found nothing ended with one; null when that domain exists.
 *
 * A name below a domain that the root does not have is an Internal Name (TLS BR 1.6.1 [definitions]), for which no
 * certificate is issued (TLS BR 4.2.2 [certificate-names]): that its CAA cannot be found is not permission.
 */
export function findDeniedTopLevel(levels: readonly ClimbLevel[]): LookupAnswer | null {
  const lookup = levels.at(-1)?.lookup;
  if (lookup?.status !== 'answered') return null;
  // After an alias the code is about where it leads, and the domain that holds it exists.
  return lookup.rcode === NXDOMAIN && lookup.cnameChain.length === 0 ? lookup : null;
}
