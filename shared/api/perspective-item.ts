import type {
  CaaDetails,
  CaaReason,
  Check,
  CheckDetails,
  CheckError,
  CheckResult,
  CheckType,
  DnsDcvDetails,
  DnsEvidence,
  DnssecStatus,
  ValidationMethod,
} from '../mpic/check.ts';
import type { RequestFacts } from '../mpic/lifecycle.ts';
import type { PerspectiveCode } from '../mpic/perspective.ts';

/** Members of our own, beside those of the Open MPIC API: what the answer of the DNS rests on. */
interface DnsEvidenceWire {
  readonly ttl_seconds: number | null;
  readonly dnssec: DnssecStatus | null;
  readonly resolver: string;
  readonly query_tries: number;
  readonly extended_dns_errors: readonly string[];
  /** ISO 8601, by the clock of the perspective. */
  readonly checked_at: string | null;
}

interface CaaDetailsWire {
  readonly caa_record_present: boolean | null;
  readonly found_at: string | null;
  readonly records_seen: readonly string[] | null;
}

interface CaaObservationWire extends CaaDetailsWire, DnsEvidenceWire {
  readonly records_truncated?: true;
  readonly reason: CaaReason;
  readonly response_code: number | null;
  readonly cname_chain: readonly string[] | null;
  readonly permissible_under_account_uri: readonly string[] | null;
  readonly permissible_under_validation_method: readonly string[] | null;
  readonly rfc8657_parameters_ignored: boolean;
}

interface DnsDetailsWire {
  readonly validation_method: ValidationMethod;
  readonly records_seen: readonly string[] | null;
  readonly response_code: number | null;
  readonly ad_flag: boolean | null;
  readonly found_at: string | null;
  readonly cname_chain: readonly string[] | null;
}

interface DnsObservationWire extends DnsDetailsWire, DnsEvidenceWire {
  readonly records_truncated?: true;
}

interface HttpDetailsWire {
  readonly validation_method: ValidationMethod;
  readonly response_history: null;
  readonly response_url: null;
  readonly response_status_code: null;
  readonly response_page: null;
}

interface TlsAlpnDetailsWire {
  readonly validation_method: ValidationMethod;
  readonly common_name: null;
}

export type DetailsWire =
  | CaaDetailsWire
  | CaaObservationWire
  | DnsDetailsWire
  | DnsObservationWire
  | HttpDetailsWire
  | TlsAlpnDetailsWire;

export interface CheckErrorWire {
  readonly error_type: string;
  readonly error_message: string;
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
  };
}

/** Open MPIC error type of a perspective that gave no result. */
const REMOTE_CHECK_ERROR = 'mpic_error:coordinator:remote_check';

/** The item for a perspective that has answered. */
export function toPerspectiveItem(facts: RequestFacts, result: CheckResult): PerspectiveItem {
  return {
    perspective_code: result.perspective,
    check_response: {
      check_completed: result.completed,
      check_passed: result.passed,
      errors: result.errors.length === 0 ? null : result.errors.map((error) => toErrorWire(facts, error)),
      timestamp_ns: toNanoseconds(result.completedAt),
      check_type: facts.check.checkType,
      details: toDetailsWire(facts.check, result.details, result.completedAt),
    },
  };
}

/**
 * The item for a perspective that was silent until the decision at `decidedAt`. Silence does not corroborate, and has to
 * be told from a check that was made (TLS BR v2.2.6 section 3.2.2.9).
 */
