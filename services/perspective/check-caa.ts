import { judgeCaaSet, type ReasonWithoutSet } from '../../shared/domain/caa/judge.ts';
import { formatCaaSet } from '../../shared/domain/caa/presentation.ts';
import type { CaaParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import type {
  CaaDetails,
  CheckError,
  CheckOutcome,
  DnsEvidence,
} from '../../shared/domain/check/check-result.ts';
import {
  type ClimbLevel,
  type ClimbOutcome,
  climbNames,
  evaluateClimb,
  findDeniedTopLevel,
} from '../../shared/domain/dns/climb.ts';
import { climbEvidence, noEvidence } from '../../shared/domain/dns/climb-evidence.ts';
import type { CaaRecord, Lookup, LookupAnswer, LookupFailure } from '../../shared/domain/dns/lookup.ts';
import type { CheckResolver, Resolver } from '../../shared/ports/resolver.ts';
import { forOneCheck } from './check-resolver.ts';
import { FailureInquiries, MAX_LISTED_FAILURES } from './failure-inquiries.ts';

/**
 * One CAA check at one perspective. `deadline` is in milliseconds of the monotonic clock; `signal` ends the check
 * early.
 */
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

/**
 * Maximum number of levels queried at once. Nearly every name has fewer; a name of a hundred labels must not cause a
 * hundred simultaneous queries.
 */
const MAX_LEVELS_IN_FLIGHT = 8;

const LOOKUP_ERROR = 'mpic_error:caa_checker:lookup';
const NO_SUCH_TLD_ERROR = 'mpic_error:caa_checker:no_such_tld';
const NO_ERRORS: readonly CheckError[] = Object.freeze([]);

/**
 * Checks whether CAA permits issuance for a name (TLS BR 4.2.2.1 [caa], RFC 8659 section 3).
 *
 * A denial is a completed check without errors whose details state the reason. A failed lookup is a check that could
 * not be completed. It is never treated as permission, unless the caller asked for that and the policy allows it.
 */
export async function checkCaa(check: CaaCheck): Promise<CheckOutcome> {
  const { target, resolver } = check;
  // CAA applies to domain names only. The API rejects other targets; one that gets here must not pass.
  if (target.kind !== 'domain') return refuseTarget(target.kind, resolver.mode);
  const levels = climbNames(target.name).map((name) => ({ name, lookup: null as Lookup | null }));
  const asker = forOneCheck(resolver, check.signal);
  const inquiries = check.parameters.allowLookupFailure ? new FailureInquiries(check.policy, asker) : null;
  try {
    const outcome = await climb(levels, check, asker, inquiries);
    return conclude({ target, parameters: check.parameters, levels, inquiries }, outcome);
  } finally {
    asker.end();
  }
}

/**
 * Queries the levels of a climb in parallel, nearest first, until one settles it; the caller cancels the rest.
 *
 * Responses are awaited in climbing order, because a response further up counts only if every nearer level has no
 * records and did not fail.
 */
async function climb(
  levels: { readonly name: string; lookup: Lookup | null }[],
  { deadline, signal }: CaaCheck,
  asker: CheckResolver,
  inquiries: FailureInquiries | null,
): Promise<SettledClimb> {
  const asked: Promise<Lookup>[] = [];
  let outcome: ClimbOutcome = { status: 'pending', depth: 0 };
  while (outcome.status === 'pending') {
    const next = outcome.depth;
    for (const { name } of levels.slice(asked.length, next + MAX_LEVELS_IN_FLIGHT)) {
      const lookup = (inquiries ?? asker).lookup(name, 'CAA', deadline, signal);
      // Handles a rejection of a lookup that is no longer awaited, which would end the process.
      lookup.catch(() => {});
      asked.push(lookup);
    }
    const level = levels[next];
    const lookup = await asked[next];
    if (!level || !lookup) throw new TypeError('a resolver must answer every lookup');
    level.lookup = lookup;
    outcome = evaluateClimb(levels, (failure) => inquiries?.accepts(failure) ?? false);
  }
  return outcome;
}

/** What a result is built from. */
interface Climbed {
  readonly target: DomainTarget;
  readonly parameters: CaaParameters;
  readonly levels: readonly ClimbLevel[];
  readonly inquiries: FailureInquiries | null;
}

/** Converts the outcome of a climb into a check result. */
function conclude(climbed: Climbed, outcome: SettledClimb): CheckOutcome {
  const { target, levels } = climbed;
  const errors = outcome.accepted
    .slice(0, MAX_LISTED_FAILURES)
    .map((failure) => lookupError(target, failure));
  if (outcome.status === 'failed') {
    const dns = climbEvidence(levels, outcome.depth, outcome.failure);
    errors.push(lookupError(target, outcome.failure));
    const details = { ...withoutRecords('lookup-failed', dns), ...inquired(climbed) };
    return { completed: false, passed: false, corroborates: false, errors, details };
  }
  if (outcome.status === 'found') return concludeFound(climbed, outcome, errors);

  const denied = findDeniedTopLevel(levels);
  if (denied) return denyTopLevel(climbed, climbEvidence(levels, outcome.depth, denied), denied, errors);

  const [acceptedFailure] = outcome.accepted;
  if (acceptedFailure) {
    return passDespiteFailures(
      climbed,
      climbEvidence(levels, outcome.depth, acceptedFailure),
      outcome.accepted,
      errors,
    );
  }
  const details = withoutRecords('no-records', evidenceOfNothing(levels, outcome.depth));
  return { completed: true, passed: true, corroborates: true, errors: NO_ERRORS, details };
}

function concludeFound(
  climbed: Climbed,
  { answer, depth, name, accepted }: Extract<SettledClimb, { readonly status: 'found' }>,
  errors: readonly CheckError[],
): CheckOutcome {
  const { target, parameters, levels } = climbed;
  const records = caaRecordsOf(answer);
  const { permitted, ...judgement } = judgeCaaSet(records, { ...parameters, wildcard: target.wildcard });
  const [acceptedFailure] = accepted;
  // The failed level may hold a nearer set, so this set can forbid issuance but cannot permit it.
  if (permitted && acceptedFailure) {
    return passDespiteFailures(climbed, climbEvidence(levels, depth, acceptedFailure), accepted, errors);
  }

  const { texts, truncated } = formatCaaSet(records);
  const details: CaaDetails = {
    kind: 'caa',
    recordPresent: true,
    foundAt: name,
    recordsSeen: texts,
    recordsTruncated: truncated,
    ...judgement,
    dns: climbEvidence(levels, depth, answer),
    ...inquired(climbed),
  };
  return { completed: true, passed: permitted, corroborates: permitted, errors, details };
}

/**
 * The root says that the top-level domain does not exist. A signed proof makes the check complete and failed; without a
 * proof the check is incomplete, which is not permission either.
 */
function denyTopLevel(
  climbed: Climbed,
  dns: DnsEvidence,
  { name, dnssec }: LookupAnswer,
  errors: readonly CheckError[],
): CheckOutcome {
  const isProven = dnssec === 'secure';
  const message = isProven
    ? `the top-level domain ${name} does not exist, so no certificate may hold the name`
    : `the top-level domain ${name} does not exist as far as could be seen, without a validated proof (${dnssec})`;
  return {
    completed: isProven,
    passed: false,
    corroborates: false,
    errors: [...errors, { type: NO_SUCH_TLD_ERROR, message }],
    details: {
      ...withoutRecords('no-such-tld', dns),
      ...(isProven ? { recordPresent: false } : {}),
      ...inquired(climbed),
    },
  };
}

/**
 * A pass that treats lookup failures as permission, reported as the Open MPIC reference does. It corroborates only if
 * the Baseline Requirements permit every one of them (TLS BR 4.2.2.1 [caa]).
 */
function passDespiteFailures(
  climbed: Climbed,
  dns: DnsEvidence,
  accepted: readonly LookupFailure[],
  errors: readonly CheckError[],
): CheckOutcome {
  const { inquiries } = climbed;
  const corroborates = inquiries !== null && accepted.every((failure) => inquiries.isPermitted(failure));
  const details = { ...withoutRecords('lookup-failure-allowed', dns), ...inquired(climbed) };
  return { completed: true, passed: true, corroborates, errors, details };
}

/** What the inquiries found about the failures, if the caller asked to treat lookup failures as permission. */
function inquired({ inquiries, levels }: Climbed): Pick<CaaDetails, 'lookupFailures'> {
  const lookupFailures = inquiries?.evidence(levels.map(({ lookup }) => lookup)) ?? [];
  return lookupFailures.length === 0 ? {} : { lookupFailures };
}

function withoutRecords(reason: ReasonWithoutSet, dns: DnsEvidence): CaaDetails {
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

/** If no level has records, the response for the name itself is the most useful evidence: its RCODE and its aliases. */
function evidenceOfNothing(levels: readonly ClimbLevel[], depth: number): DnsEvidence {
  const own = levels[0]?.lookup;
  if (!own) throw new TypeError('a climb without levels has no outcome');
  return climbEvidence(levels, depth, own);
}

function caaRecordsOf(answer: LookupAnswer): readonly CaaRecord[] {
  return answer.records.map((record) => {
    // Skipping the record would shrink the set, perhaps to one that does not restrict.
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
