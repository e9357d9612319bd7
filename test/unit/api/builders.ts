import { parseMpicRequest } from '../../../shared/contract/api/request-schema.ts';
import type { Check, ValidationMethod } from '../../../shared/domain/check/check.ts';
import type {
  CaaDetails,
  CheckResult,
  DnsDcvDetails,
  DnsEvidence,
} from '../../../shared/domain/check/check-result.ts';
import type { AttemptVerdict, RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';

export const CREATED_AT = 1_795_301_220_000;
export const DECIDED_AT = 1_795_301_240_000;
export const COMPLETED_AT = 1_795_301_220_619;
export const REQUEST_ID = '01978f00-0000-7000-8000-000000000001';

const ANSWER: DnsEvidence = {
  resolver: 'system 192.0.2.53:53',
  dnssec: 'insecure',
  rcode: 0,
  ttl: 300,
  tries: 1,
  cnameChain: [],
  extendedErrors: [],
};

export const NO_ANSWER: DnsEvidence = { ...ANSWER, dnssec: null, rcode: null, ttl: null, tries: 3 };

export function caaDetails(changes: Partial<CaaDetails> = {}): CaaDetails {
  return {
    kind: 'caa',
    recordPresent: false,
    foundAt: null,
    recordsSeen: null,
    recordsTruncated: false,
    reason: 'no-records',
    permissibleAccountUris: null,
    permissibleValidationMethods: null,
    rfc8657Ignored: false,
    dns: ANSWER,
    ...changes,
  };
}

export function dnsDetails(method: ValidationMethod, changes: Partial<DnsDcvDetails> = {}): DnsDcvDetails {
  return {
    kind: 'dns',
    method,
    recordsSeen: null,
    recordsTruncated: false,
    adFlag: false,
    foundAt: null,
    dns: ANSWER,
    ...changes,
  };
}

/** A passing result of the first attempt. */
export function answered(perspective: string, changes: Partial<CheckResult> = {}): CheckResult {
  return {
    requestId: REQUEST_ID,
    attempt: 1,
    perspective,
    checkType: 'caa',
    startedAt: COMPLETED_AT - 20,
    completedAt: COMPLETED_AT,
    recorder: 'mpic 0.1.0',
    allowedNetworks: [],
    attemptToken: null,
    requestDigest: null,
    completed: true,
    passed: true,
    corroborates: true,
    errors: [],
    details: caaDetails(),
    ...changes,
  };
}

export function verdictOf(
  attempt: number,
  counted: readonly string[],
  changes: Partial<AttemptVerdict> = {},
): AttemptVerdict {
  return {
    attempt,
    attemptToken: null,
    startedAt: CREATED_AT,
    decidedAt: DECIDED_AT,
    isValid: true,
    mpicCompleted: true,
    counted,
    corroborating: counted,
    baseline: {
      satisfied: true,
      quorum: `${counted.length}/${counted.length}`,
      required: 4,
      minimumPerspectives: 5,
      rirs: ['ARIN', 'RIPE NCC'],
      rulebook: { tlsBr: '2.3.1', smimeBr: '1.0.16', digest: 'd'.repeat(64) },
      rulesAsOf: '2026-11-22',
      primary: { status: 'site', name: 'head office' },
      reasons: [],
    },
    results: [],
    ...changes,
  };
}

interface RecordPlan extends Partial<Omit<RequestRecord, 'cohorts'>> {
  readonly request: Record<string, unknown>;
  readonly cohorts: readonly (readonly string[])[];
}

/** The record of a request body, completed when there are verdicts. Its target is always shop.example. */
export function recordFor({ request, cohorts, ...changes }: RecordPlan): RequestRecord {
  const parsed = parseMpicRequest(request, 'open-mpic');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const { parameters, echo, traceIdentifier } = parsed.request;
  if (parameters.checkType === 'contacts') throw new Error('POST /mpic takes no request for contacts');
  const target = { kind: 'domain', name: 'shop.example', wildcard: false } as const;
  const check: Check =
    parameters.checkType === 'dcv'
      ? { checkType: 'dcv', target, dcv: parameters.dcv, adn: { wildcard: false, lookups: [] } }
      : {
          checkType: 'caa',
          target,
          caa: { ...parameters, caaDomains: parameters.caaDomains ?? [], enforceRfc8657: false },
        };
  const verdicts = changes.verdicts ?? [];
  return {
    requestId: REQUEST_ID,
    caller: 'anonymous',
    sharedHost: false,
    traceIdentifier,
    echo,
    requestDigest: '',
    check,
    policy: 'baseline-requirements',
    monitoring: false,
    rulesAsOf: '2026-11-22',
    quorumCount: 1,
    maxAttempts: 1,
    cohorts: cohorts.map((codes) => codes.map((code) => ({ code, rir: 'ARIN' as const }))),
    primary: null,
    primarySite: 'head office',
    ignoredMembers: [],
    async: false,
    createdAt: CREATED_AT,
    attemptTimeoutMs: 10_000,
    status: verdicts.length > 0 ? 'completed' : 'running',
    attempt: Math.max(1, verdicts.length),
    attemptToken: null,
    attemptStartedAt: CREATED_AT,
    attemptDeadline: CREATED_AT + 10_000,
    verdicts,
    completedAt: verdicts.length > 0 ? DECIDED_AT : null,
    published: false,
    ...changes,
  };
}
