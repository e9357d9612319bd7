import type { Lookup, LookupAnswer, LookupFailure } from '../ports/resolver.ts';

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
