import type { AdnStep } from '../dcv/adn.ts';
import { citeMethod, methodsOf } from '../dcv/methods.ts';
import { checkedIdentifier } from '../net/target.ts';
import type {
  CaaParameters,
  CertificateType,
  Check,
  CheckResult,
  DcvParameters,
  DnssecStatus,
  NameObservation,
  Policy,
} from './check.ts';
import { cite, type RulebookFields, rulebookIdentity, toRulebookFields } from './citation.ts';
import { type PrimaryFields, toPrimaryFields } from './decision.ts';
import { dnssecOf } from './dnssec-status.ts';
import { type AttemptVerdict, cohortOfAttempt, orderOf, type RequestRecord } from './lifecycle.ts';
import type { Perspective, PerspectiveCode, Rir } from './perspective.ts';
import { allowedNonCorroborations } from './rules.ts';
import { usableUntil } from './usable-until.ts';

/** Who wrote a record (TLS BR 5.4.1 [records]: identity of the entity making the journal entry). */
export interface Recorder {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
}

interface AuditFields {
  /** Names the fact: two records with one id say the same. */
  readonly record_id: string;
  /** Time of the event, UTC, milliseconds. */
  readonly time: string;
  readonly description: string;
  readonly recorder: Recorder;
  /** By which rules: of the verdict where the record is about one, else those of the recorder. */
  readonly rulebook: RulebookFields | null;
}

interface RequestFields {
  readonly mpic_id: string;
  readonly attempt: number;
  readonly caller: string;
  readonly trace_identifier: string | null;
  readonly request_digest: string;
  /** The domain name or IP address as the caller sent it, and as it was checked. */
  readonly domain_or_ip_target: string;
  readonly checked_identifier: string;
  readonly check_type: 'caa' | 'dcv';
  readonly validation_method: string | null;
  /** The citation of the section that the check implements. */
  readonly rule: string;
  /** The caller's name for the order, by which its checks are put together; null when there was none. */
  readonly order_reference: string | null;
  readonly certificate_type: CertificateType;
  /** What was applied for (TLS BR 5.4.1 (2)(2) [records-validation]); null when the caller did not say. */
  readonly applied_for: string | null;
  /** The steps from there to the name checked, as told and found to be allowed. */
  readonly adn_steps: readonly AdnStep[] | null;
  /**
   * Whether the choice of the Authorization Domain Name was checked (TLS BR 3.2.2.4 [adn]). `not-told`: it is the CA's
   * alone. `not-applicable`: CAA and addresses have none.
   */
  readonly adn_check: 'checked' | 'not-told' | 'not-applicable';
}

export type AuditResult = 'dcv-pass' | 'dcv-fail' | 'caa-permission' | 'caa-prohibition';

/** TLS BR 5.4.1 (2)(7) [records-perspective]: one per perspective and attempt. */
export interface PerspectiveAuditRecord extends AuditFields, RequestFields {
  readonly event: 'perspective-check' | 'late-result';
  readonly perspective: PerspectiveCode;
  readonly role: 'remote' | 'primary';
  /** RIR service region of a remote perspective; null for the primary one, whose region does not count. */
  readonly rir: Rir | null;
  readonly result: AuditResult;
  /** False for timeouts, lookup failures and silence: the result is then a failure because of a doubt. */
  readonly check_completed: boolean;
  /** Whether the observation may corroborate: false where it passed only by the leniency of the `open-mpic` policy. */
  readonly corroborates: boolean;
  /** Whether the result took part in the quorum. */
  readonly counted: boolean;
  readonly observed_by: string | null;
  /** Networks that this perspective could connect to although no check may; only in labs is there any. */
  readonly allowed_networks: readonly string[];
  readonly errors: CheckResult['errors'];
  readonly details: CheckResult['details'] | null;
  /** What was seen of the records by which the name checked was chosen. */
  readonly adn_lookups: readonly NameObservation[];
}

