import { randomUUID } from 'node:crypto';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import { readStoredResult, serialiseResult } from '../../shared/contract/messages/stored-result.ts';
import type { Check } from '../../shared/domain/check/check.ts';
import type {
  CaaDetails,
  CheckResult,
  DnsDcvDetails,
  DnsEvidence,
  HttpDcvDetails,
  TlsAlpnDetails,
} from '../../shared/domain/check/check-result.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { AttemptVerdict, RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';

/** 2026-07-01T12:00:00Z: all dated rules up to this day are in force. */
export const BUILT_AT = Date.UTC(2026, 6, 1, 12);

export const SIX_CODES = ['ams', 'fra', 'iad', 'gru', 'sin', 'jnb'] as const;

export function buildCheck(overrides: Partial<Extract<Check, { checkType: 'caa' }>> = {}): Check {
  return {
    checkType: 'caa',
    target: { kind: 'domain', name: 'example.test', wildcard: false },
    caa: {
      certificateType: 'tls-server',
      caaDomains: ['ca.test'],
      allowLookupFailure: false,
      accountUris: null,
      validationMethods: null,
      enforceRfc8657: false,
    },
    ...overrides,
  };
}

export function buildDcvCheck(): Check {
  return {
    checkType: 'dcv',
    target: { kind: 'domain', name: 'xn--bcher-kva.test', wildcard: true },
    dcv: { method: 'acme-dns-01', keyAuthorizationHash: 'kYg1RC0M3m3y1Zb-0000000000000000000000000000' },
  };
}

/** Attempt token of the requests, verdicts and results of these builders. */
const START = 'start-of-the-attempt';
const DIGEST = 'a'.repeat(64);

/** A request with a fresh id, running its first attempt over {@link SIX_CODES}. */
export function buildRequestRecord(overrides: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: randomUUID(),
    caller: 'anonymous',
    traceIdentifier: 'trace-1',
    echo: {
      domainOrIpTarget: 'example.test',
      orchestrationParameters: { perspective_count: 6, quorum_count: 5, max_attempts: null },
      checkParameters: { certificate_type: 'tls-server', caa_domains: ['ca.test'] },
    },
    requestDigest: DIGEST,
    check: buildCheck(),
    policy: 'baseline-requirements',
    monitoring: false,
    rulesAsOf: '2026-07-01',
    quorumCount: 5,
    maxAttempts: 2,
    cohorts: [SIX_CODES.map((code, index) => ({ code, rir: index % 2 === 0 ? 'RIPE NCC' : 'ARIN' }))],
    primary: null,
    primarySite: null,
    ignoredMembers: [],
    sharedHost: false,
    async: false,
    createdAt: BUILT_AT,
    attemptTimeoutMs: 25_000,
    status: 'running',
    attempt: 1,
    attemptToken: START,
    attemptStartedAt: BUILT_AT + 1,
    attemptDeadline: BUILT_AT + 25_001,
    verdicts: [],
    completedAt: null,
    published: false,
    ...overrides,
  };
}

export function buildVerdict(overrides: Partial<AttemptVerdict> = {}): AttemptVerdict {
  return {
    attempt: 1,
    attemptToken: START,
    startedAt: BUILT_AT + 1,
    decidedAt: BUILT_AT + 40,
    isValid: true,
    mpicCompleted: true,
    counted: [...SIX_CODES],
    corroborating: SIX_CODES.slice(0, 5),
    baseline: {
      satisfied: true,
      quorum: '5/6',
      required: 5,
      minimumPerspectives: 4,
      rirs: ['ARIN', 'RIPE NCC'],
      rulebook: { tlsBr: '2.3.1', smimeBr: '1.0.16', digest: 'd'.repeat(64) },
      rulesAsOf: '2026-07-01',
      primary: { status: 'not-declared' },
      reasons: [],
    },
    results: [],
    ...overrides,
  };
}

/** A result as read by the home region. */
export function buildStored(result: CheckResult): StoredResult {
  return readStoredResult(serialiseResult(result), result.requestId, result);
}

/** A readable stored result, without parsing its content. */
export function readable(result: CheckResult): StoredResult {
  const { perspective, attempt } = result;
  return { status: 'readable', perspective, attempt, digest: '0'.repeat(64), bytes: 1, result };
}

/** An unreadable text under a perspective's key. */
export function unreadable(perspective: string, attempt = 1): StoredResult {
  return {
    status: 'unreadable',
    perspective,
    attempt,
    digest: 'f'.repeat(64),
    bytes: 9,
    problem: 'it is not a JSON object',
  };
}

/** The record with the counted results frozen in its verdicts. */
export function frozen<Record extends Pick<RequestRecord, 'verdicts'>>(
  record: Record,
  results: readonly CheckResult[],
): Record {
  const verdicts = record.verdicts.map((verdict) => ({
    ...verdict,
    results: results
      .filter(
        ({ attempt, perspective }) => attempt === verdict.attempt && verdict.counted.includes(perspective),
      )
      .map(readable),
  }));
  return { ...record, verdicts };
}

