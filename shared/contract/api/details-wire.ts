import type { CaaReason, Check, DnssecStatus, ValidationMethod } from '../../domain/check/check.ts';
import type {
  CaaDetails,
  CheckDetails,
  DnsDcvDetails,
  DnsEvidence,
  FailureEvidence,
  HttpDcvDetails,
  HttpHop,
  ProvenInsecure,
  TlsAlpnDetails,
  TlsEvidence,
} from '../../domain/check/check-result.ts';
import { usesOnlyDns } from '../../domain/dcv/methods.ts';
import { toIsoTime } from './wire-time.ts';

/** Members of our own, beside those of the Open MPIC API: what the answer of the DNS rests on. */
interface DnsEvidenceWire {
  readonly ttl_seconds: number | null;
  readonly dnssec_status: DnssecStatus | null;
  /** Only with `insecure`: where the chain of trust ends, and what shows it. */
  readonly dnssec_insecurity?: ProvenInsecure;
  readonly resolver: string;
  readonly query_tries: number;
  /** Extended DNS errors (RFC 8914), `code text`. */
  readonly ede: readonly string[];
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
  /** Only when failures were to be forgiven and there were any. */
  readonly lookup_failures?: readonly FailureWire[];
}

/** What was shown about a failed lookup; all three conditions of TLS BR 4.2.2.1 [caa] have their member. */
interface FailureWire {
  readonly name: string;
  readonly retried: boolean;
  readonly fault_outside: boolean;
  readonly control_name: string | null;
  readonly dnssec_security: FailureEvidence['security'];
  readonly dnssec_insecurity?: ProvenInsecure;
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
  /** Only of `dns-persistent` that found proof: the last second of its use; null when it does not end. */
  readonly persist_until?: string | null;
}

interface HttpDetailsWire {
  readonly validation_method: ValidationMethod;
  readonly response_history: readonly RedirectWire[] | null;
  readonly response_url: string | null;
  readonly response_status_code: number | null;
  readonly response_page: string | null;
}

/** A redirect that was followed, with the members of the reference and those of the specification. */
interface RedirectWire {
  readonly status_code: number;
  /** As the server wrote it: it may be relative. */
  readonly url: string;
  readonly response_status_code: number;
  /** The URL that answered with the redirect. */
  readonly response_url: string;
  readonly resolved_ip: string | null;
  readonly tls: TlsWire | null;
}

interface TlsWire {
  readonly protocol: string;
  readonly verified: boolean;
  readonly verification_error: string | null;
  readonly certificate_sha256: string | null;
}

interface HttpObservationWire extends HttpDetailsWire {
  /** The URL that was asked for first. */
  readonly challenge_url: string | null;
  readonly resolved_ip: string | null;
  readonly tls: TlsWire | null;
}

interface TlsAlpnDetailsWire {
  readonly validation_method: ValidationMethod;
  readonly common_name: string | null;
}

interface TlsAlpnObservationWire extends TlsAlpnDetailsWire {
  readonly resolved_ip: string | null;
  readonly tls_protocol: string | null;
  readonly alpn_protocol: string | null;
  readonly subject_alt_names: readonly string[] | null;
  readonly acme_identifier: string | null;
  readonly certificate_sha256: string | null;
}

export type DetailsWire =
  | CaaDetailsWire
  | CaaObservationWire
  | DnsDetailsWire
  | DnsObservationWire
  | HttpDetailsWire
  | HttpObservationWire
  | TlsAlpnDetailsWire
  | TlsAlpnObservationWire;

/** Details of the family that belongs to the check, whatever kind the perspective sent. */
export function toDetailsWire(check: Check, details: CheckDetails, completedAt: number): DetailsWire {
  if (check.checkType === 'caa') {
    return details.kind === 'caa' ? toCaaWire(details, completedAt) : emptyDetails(check);
  }
  if (details.kind === 'none' || details.kind === 'caa' || details.method !== check.dcv.method) {
    return emptyDetails(check);
  }
  switch (details.kind) {
    case 'dns':
      return usesOnlyDns(check.dcv) ? toDnsWire(details, completedAt) : emptyDetails(check);
    case 'http':
      return isHttpMethod(details.method) ? toHttpWire(details, completedAt) : emptyDetails(check);
    case 'tls':
      return details.method === 'acme-tls-alpn-01'
        ? toTlsAlpnWire(details, completedAt)
        : emptyDetails(check);
  }
}