/** TLS BR 5.4.1 (2)(8) [records-quorum]: the quorum result, one per attempt. */
export interface QuorumAuditRecord extends AuditFields, RequestFields {
  readonly event: 'quorum-decision';
  readonly policy: Policy;
  readonly mode: 'strict' | 'monitoring';
  readonly quorum: string;
  readonly is_valid: boolean;
  readonly baseline_satisfied: boolean;
  readonly reasons: readonly string[];
  readonly required: number;
  readonly quorum_count: number;
  readonly allowed_non_corroborations: number | null;
  readonly minimum_perspectives: number;
  readonly rirs: readonly string[];
  readonly rules_as_of: string;
  /** The last second at which a certificate may be issued on it (TLS BR 4.2.1 [reuse], 4.2.2.1 [caa]); null: none may. */
  readonly usable_until: string | null;
  /** True when every perspective looked from one machine: evidence of a test, not of corroboration. */
  readonly shared_host: boolean;
  /** What every perspective was told to look for: issuer names, accounts and methods, or the expected value. */
  readonly parameters: CaaParameters | DcvParameters;
  readonly perspectives: readonly PerspectiveCode[];
  readonly corroborating: readonly PerspectiveCode[];
  readonly primary: PrimaryFields | null;
  /**
   * DNSSEC status of what each perspective rests on that asked the DNS and answered in time (TLS BR 4.2.2.2 [dnssec]).
   */
  readonly dnssec_statuses: Readonly<Record<PerspectiveCode, DnssecStatus>>;
}

/** What the service was set up to do, at start and after a change (TLS BR 5.4.1 (3) [records-security]). */
export interface ConfigurationAuditRecord extends AuditFields {
  readonly event: 'service-started' | 'service-stopped';
  readonly policy: Policy;
  readonly backend: string;
  readonly perspectives: readonly Perspective[];
  readonly primary: string | null;
  readonly resolvers: Readonly<Record<PerspectiveCode, string>>;
  /** What the perspectives of this process validate with; null when none of them does. */
  readonly validation: {
    /** DS records of the root keys: key tag, algorithm, digest type, digest. */
    readonly trust_anchors: readonly string[];
    /** `IANA` for the files shipped with the service, else their paths. */
    readonly trust_anchor_source: string;
    readonly root_hints_source: string;
    readonly control_name: string;
  } | null;
  readonly caa_domains: readonly string[];
  /** Whether labels of CAA `validationmethods` compare without case (TLS BR 4.2.2.1.2 [caa-parameters]). */
  readonly caa_method_labels_ignore_case: boolean;
  readonly allowed_networks: readonly string[];
}

export type AuditRecord = PerspectiveAuditRecord | QuorumAuditRecord | ConfigurationAuditRecord;

/**
 * The audit records of one finished attempt: one per perspective asked, silent ones included, then the quorum.
 * Equal facts give equal records: nothing here depends on when or where it is built.
 */
export function auditAttempt(
  record: RequestRecord,
  verdict: AttemptVerdict,
  results: readonly CheckResult[],
  recorder: Recorder,
): readonly AuditRecord[] {
  const remotes = cohortOfAttempt(record, verdict.attempt).map((member) => member.code);
  const asked = record.primary === null ? remotes : [...remotes, record.primary];
  const perPerspective = asked.map((code) => {
    const result = verdict.counted.includes(code)
      ? results.find((candidate) => candidate.attempt === verdict.attempt && candidate.perspective === code)
      : undefined;
    return auditPerspective(record, verdict, code, result, recorder);
  });
  return [...perPerspective, auditQuorum(record, verdict, remotes, results, recorder)];
}

/** The audit record of a result that came too late to count. */
export function auditLateResult(record: RequestRecord, result: CheckResult, recorder: Recorder): AuditRecord {
  return {
    event: 'late-result',
    record_id: `${record.requestId}/${result.attempt}/${result.perspective}/late`,
    time: toUtc(result.completedAt),
    description: `${result.perspective} answered after the decision of attempt ${result.attempt}; stored, not counted`,
    recorder,
    rulebook: toRulebookFields(rulebookIdentity()),
    ...requestFields(record, result.attempt),
    perspective: result.perspective,
    role: result.perspective === record.primary ? 'primary' : 'remote',
    result: auditResult(record, result),
    rir: rirOf(record, result.attempt, result.perspective),
    check_completed: result.completed,
    corroborates: result.corroborates,
    counted: false,
    observed_by: result.recorder,
    allowed_networks: result.allowedNetworks,
    errors: result.errors,
    details: result.details,
    adn_lookups: result.adnLookups ?? [],
  };
}

function auditPerspective(
  record: RequestRecord,
  verdict: AttemptVerdict,
  code: PerspectiveCode,
  result: CheckResult | undefined,
  recorder: Recorder,
): PerspectiveAuditRecord {
  return {
    event: 'perspective-check',
    record_id: `${record.requestId}/${verdict.attempt}/${code}`,
    time: toUtc(result?.completedAt ?? verdict.decidedAt),
    description:
      result === undefined ? `${code} gave no result before the decision` : `${code} checked for itself`,
    recorder,
    rulebook: toRulebookFields(verdict.baseline.rulebook),
    ...requestFields(record, verdict.attempt),
    perspective: code,
    role: code === record.primary ? 'primary' : 'remote',
    result: auditResult(record, result),
    rir: rirOf(record, verdict.attempt, code),
    check_completed: result?.completed ?? false,
    corroborates: result?.corroborates ?? false,
    counted: result !== undefined,
    observed_by: result?.recorder ?? null,
    allowed_networks: result?.allowedNetworks ?? [],
    errors: result?.errors ?? [],
    details: result?.details ?? null,
    adn_lookups: result?.adnLookups ?? [],
  };
}

