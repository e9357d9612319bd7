import type {
  CaaParameters,
  CertificateType,
  Check,
  DcvParameters,
  DnssecStatus,
  Policy,
} from '../../domain/check/check.ts';
import type { CheckResult, NameObservation } from '../../domain/check/check-result.ts';
import { dnssecOf } from '../../domain/check/dnssec-status.ts';
import type { Perspective, PerspectiveCode, Rir } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import { formatUtc } from '../../domain/check/time.ts';
import type { AdnStep } from '../../domain/dcv/adn.ts';
import { citeMethod, methodsOf } from '../../domain/dcv/methods.ts';
import { type PrimaryFields, toPrimaryFields } from '../../domain/mpic/decision.ts';
import {
  type AttemptVerdict,
  cohortOfAttempt,
  orderOf,
  perspectivesAsked,
  type RequestRecord,
} from '../../domain/mpic/lifecycle.ts';
import { usableUntil } from '../../domain/mpic/usable-until.ts';
import {
  asUnreadable,
  type ChangedResult,
  readableResults,
  unreadableError,
  voteOf,
} from '../../domain/mpic/votes.ts';
import { checkedIdentifier } from '../../domain/net/target.ts';
import {
  cite,
  type RulebookFields,
  rulebookIdentity,
  toRulebookFields,
} from '../../domain/rules/citation.ts';
import { allowedNonCorroborations } from '../../domain/rules/rules.ts';

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
  /** False for timeouts, lookup failures, silence and unreadable results: the result is then a failure for lack of one. */
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
  /** SHA-256 and length of what the perspective had stored when it was read; null for silence. */
  readonly stored_sha256: string | null;
  readonly stored_bytes: number | null;
  /** Why what it had stored is not a result; null for a result and for silence. */
  readonly unreadable: string | null;
}

/**
 * Something else lies where a counted result lay: the perspective has put it there after the verdict, or it was taken away.
 * One per perspective and attempt. The verdict rests on what was counted.
 */
export interface ResultChangedAuditRecord extends AuditFields, RequestFields {
  readonly event: 'result-changed';
  readonly perspective: PerspectiveCode;
  readonly role: 'remote' | 'primary';
  /** SHA-256 and length of what was counted. */
  readonly counted_sha256: string;
  readonly counted_bytes: number;
  /** The same of what was found; null when nothing was. */
  readonly stored_sha256: string | null;
  readonly stored_bytes: number | null;
}

/** TLS BR 5.4.1 (2)(8) [records-quorum]: the quorum result, one per attempt. */
export interface QuorumAuditRecord extends AuditFields, RequestFields {
  readonly event: 'quorum-decision';
  /** By the clock of the home region, as `time`, which is that of the decision: a minute after its deadline it is too late. */
  readonly attempt_started_at: string;
  readonly attempt_deadline: string;
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
    /** The signatures over the keys of the root, as last seen by a perspective of this process; null: not seen yet. */
    readonly root_signed_by:
      | readonly {
          readonly key_tag: number;
          readonly algorithm: number;
          readonly inception: string;
          readonly expiration: string;
        }[]
      | null;
  } | null;
  readonly caa_domains: readonly string[];
  /** Whether labels of CAA `validationmethods` compare without case (TLS BR 4.2.2.1.2 [caa-parameters]). */
  readonly caa_method_labels_ignore_case: boolean;
  readonly allowed_networks: readonly string[];
}

export type AuditRecord =
  | PerspectiveAuditRecord
  | ResultChangedAuditRecord
  | QuorumAuditRecord
  | ConfigurationAuditRecord;

/**
 * The audit records of one finished attempt: one per perspective asked, silent ones included, then the quorum.
 * Equal facts give equal records: nothing here depends on when or where it is built.
 */
export function auditAttempt(
  record: RequestRecord,
  verdict: AttemptVerdict,
  recorder: Recorder,
): readonly AuditRecord[] {
  const remotes = cohortOfAttempt(record, verdict.attempt).map((member) => member.code);
  const sound = { ...verdict, results: verdict.results.map((vote) => soundVote(record, verdict, vote)) };
  const perPerspective = perspectivesAsked(record, verdict.attempt).map((code) =>
    auditVote(record, verdict, code, voteOf(sound, code), recorder),
  );
  return [...perPerspective, auditQuorum(record, sound, remotes, recorder)];
}

/** What one perspective has stored must not cost the records of the others: a vote of which no record can be made is lost. */
function soundVote(record: RequestRecord, verdict: AttemptVerdict, vote: StoredResult): StoredResult {
  try {
    perspectiveFields(record, verdict.attempt, vote.perspective, vote);
    timeOf(vote, verdict);
    dnssecStatuses({ ...verdict, results: [vote] });
    return vote;
  } catch {
    return asUnreadable(vote, 'no record can be made of it');
  }
}