export function toSilentItem(
  facts: RequestFacts,
  perspective: PerspectiveCode,
  decidedAt: number,
): PerspectiveItem {
  const trace = facts.traceIdentifier ? `; trace ID: ${facts.traceIdentifier}` : '';
  const message = `Check failed for perspective ${perspective}, target ${facts.echo.domainOrIpTarget}: no result before the decision${trace}`;
  return {
    perspective_code: perspective,
    check_response: {
      check_completed: false,
      check_passed: false,
      errors: [{ error_type: REMOTE_CHECK_ERROR, error_message: message }],
      timestamp_ns: toNanoseconds(decidedAt),
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

/** Largest time in milliseconds whose nanoseconds still fit the 64-bit integers of other clients. */
const MAX_TIMESTAMP_MS = 9.2e12;

/**
 * Unix nanoseconds. The product is beyond 2^53, but rounded once: the shortest decimal text that stands for it, which is
 * what JSON gets, is that of the milliseconds followed by six zeros.
 */
function toNanoseconds(unixMs: number): number | null {
  return isTime(unixMs) ? Math.trunc(unixMs) * 1_000_000 : null;
}

function toIsoTime(unixMs: number): string | null {
  return isTime(unixMs) ? new Date(unixMs).toISOString() : null;
}

/** A perspective's clock is not ours to trust: a time that cannot be written is left out. */
function isTime(unixMs: number): boolean {
  return unixMs >= 0 && unixMs <= MAX_TIMESTAMP_MS;
}

/** Details of the family that belongs to the check, whatever kind the perspective sent. */
function toDetailsWire(check: Check, details: CheckDetails, completedAt: number): DetailsWire {
  if (check.checkType === 'caa') {
    return details.kind === 'caa' ? toCaaWire(details, completedAt) : emptyDetails(check);
  }
  const method = check.dcv.method;
  return details.kind === 'dns' && details.method === method
    ? toDnsWire(details, completedAt)
    : emptyDetails(check);
}

function toCaaWire(details: CaaDetails, completedAt: number): CaaObservationWire {
  return {
    caa_record_present: details.recordPresent,
    found_at: details.foundAt,
    records_seen: details.recordsSeen,
    ...(details.recordsTruncated ? { records_truncated: true } : {}),
    reason: details.reason,
    cname_chain: chainOf(details.dns),
    response_code: details.dns.rcode,
    ...toEvidenceWire(details.dns, completedAt),
    permissible_under_account_uri: details.permissibleAccountUris,
    permissible_under_validation_method: details.permissibleValidationMethods,
    rfc8657_parameters_ignored: details.rfc8657Ignored,
  };
}

function toDnsWire(details: DnsDcvDetails, completedAt: number): DnsObservationWire {
  return {
    validation_method: details.method,
    records_seen: details.recordsSeen,
    response_code: details.dns.rcode,
    ad_flag: details.adFlag,
    found_at: details.foundAt,
    cname_chain: chainOf(details.dns),
    ...(details.recordsTruncated ? { records_truncated: true } : {}),
    ...toEvidenceWire(details.dns, completedAt),
  };
}

/** An empty chain is an observation only where there was an answer. */
function chainOf(dns: DnsEvidence): readonly string[] | null {
  return dns.rcode === null && dns.cnameChain.length === 0 ? null : dns.cnameChain;
}

function toEvidenceWire(dns: DnsEvidence, completedAt: number): DnsEvidenceWire {
  return {
    ttl_seconds: dns.ttl,
    dnssec: dns.dnssec,
    resolver: dns.resolver,
    query_tries: dns.tries,
    extended_dns_errors: dns.extendedErrors,
    checked_at: toIsoTime(completedAt),
  };
}

/** Clients choose how to read `details` by the check type and the method, so nulls have to be of the right family. */
function emptyDetails(check: Check): DetailsWire {
  if (check.checkType === 'caa') return { caa_record_present: null, found_at: null, records_seen: null };
  const validation_method = check.dcv.method;
  switch (validation_method) {
    case 'website-change':
    case 'acme-http-01':
      return {
        validation_method,
        response_history: null,
        response_url: null,
        response_status_code: null,
        response_page: null,
      };
    case 'acme-tls-alpn-01':
      return { validation_method, common_name: null };
    default:
      return {
        validation_method,
        records_seen: null,
        response_code: null,
        ad_flag: null,
        found_at: null,
        cname_chain: null,
      };
  }
}
