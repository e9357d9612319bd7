import type { Lookup, LookupAnswer, LookupFailure } from './lookup.ts';

/** One name of the climb and its lookup; null while the lookup is pending. */
export interface ClimbLevel {
  readonly name: string;
  readonly lookup: Lookup | null;
}

/** Decides whether a failed lookup counts as "no records here". Most callers always answer no. */
export type FailureRule = (failure: LookupFailure) => boolean;

/**
 * The outcome of a climb.
 *
 * `depth` counts the levels that the outcome is based on, from the name upwards; levels above are irrelevant.
 * `accepted` lists the failed lookups that the rule counted as "no records here".
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
 * The root is not queried (RFC 8659 section 3). Parents are those of the name itself, never of an alias target.
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
 * The nearest level with records wins. An empty answer, including NXDOMAIN, says nothing about the parents, so the
 * climb continues. A failure may hide a record and ends the climb, unless `accepts` allows it (TLS BR 4.2.2.1 [caa]).
 * Even then the climb continues, so that a set above that forbids issuance still applies; the Baseline Requirements
 * would allow stopping. Levels above the deciding level are ignored: they may be pending or failed.
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
 * The answer that denies the top-level domain, for a climb that found nothing; null if that domain exists.
 *
 * A name below a top-level domain that is not in the root zone is an Internal Name (TLS BR 1.6.1 [definitions]), for
 * which no certificate is issued (TLS BR 4.2.2 [certificate-names]): a missing CAA record is not permission there.
 */
export function findDeniedTopLevel(levels: readonly ClimbLevel[]): LookupAnswer | null {
  const lookup = levels.at(-1)?.lookup;
  if (lookup?.status !== 'answered') return null;
  // After an alias the RCODE describes the alias target, and the domain that has the alias exists.
  return lookup.rcode === NXDOMAIN && lookup.cnameChain.length === 0 ? lookup : null;
}