function auditVote(
  record: RequestRecord,
  verdict: AttemptVerdict,
  code: PerspectiveCode,
  vote: StoredResult | undefined,
  recorder: Recorder,
): PerspectiveAuditRecord {
  const description =
    vote === undefined
      ? `${code} gave no result before the decision`
      : vote.status === 'readable'
        ? `${code} checked for itself`
        : `${code} stored what is not a result, which counts as a failed check`;
  return {
    event: 'perspective-check',
    record_id: `${record.requestId}/${verdict.attempt}/${code}`,
    time: timeOf(vote, verdict),
    description,
    recorder,
    rulebook: toRulebookFields(verdict.baseline.rulebook),
    ...requestFields(record, verdict.attempt),
    ...perspectiveFields(record, verdict.attempt, code, vote),
    counted: vote !== undefined,
  };
}

/** The audit record of a result that came too late to count in the attempt of this verdict. */
export function auditLateResult(
  record: RequestRecord,
  verdict: AttemptVerdict,
  late: StoredResult,
  recorder: Recorder,
): AuditRecord {
  const { perspective } = late;
  const { attempt } = verdict;
  return {
    event: 'late-result',
    record_id: `${record.requestId}/${attempt}/${perspective}/late`,
    time: timeOf(late, verdict),
    description: `${perspective} answered after the decision of attempt ${attempt}; stored, not counted`,
    recorder,
    rulebook: toRulebookFields(rulebookIdentity()),
    ...requestFields(record, attempt),
    ...perspectiveFields(record, attempt, perspective, late),
    counted: false,
  };
}

/** The audit record of a counted result that is not what it was; `now`: when that was found. */
export function auditChangedResult(
  record: RequestRecord,
  { counted, found }: ChangedResult,
  recorder: Recorder,
  now: number,
): ResultChangedAuditRecord {
  const { perspective, attempt, digest, bytes } = counted;
  return {
    event: 'result-changed',
    record_id: `${record.requestId}/${attempt}/${perspective}/changed`,
    time: formatUtc(now),
    description: `what ${perspective} had stored for attempt ${attempt} was changed after the verdict, which rests on the former`,
    recorder,
    rulebook: toRulebookFields(rulebookIdentity()),
    ...requestFields(record, attempt),
    perspective,
    role: perspective === record.primary ? 'primary' : 'remote',
    counted_sha256: digest,
    counted_bytes: bytes,
    stored_sha256: found?.digest ?? null,
    stored_bytes: found?.bytes ?? null,
  };
}

/** By the clock of the perspective; where it gave no time, when the attempt was decided. */
function timeOf(vote: StoredResult | undefined, { decidedAt }: AttemptVerdict): string {
  return formatUtc(vote?.status === 'readable' ? vote.result.completedAt : decidedAt);
}

function perspectiveFields(
  record: RequestRecord,
  attempt: number,
  perspective: PerspectiveCode,
  vote: StoredResult | undefined,
): Omit<PerspectiveAuditRecord, keyof AuditFields | keyof RequestFields | 'event' | 'counted'> {
  const result = vote?.status === 'readable' ? vote.result : undefined;
  return {
    perspective,
    role: perspective === record.primary ? 'primary' : 'remote',
    result: auditResult(record, result),
    rir: rirOf(record, attempt, perspective),
    check_completed: result?.completed ?? false,
    corroborates: result?.corroborates ?? false,
    observed_by: result?.recorder ?? null,
    allowed_networks: result?.allowedNetworks ?? [],
    errors: vote?.status === 'unreadable' ? [unreadableError(vote)] : (result?.errors ?? []),
    details: result?.details ?? null,
    adn_lookups: result?.adnLookups ?? [],
    stored_sha256: vote?.digest ?? null,
    stored_bytes: vote?.bytes ?? null,
    unreadable: vote?.status === 'unreadable' ? vote.problem : null,
  };
}

function rirOf(record: RequestRecord, attempt: number, code: PerspectiveCode): Rir | null {
  return cohortOfAttempt(record, attempt).find((member) => member.code === code)?.rir ?? null;
}

function auditQuorum(
  record: RequestRecord,
  verdict: AttemptVerdict,
  remotes: readonly PerspectiveCode[],
  recorder: Recorder,
): QuorumAuditRecord {
  const { baseline } = verdict;
  const until = usableUntil(record, verdict, readableResults(verdict.results));
  return {
    event: 'quorum-decision',
    record_id: `${record.requestId}/${verdict.attempt}/quorum`,
    time: formatUtc(verdict.decidedAt),
    description: `attempt ${verdict.attempt}: ${baseline.quorum} remote perspectives corroborate`,
    recorder,
    rulebook: toRulebookFields(baseline.rulebook),
    ...requestFields(record, verdict.attempt),
    policy: record.policy,
    mode: record.monitoring ? 'monitoring' : 'strict',
    attempt_started_at: formatUtc(verdict.startedAt),
    attempt_deadline: formatUtc(verdict.startedAt + record.attemptTimeoutMs),
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
    usable_until: until === null ? null : formatUtc(until),
    shared_host: record.sharedHost,
    parameters: record.check.checkType === 'caa' ? record.check.caa : record.check.dcv,
    perspectives: remotes,
    corroborating: verdict.corroborating,
    primary: toPrimaryFields(baseline.primary),
    dnssec_statuses: dnssecStatuses(verdict),
  };
}

function dnssecStatuses({ results }: AttemptVerdict): QuorumAuditRecord['dnssec_statuses'] {
  return Object.fromEntries(
    readableResults(results)
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
