import {
  type ClimbLevel,
  type ClimbOutcome,
  climbNames,
  evaluateClimb,
  type FailureRule,
} from '../../shared/caa/climb.ts';
import { climbEvidence, noEvidence } from '../../shared/caa/evidence.ts';
import { judgeCaaSet } from '../../shared/caa/judge.ts';
import { circumstancesOf, isForgivableFailure, isPermittedFailure } from '../../shared/caa/lookup-failure.ts';
import { formatCaaSet } from '../../shared/caa/presentation.ts';
import type {
  CaaDetails,
  CaaParameters,
  CaaReason,
  CheckError,
  CheckOutcome,
  DnsEvidence,
  Policy,
  Target,
} from '../../shared/mpic/check.ts';
import type {
  CaaRecord,
  CheckResolver,
  Lookup,
  LookupAnswer,
  LookupFailure,
  Resolver,
} from '../../shared/ports/resolver.ts';

/** One CAA check at one perspective. `deadline` is in milliseconds of the monotonic clock, `signal` ends it early. */
export interface CaaCheck {
  readonly target: Target;
  readonly parameters: CaaParameters;
  readonly policy: Policy;
  readonly resolver: Resolver;
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

type DomainTarget = Extract<Target, { readonly kind: 'domain' }>;
type SettledClimb = Exclude<ClimbOutcome, { readonly status: 'pending' }>;

/** Levels asked at once. Nearly every name has fewer; a name of a hundred labels must not send a hundred queries at once. */
const MAX_LEVELS_IN_FLIGHT = 8;

/** Forgiven failures that are listed one by one; a deep name below dead servers could have a hundred. */
const MAX_LISTED_FAILURES = 8;

const LOOKUP_ERROR = 'mpic_error:caa_checker:lookup';
const NO_ERRORS: readonly CheckError[] = Object.freeze([]);

/**
 * Check whether CAA permits issuance for a name (TLS BR v2.2.6 section 3.2.2.8, RFC 8659 section 3).
 *
 * A denial is a completed check without errors whose details say why. A failed lookup is a check that could not be
 * completed, and never permission, unless the caller asked for leniency that the policy grants.
 */
export async function checkCaa(check: CaaCheck): Promise<CheckOutcome> {
  const { target, resolver } = check;
  // CAA restricts domain names only. The API refuses others; should one get here, it must not pass.
  if (target.kind !== 'domain') return refuseTarget(target.kind, resolver.mode);
  const levels = climbNames(target.name).map((name) => ({ name, lookup: null as Lookup | null }));
  const outcome = await climb(levels, check, failureRule(check));
  return conclude(target, check.parameters, levels, outcome);
}

/**
 * Which failures a request may have forgiven.
 *
 * - `baseline-requirements`: those of TLS BR v2.2.6 section 3.2.2.8, which need a proof that the domain is insecure.
 *   No resolver hands one over, so in effect none.
 * - `open-mpic`: silent or refusing servers, as the Open MPIC reference does; it never corroborates.
 */
function failureRule({ parameters, policy }: CaaCheck): FailureRule {
  if (!parameters.allowLookupFailure) return () => false;
  if (policy === 'open-mpic') return isForgivableFailure;
  return (failure) => isPermittedFailure(failure, circumstancesOf(failure));
}

/** The resolver for this check alone; one that does not offer it gets a signal with every lookup instead. */
function forOneCheck(resolver: Resolver, signal: AbortSignal | undefined): CheckResolver {
  const offered = resolver.forCheck?.();
  if (offered !== undefined) return offered;
  const controller = new AbortController();
  const ends = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
  return {
    mode: resolver.mode,
    lookup: (name, type, deadline) => resolver.lookup(name, type, deadline, ends),
    end: () => controller.abort(),
  };
}

/**
 * Ask the levels of a climb in parallel, nearest first, until one settles it, and abort the rest.
 *
 * Answers are awaited in climbing order, since only then does an answer further up mean anything: whatever it is, the
 * climb ends without it as soon as a nearer level has records or fails.
 */
async function climb(
  levels: { readonly name: string; lookup: Lookup | null }[],
  { resolver, deadline, signal }: CaaCheck,
  accepts: FailureRule,
): Promise<SettledClimb> {
  const asker = forOneCheck(resolver, signal);
  const asked: Promise<Lookup>[] = [];
  let open = 0;
  const closed = () => {
    open--;
  };
  let outcome: ClimbOutcome = { status: 'pending', depth: 0 };
  try {
    while (outcome.status === 'pending') {
      const next = outcome.depth;
      for (const { name } of levels.slice(asked.length, next + MAX_LEVELS_IN_FLIGHT)) {
        const lookup = asker.lookup(name, 'CAA', deadline, signal);
        open++;
        // Handles rejections too: a lookup nobody waits for any more must not end the process, should it ever reject.
        lookup.then(closed, closed);
        asked.push(lookup);
      }
      const level = levels[next];
      const lookup = await asked[next];
      if (!level || !lookup) throw new TypeError('a resolver must answer every lookup');
      level.lookup = lookup;
      outcome = evaluateClimb(levels, accepts);
    }
    return outcome;
  } finally {
    if (open > 0) asker.end();
  }
}

/** Put the outcome of a climb into the words of a check result. */
function conclude(
  target: DomainTarget,
  parameters: CaaParameters,
  levels: readonly ClimbLevel[],
  outcome: SettledClimb,
): CheckOutcome {
  const errors = outcome.accepted
    .slice(0, MAX_LISTED_FAILURES)
    .map((failure) => lookupError(target, failure));
  if (outcome.status === 'failed') {
    const details = withoutRecords('lookup-failed', climbEvidence(levels, outcome.depth, outcome.failure));
    errors.push(lookupError(target, outcome.failure));
    return { completed: false, passed: false, corroborates: false, errors, details };
  }
  if (outcome.status === 'found') return concludeFound(target, parameters, levels, outcome, errors);

  const [forgiven] = outcome.accepted;
  if (forgiven) return forgive(climbEvidence(levels, outcome.depth, forgiven), errors);
  const details = withoutRecords('no-records', evidenceOfNothing(levels, outcome.depth));
  return { completed: true, passed: true, corroborates: true, errors: NO_ERRORS, details };
}

function concludeFound(
  target: DomainTarget,
  parameters: CaaParameters,
  levels: readonly ClimbLevel[],
  { answer, depth, name, accepted }: Extract<SettledClimb, { readonly status: 'found' }>,
  errors: readonly CheckError[],
): CheckOutcome {
  const records = caaRecordsOf(answer);
  const { permitted, ...judgement } = judgeCaaSet(records, { ...parameters, wildcard: target.wildcard });
  const [forgiven] = accepted;
  // A nearer set may hide behind the failure, so this one can forbid, but cannot be what permits.
  if (permitted && forgiven) return forgive(climbEvidence(levels, depth, forgiven), errors);

  const { texts, truncated } = formatCaaSet(records);
  const details: CaaDetails = {
    kind: 'caa',
    recordPresent: true,
    foundAt: name,
    recordsSeen: texts,
    recordsTruncated: truncated,
    ...judgement,
    dns: climbEvidence(levels, depth, answer),
  };
  return { completed: true, passed: permitted, corroborates: permitted, errors, details };
}

/** A pass that rests on a forgiven failure: as the Open MPIC reference reports it, and never a corroboration. */
function forgive(dns: DnsEvidence, errors: readonly CheckError[]): CheckOutcome {
  const details = withoutRecords('lookup-failure-allowed', dns);
  return { completed: true, passed: true, corroborates: false, errors, details };
}

function withoutRecords(
  reason: Extract<CaaReason, 'no-records' | 'lookup-failed' | 'lookup-failure-allowed'>,
  dns: DnsEvidence,
): CaaDetails {
  return {
    kind: 'caa',
    recordPresent: reason === 'no-records' ? false : null,
    foundAt: null,
    recordsSeen: null,
    recordsTruncated: false,
    reason,
    permissibleAccountUris: null,
    permissibleValidationMethods: null,
    rfc8657Ignored: false,
    dns,
  };
}

/** When no level has records, the answer for the name itself tells most: its RCODE and its aliases. */
function evidenceOfNothing(levels: readonly ClimbLevel[], depth: number): DnsEvidence {
  const own = levels[0]?.lookup;
  if (!own) throw new TypeError('a climb without levels has no outcome');
  return climbEvidence(levels, depth, own);
}

function caaRecordsOf(answer: LookupAnswer): readonly CaaRecord[] {
  return answer.records.map((record) => {
    // Skipping it would shrink the set, perhaps to one that does not restrict.
    if (record.type !== 'CAA') throw new TypeError(`resolver answered ${record.type} to a question for CAA`);
    return record.caa;
  });
}

function lookupError(target: DomainTarget, failure: LookupFailure): CheckError {
  const asked = target.wildcard ? `*.${target.name}` : target.name;
  const place = failure.name === target.name ? '' : ` at ${failure.name}`;
  return { type: LOOKUP_ERROR, message: `CAA lookup for ${asked} failed${place}: ${failure.message}` };
}

function refuseTarget(kind: Exclude<Target['kind'], 'domain'>, resolverMode: string): CheckOutcome {
  const what = kind === 'ip' ? 'an IP address' : 'a name of the reverse tree';
  const message = `CAA lookup failed: the target is ${what}, and CAA applies to domain names only`;
  return {
    completed: false,
    passed: false,
    corroborates: false,
    errors: [{ type: LOOKUP_ERROR, message }],
    details: withoutRecords('lookup-failed', noEvidence(resolverMode)),
  };
}