function isHttpMethod(method: ValidationMethod): boolean {
  return method === 'website-change' || method === 'acme-http-01';
}

/**
 * `response_url` is the URL that gave the final answer, as the specification has it; the first one, which the reference
 * puts there, is `challenge_url`.
 */
function toHttpWire(
  details: HttpDcvDetails,
  completedAt: number,
): HttpObservationWire & Partial<DnsEvidenceWire> {
  const { hops } = details;
  const last = hops.at(-1);
  const history = hops.flatMap(toRedirectWire);
  return {
    validation_method: details.method,
    response_history: history.length === 0 ? null : history,
    response_url: last?.url ?? null,
    response_status_code: last?.statusCode ?? null,
    response_page: details.page,
    challenge_url: hops[0]?.url ?? null,
    resolved_ip: last?.address ?? null,
    tls: last?.tls ? toTlsWire(last.tls) : null,
    ...(details.dns === null ? {} : toEvidenceWire(details.dns, completedAt)),
  };
}

/** A hop that answered with a redirect, whether it was followed or not. */
function toRedirectWire({ url, address, statusCode, location, tls }: HttpHop): readonly RedirectWire[] {
  if (statusCode === null || location === null) return [];
  return [
    {
      status_code: statusCode,
      url: location,
      response_status_code: statusCode,
      response_url: url,
      resolved_ip: address,
      tls: tls === null ? null : toTlsWire(tls),
    },
  ];
}

function toTlsWire({ protocol, verified, verificationError, certificateSha256 }: TlsEvidence): TlsWire {
  return {
    protocol,
    verified,
    verification_error: verificationError,
    certificate_sha256: certificateSha256,
  };
}

function toTlsAlpnWire(
  details: TlsAlpnDetails,
  completedAt: number,
): TlsAlpnObservationWire & Partial<DnsEvidenceWire> {
  return {
    validation_method: details.method,
    common_name: details.commonName,
    resolved_ip: details.address,
    tls_protocol: details.protocol,
    alpn_protocol: details.alpnProtocol,
    subject_alt_names: details.subjectAltNames,
    acme_identifier: details.acmeIdentifier,
    certificate_sha256: details.certificateSha256,
    ...(details.dns === null ? {} : toEvidenceWire(details.dns, completedAt)),
  };
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
    ...(details.lookupFailures === undefined
      ? {}
      : { lookup_failures: details.lookupFailures.map(toFailureWire) }),
  };
}

function toFailureWire(failure: FailureEvidence): FailureWire {
  return {
    name: failure.name,
    retried: failure.retried,
    fault_outside: failure.faultOutside,
    control_name: failure.controlName,
    dnssec_security: failure.security,
    ...(failure.insecurity === undefined ? {} : { dnssec_insecurity: failure.insecurity }),
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
    ...(details.persistUntil === undefined ? {} : { persist_until: toEndWire(details.persistUntil) }),
    ...toEvidenceWire(details.dns, completedAt),
  };
}

function toEndWire(unixSeconds: number | null): string | null {
  return unixSeconds === null ? null : toIsoTime(unixSeconds * 1000);
}

/** An empty chain is an observation only where there was an answer. */
function chainOf(dns: DnsEvidence): readonly string[] | null {
  return dns.rcode === null && dns.cnameChain.length === 0 ? null : dns.cnameChain;
}

function toEvidenceWire(dns: DnsEvidence, completedAt: number): DnsEvidenceWire {
  return {
    ttl_seconds: dns.ttl,
    dnssec_status: dns.dnssec,
    ...(dns.insecurity === undefined ? {} : { dnssec_insecurity: dns.insecurity }),
    resolver: dns.resolver,
    query_tries: dns.tries,
    ede: dns.extendedErrors,
    checked_at: toIsoTime(completedAt),
  };
}

/** Clients choose how to read `details` by the check type and the method, so nulls have to be of the right family. */
export function emptyDetails(check: Check): DetailsWire {
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
