import type { CheckType, DnssecStatus } from '../../domain/check/check.ts';
import type { CheckError, NameObservation } from '../../domain/check/check-result.ts';
import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import type { RequestFacts } from '../../domain/mpic/lifecycle.ts';
import { unreadableError } from '../../domain/mpic/votes.ts';
import { type DetailsWire, emptyDetails, toDetailsWire } from './details-wire.ts';
import { toNanoseconds } from './wire-time.ts';

export interface CheckErrorWire {
  readonly error_type: string;
  readonly error_message: string;
}

/** A record by which the target was chosen, and what it says. */
export interface AdnLookupWire {
  readonly record_type: NameObservation['type'];
  readonly name: string;
  readonly expected: string;
  /** Null: the lookup failed. */
  readonly records_seen: readonly string[] | null;
  readonly response_code: number | null;
  readonly dnssec_status: DnssecStatus;
}

/** One item of `perspectives`. */
export interface PerspectiveItem {
  readonly perspective_code: PerspectiveCode;
  readonly check_response: {
    readonly check_completed: boolean;
    readonly check_passed: boolean;
    readonly errors: readonly CheckErrorWire[] | null;
    readonly timestamp_ns: number | null;
    readonly check_type: CheckType;
    readonly details: DetailsWire;
    /** Only with steps that are looked at: what the records say by which the target was chosen. */
    readonly adn_lookups?: readonly AdnLookupWire[];
    /** Only when there are any: special-purpose networks that this perspective could connect to, in a lab. */
    readonly allowed_networks?: readonly string[];
  };
}

/** Open MPIC error type of a perspective that gave no result. */
const REMOTE_CHECK_ERROR = 'mpic_error:coordinator:remote_check';

/**
 * The item for a perspective that has stored something.
 *
 * @param decidedAt when its attempt was decided, for what could not be read and so has no time of its own; null before.
 */
export function toPerspectiveItem(
  facts: RequestFacts,
  vote: StoredResult,
  decidedAt: number | null,
): PerspectiveItem {
  if (vote.status === 'unreadable')
    return toFailedItem(facts, vote.perspective, toErrorWire(facts, unreadableError(vote)), decidedAt);
  const { result } = vote;
  return {
    perspective_code: result.perspective,
    check_response: {
      check_completed: result.completed,
      check_passed: result.passed,
      errors: result.errors.length === 0 ? null : result.errors.map((error) => toErrorWire(facts, error)),
      timestamp_ns: toNanoseconds(result.completedAt),
      check_type: facts.check.checkType,
      details: toDetailsWire(facts.check, result.details, result.completedAt),
      ...(result.adnLookups === undefined ? {} : { adn_lookups: result.adnLookups.map(toAdnLookupWire) }),
      ...(result.allowedNetworks.length === 0 ? {} : { allowed_networks: result.allowedNetworks }),
    },
  };
}

/**
 * The item for a perspective that was silent until the decision at `decidedAt`. Silence does not corroborate, and has to
 * be told from a check that was made (TLS BR 3.2.2.9 [mpic]).
 */
export function toSilentItem(
  facts: RequestFacts,
  perspective: PerspectiveCode,
  decidedAt: number,
): PerspectiveItem {
  const trace = facts.traceIdentifier ? `; trace ID: ${facts.traceIdentifier}` : '';
  const message = `Check failed for perspective ${perspective}, target ${facts.echo.domainOrIpTarget}: no result before the decision${trace}`;
  return toFailedItem(
    facts,
    perspective,
    { error_type: REMOTE_CHECK_ERROR, error_message: message },
    decidedAt,
  );
}

/** The item for a perspective of which there is no result. */
function toFailedItem(
  facts: RequestFacts,
  perspective: PerspectiveCode,
  error: CheckErrorWire,
  decidedAt: number | null,
): PerspectiveItem {
  return {
    perspective_code: perspective,
    check_response: {
      check_completed: false,
      check_passed: false,
      errors: [error],
      timestamp_ns: decidedAt === null ? null : toNanoseconds(decidedAt),
      check_type: facts.check.checkType,
      details: emptyDetails(facts.check),
    },
  };
}

/** As in the reference, the message ends in the trace identifier, when the caller gave one. */
function toErrorWire({ traceIdentifier }: RequestFacts, { type, message }: CheckError): CheckErrorWire {
  const trace = traceIdentifier ? `. Trace ID: ${traceIdentifier}` : '';
  return { error_type: type, error_message: `${message}${trace}` };
}

function toAdnLookupWire({ type, name, expected, seen, rcode, dnssec }: NameObservation): AdnLookupWire {
  return {
    record_type: type,
    name,
    expected,
    records_seen: seen,
    response_code: rcode,
    dnssec_status: dnssec,
  };
}
