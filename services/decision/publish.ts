import type { RequestCompletedEvent } from '../../shared/messages/request-completed.ts';
import type { CheckResult } from '../../shared/mpic/check.ts';
import { toRulebookFields } from '../../shared/mpic/citation.ts';
import { toPrimaryFields } from '../../shared/mpic/decision.ts';
import { auditAttempt, auditLateResult, type Recorder } from '../../shared/mpic/evidence.ts';
import {
  cohortOfAttempt,
  orderOf,
  perspectivesAsked,
  type RequestRecord,
} from '../../shared/mpic/lifecycle.ts';
import { usableUntil } from '../../shared/mpic/usable-until.ts';
import { checkedIdentifier } from '../../shared/net/target.ts';
import type { AuditTrail } from '../../shared/ports/audit-trail.ts';
import type { EventBus } from '../../shared/ports/event-bus.ts';
import type { DecisionQueue } from '../../shared/ports/queues.ts';
import type { RequestStore, ResultKey, ResultReader } from '../../shared/ports/request-store.ts';
import { deadlineMessage } from '../coordinator/start.ts';

export interface PublishDeps {
  readonly requests: RequestStore;
  readonly results: ResultReader;
  readonly decisions: DecisionQueue;
  readonly bus: EventBus;
  readonly audit: AuditTrail;
  readonly recorder: Recorder;
  /** Told about every request that this process has published, with the results its verdicts rest on. */
  readonly onPublished?: (record: RequestRecord, results: readonly CheckResult[]) => void;
}

/** The keys of every result that a request may have, attempts before the last included. */
export function resultKeys(record: RequestRecord): readonly ResultKey[] {
  return Array.from({ length: record.attempt }, (_, index) => index + 1).flatMap((attempt) =>
    perspectivesAsked(record, attempt).map((perspective) => ({ perspective, attempt })),
  );
}

/**
 * All results that the verdicts of a completed request rest on. `known` saves the reading of those at hand.
 */
export async function collectCountedResults(
  reader: ResultReader,
  record: RequestRecord,
  known: readonly CheckResult[] = [],
): Promise<readonly CheckResult[]> {
  const keys = record.verdicts.flatMap(({ attempt, counted }) =>
    counted.map((perspective) => ({ perspective, attempt })),
  );
  const isKnown = (key: ResultKey) =>
    known.some((result) => result.attempt === key.attempt && result.perspective === key.perspective);
  const missing = keys.filter((key) => !isKnown(key));
  if (missing.length === 0) return known;
  return [...known, ...(await reader.readResults(record.requestId, missing))];
}

export interface Publisher {
  /**
   * Tell the world, and the audit trail, about a completed request.
   *
   * Done right after the verdict is written. Should the process die before the request is marked as published, the
   * deadline message finds it and does it again, with the same event id and the same record ids.
   *
   * @param known results at hand, which then need not be read.
   */
  publishCompletion(record: RequestRecord, known: readonly CheckResult[]): Promise<void>;
  /** Put results that came after their attempt was decided into the audit trail. */
  publishLateResults(record: RequestRecord, late: readonly CheckResult[]): Promise<void>;
}

export function createPublisher(deps: PublishDeps): Publisher {
  /** Publications under way in this process, so that two messages about one request make one event. */
  const underWay = new Map<string, Promise<void>>();

  async function publish(record: RequestRecord, known: readonly CheckResult[]): Promise<void> {
    const results = await collectCountedResults(deps.results, record, known);
    const records = record.verdicts.flatMap((verdict) =>
      auditAttempt(record, verdict, results, deps.recorder),
    );
    await deps.audit.append(records);
    await deps.bus.publish(toCompletedEvent(record, results));
    await deps.requests.markPublished(record.requestId);
    deps.onPublished?.(record, results);
    // With everybody heard, the deadline has nothing left to find.
    const { attempt } = record;
    const last = record.verdicts.at(-1);
    if (last?.counted.length === perspectivesAsked(record, attempt).length) {
      deps.decisions.forget?.(deadlineMessage(record, attempt));
    }
  }

  return {
    publishCompletion(record, known) {
      const before = underWay.get(record.requestId);
      if (before !== undefined) return before;
      const publication = publish(record, known).finally(() => underWay.delete(record.requestId));
      underWay.set(record.requestId, publication);
      return publication;
    },
    async publishLateResults(record, late) {
      if (late.length > 0)
        await deps.audit.append(late.map((result) => auditLateResult(record, result, deps.recorder)));
    },
  };
}

/** The one event of a completed request. */
export function toCompletedEvent(
  record: RequestRecord,
  results: readonly CheckResult[],
): RequestCompletedEvent {
  const verdict = record.verdicts.at(-1);
  if (verdict === undefined) throw new Error(`request ${record.requestId} is completed without a verdict`);
  const { baseline } = verdict;
  const order = orderOf(record);
  const until = usableUntil(record, verdict, results);
  const cohort = cohortOfAttempt(record, record.attempt);
  return {
    schema_version: '1.0',
    event_id: `${record.requestId}/completed`,
    mpic_id: record.requestId,
    caller: record.caller,
    trace_identifier: record.traceIdentifier,
    created_at: new Date(record.createdAt).toISOString(),
    completed_at: new Date(verdict.decidedAt).toISOString(),
    usable_until: until === null ? null : new Date(until).toISOString(),
    check_type: record.check.checkType,
    domain_or_ip_target: record.echo.domainOrIpTarget,
    checked_identifier: checkedIdentifier(record.check.target),
    applied_for: order.appliedFor,
    order_reference: order.reference,
    certificate_type: order.certificateType,
    validation_method: record.check.checkType === 'dcv' ? record.check.dcv.method : null,
    policy: record.policy,
    is_valid: verdict.isValid,
    mpic_completed: verdict.mpicCompleted,
    attempt_count: record.attempt,
    perspective_count: cohort.length,
    quorum_count: record.quorumCount,
    baseline_requirements: {
      satisfied: baseline.satisfied,
      quorum: baseline.quorum,
      required: baseline.required,
      minimum_perspectives: baseline.minimumPerspectives,
      rirs: [...baseline.rirs],
      rulebook: toRulebookFields(baseline.rulebook),
      rules_as_of: baseline.rulesAsOf,
      primary: toPrimaryFields(baseline.primary),
      reasons: [...baseline.reasons],
    },
    perspectives: cohort.map(({ code }) => {
      const result = verdict.counted.includes(code)
        ? results.find((candidate) => candidate.attempt === verdict.attempt && candidate.perspective === code)
        : undefined;
      return {
        perspective_code: code,
        check_completed: result?.completed ?? false,
        check_passed: result?.passed ?? false,
        error_types:
          result === undefined ? ['mpic_error:coordinator:remote_check'] : result.errors.map((e) => e.type),
      };
    }),
  };
}