export function buildDnsEvidence(overrides: Partial<DnsEvidence> = {}): DnsEvidence {
  return {
    resolver: 'system 192.0.2.53:53',
    dnssec: 'secure',
    rcode: 0,
    ttl: 300,
    tries: 1,
    cnameChain: ['alias.example.test.'],
    extendedErrors: [],
    ...overrides,
  };
}

export function buildCaaDetails(overrides: Partial<CaaDetails> = {}): CaaDetails {
  return {
    kind: 'caa',
    recordPresent: true,
    foundAt: 'example.test',
    recordsSeen: ['0 issue "ca.test"'],
    recordsTruncated: false,
    reason: 'authorised',
    permissibleAccountUris: null,
    permissibleValidationMethods: null,
    rfc8657Ignored: false,
    dns: buildDnsEvidence(),
    ...overrides,
  };
}

export function buildDnsDcvDetails(overrides: Partial<DnsDcvDetails> = {}): DnsDcvDetails {
  return {
    kind: 'dns',
    method: 'acme-dns-01',
    recordsSeen: ['"kYg1RC0M3m3y1Zb"'],
    recordsTruncated: false,
    adFlag: true,
    foundAt: '_acme-challenge.example.test',
    dns: buildDnsEvidence(),
    ...overrides,
  };
}

export function buildHttpDcvDetails(overrides: Partial<HttpDcvDetails> = {}): HttpDcvDetails {
  return {
    kind: 'http',
    method: 'acme-http-01',
    hops: [
      {
        url: 'http://example.test/.well-known/acme-challenge/t',
        address: '192.0.2.80',
        statusCode: 301,
        location: '/there',
        tls: null,
      },
      {
        url: 'https://example.test/there',
        address: '2001:db8::80',
        statusCode: 200,
        location: null,
        tls: {
          protocol: 'TLSv1.3',
          verified: false,
          verificationError: 'CERT_HAS_EXPIRED',
          certificateSha256: 'ab'.repeat(32),
        },
      },
    ],
    page: 'dC5r',
    dns: buildDnsEvidence(),
    ...overrides,
  };
}

export function buildTlsAlpnDetails(overrides: Partial<TlsAlpnDetails> = {}): TlsAlpnDetails {
  return {
    kind: 'tls',
    method: 'acme-tls-alpn-01',
    address: '192.0.2.80',
    protocol: 'TLSv1.3',
    alpnProtocol: 'acme-tls/1',
    commonName: 'example.test',
    subjectAltNames: ['DNS:example.test'],
    acmeIdentifier: 'cd'.repeat(32),
    certificateSha256: 'ef'.repeat(32),
    dns: buildDnsEvidence(),
    ...overrides,
  };
}

/** A corroborating CAA result of the first perspective for the first attempt of a new request. */
export function buildCheckResult(overrides: Partial<CheckResult> = {}): CheckResult {
  return {
    requestId: randomUUID(),
    attempt: 1,
    perspective: SIX_CODES[0],
    checkType: 'caa',
    startedAt: BUILT_AT + 5,
    completedAt: BUILT_AT + 9,
    recorder: 'mpic 0.1.0',
    allowedNetworks: [],
    attemptToken: START,
    requestDigest: DIGEST,
    completed: true,
    passed: true,
    corroborates: true,
    errors: [],
    details: buildCaaDetails(),
    ...overrides,
  };
}

export function buildCompletedEvent(overrides: Partial<RequestCompletedEvent> = {}): RequestCompletedEvent {
  const requestId = randomUUID();
  return {
    schema_version: '1.0',
    event_id: `${requestId}#completed`,
    mpic_id: requestId,
    caller: 'anonymous',
    trace_identifier: null,
    created_at: new Date(BUILT_AT).toISOString(),
    completed_at: new Date(BUILT_AT + 40).toISOString(),
    usable_until: null,
    check_type: 'caa',
    domain_or_ip_target: 'example.test',
    checked_identifier: 'example.test',
    applied_for: null,
    order_reference: null,
    certificate_type: 'tls-server',
    validation_method: null,
    policy: 'baseline-requirements',
    is_valid: true,
    mpic_completed: true,
    attempt_count: 1,
    perspective_count: 6,
    quorum_count: 5,
    baseline_requirements: {
      satisfied: true,
      quorum: '5/6',
      required: 5,
      minimum_perspectives: 4,
      rirs: ['ARIN', 'RIPE NCC'],
      rulebook: { tls_br: '2.3.1', smime_br: '1.0.16', digest: 'd'.repeat(64) },
      rules_as_of: '2026-07-01',
      primary: { status: 'not-declared' },
      reasons: [],
    },
    perspectives: SIX_CODES.map((perspective_code) => ({
      perspective_code,
      check_completed: true,
      check_passed: true,
      error_types: [],
    })),
    ...overrides,
  };
}