function rirOf(record: RequestRecord, attempt: number, code: PerspectiveCode): Rir | null {
  return cohortOfAttempt(record, attempt).find((member) => member.code === code)?.rir ?? null;
}

function auditQuorum(
  record: RequestRecord,
  verdict: AttemptVerdict,
  remotes: readonly PerspectiveCode[],
  results: readonly CheckResult[],
  recorder: Recorder,
): QuorumAuditRecord {
  const { baseline } = verdict;
  const until = usableUntil(record, verdict, results);
  return {
    event: 'quorum-decision',
    record_id: `${record.requestId}/${verdict.attempt}/quorum`,
    time: toUtc(verdict.decidedAt),
    description: `attempt ${verdict.attempt}: ${baseline.quorum} remote perspectives corroborate`,
    recorder,
    rulebook: toRulebookFields(baseline.rulebook),
    ...requestFields(record, verdict.attempt),
    policy: record.policy,
    mode: record.monitoring ? 'monitoring' : 'strict',
    quorum: baseline.quorum,
    is_valid: verdict.isValid,
    baseline_satisfied: baseline.satisfied,
    reasons: baseline.reasons,
    required: baseline.required,
    quorum_count: record.quorumCount,
    allowed_non_corroborations: allowedNonCorroborations(remotes.length),
    minimum_perspectives: baseline.minimumPerspectives,
    rirs: baseline.rirs,
    rules_as_of: baseline.rulesAsOf,
    usable_until: until === null ? null : toUtc(until),
    shared_host: record.sharedHost,
    parameters: record.check.checkType === 'caa' ? record.check.caa : record.check.dcv,
    perspectives: remotes,
    corroborating: verdict.corroborating,
    primary: toPrimaryFields(baseline.primary),
    dnssec_statuses: dnssecStatuses(verdict, results),
  };
}

function dnssecStatuses(verdict: AttemptVerdict, results: readonly CheckResult[]) {
  const counted = results.filter(
    ({ attempt, perspective }) => attempt === verdict.attempt && verdict.counted.includes(perspective),
  );
  return Object.fromEntries(
    counted
      .flatMap((result) => {
        const dnssec = dnssecOf(result);
        return dnssec === null ? [] : [[result.perspective, dnssec] as const];
      })
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function requestFields(record: RequestRecord, attempt: number): RequestFields {
  const { check } = record;
  const { reference, appliedFor, adnSteps, certificateType } = orderOf(record);
  return {
    mpic_id: record.requestId,
    attempt,
    caller: record.caller,
    trace_identifier: record.traceIdentifier,
    request_digest: record.requestDigest,
    domain_or_ip_target: record.echo.domainOrIpTarget,
    checked_identifier: checkedIdentifier(check.target),
    check_type: check.checkType,
    validation_method: check.checkType === 'dcv' ? check.dcv.method : null,
    rule: ruleOf(record),
    order_reference: reference,
    certificate_type: certificateType,
    applied_for: appliedFor,
    adn_steps: adnSteps,
    adn_check: adnCheckOf(check),
  };
}

function adnCheckOf(check: Check): RequestFields['adn_check'] {
  if (check.checkType === 'caa' || check.target.kind !== 'domain') return 'not-applicable';
  return check.adn === undefined ? 'not-told' : 'checked';
}

/**
 * The sections that the check implements (TLS BR 5.4.1 (2)(2) [records-validation]: the method used). A validation for an
 * S/MIME certificate is one of the S/MIME BR by a method of the TLS BR; one by way of a reverse lookup has both methods.
 */
function ruleOf(record: RequestRecord): string {
  const { check } = record;
  const isSmime = orderOf(record).certificateType === 's-mime';
  if (check.checkType === 'caa') return cite(isSmime ? 'smime-caa' : 'caa');
  const methods = methodsOf(check).map((method) => citeMethod(method, check.target));
  return [...(isSmime ? [cite('smime-domain')] : []), ...methods].join(' + ');
}

function auditResult({ check }: RequestRecord, result: CheckResult | undefined): AuditResult {
  const passed = result?.passed ?? false;
  if (check.checkType === 'caa') return passed ? 'caa-permission' : 'caa-prohibition';
  return passed ? 'dcv-pass' : 'dcv-fail';
}

function toUtc(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
