import { type Check, methodOf } from '../../domain/check/check.ts';
import type { CheckResult, ReportedError } from '../../domain/check/check-result.ts';
import { dnssecOf } from '../../domain/check/dnssec-status.ts';
import type { PerspectiveCode, Rir } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import { formatUtc } from '../../domain/check/time.ts';
import { citeMethod, methodsOf } from '../../domain/dcv/methods.ts';
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
import { cite, rulebookIdentity } from '../../domain/rules/citation.ts';
import { allowedNonCorroborations } from '../../domain/rules/rules.ts';
import { contactCodec, primaryCodec, rulebookCodec } from '../evidence/baseline.ts';
import { checkErrorCodec, detailsCodec, nameObservationCodec } from '../evidence/details.ts';
import { caaParametersCodec, contactsParametersCodec, dcvParametersCodec } from '../evidence/parameters.ts';
import {
  AUDIT_VERSION,
  type AuditFields,
  type AuditRecord,
  type PerspectiveAuditRecord,
  type QuorumAuditRecord,
  type Recorder,
  type RequestFields,
  type ResultChangedAuditRecord,
} from './audit-schema.ts';

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
    schema_version: AUDIT_VERSION,
    record_id: `${record.requestId}/${verdict.attempt}/${code}`,
    time: timeOf(vote, verdict),
    description,
    recorder,
    rulebook: verdict.baseline.rulebook && rulebookCodec.encode(verdict.baseline.rulebook),
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
    schema_version: AUDIT_VERSION,
    record_id: `${record.requestId}/${attempt}/${perspective}/late`,
    time: timeOf(late, verdict),
    description: `${perspective} answered after the decision of attempt ${attempt}; stored, not counted`,
    recorder,
    rulebook: rulebookCodec.encode(rulebookIdentity()),
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
    schema_version: AUDIT_VERSION,
    record_id: `${record.requestId}/${attempt}/${perspective}/changed`,
    time: formatUtc(now),
    description: `what ${perspective} had stored for attempt ${attempt} was changed after the verdict, which rests on the former`,
    recorder,
    rulebook: rulebookCodec.encode(rulebookIdentity()),
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
    errors: errorsOf(vote).map(checkErrorCodec.encode),
    details: result === undefined ? null : detailsCodec.encode(result.details),
    adn_lookups: (result?.adnLookups ?? []).map(nameObservationCodec.encode),
    stored_sha256: vote?.digest ?? null,
    stored_bytes: vote?.bytes ?? null,
    unreadable: vote?.status === 'unreadable' ? vote.problem : null,
  };
}

function errorsOf(vote: StoredResult | undefined): readonly ReportedError[] {
  if (vote === undefined) return [];
  return vote.status === 'unreadable' ? [unreadableError(vote)] : vote.result.errors;
}

function parametersOf(check: Check): QuorumAuditRecord['parameters'] {
  switch (check.checkType) {
    case 'caa':
      return caaParametersCodec.encode(check.caa);
    case 'dcv':
      return dcvParametersCodec.encode(check.dcv);
    case 'contacts':
      return contactsParametersCodec.encode(check.contacts);
  }
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
    schema_version: AUDIT_VERSION,
    record_id: `${record.requestId}/${verdict.attempt}/quorum`,
    time: formatUtc(verdict.decidedAt),
    description: `attempt ${verdict.attempt}: ${baseline.quorum} remote perspectives corroborate`,
    recorder,
    rulebook: baseline.rulebook && rulebookCodec.encode(baseline.rulebook),
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
    parameters: parametersOf(record.check),
    perspectives: remotes,
    corroborating: verdict.corroborating,
    ...(verdict.contacts === undefined ? {} : { contacts: verdict.contacts.map(contactCodec.encode) }),
    primary: baseline.primary && primaryCodec.encode(baseline.primary),
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
    validation_method: methodOf(check),
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

function auditResult(
  { check }: RequestRecord,
  result: CheckResult | undefined,
): PerspectiveAuditRecord['result'] {
  const passed = result?.passed ?? false;
  if (check.checkType === 'caa') return passed ? 'caa-permission' : 'caa-prohibition';
  if (check.checkType === 'contacts') return passed ? 'contacts-found' : 'contacts-not-found';
  return passed ? 'dcv-pass' : 'dcv-fail';
}
