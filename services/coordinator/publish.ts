import { BoundedMap } from '../../shared/adapters/system/bounded-map.ts';
import {
  auditAttempt,
  auditChangedResult,
  auditLateResult,
} from '../../shared/contract/audit/audit-record.ts';
import type { AuditRecord, Recorder } from '../../shared/contract/audit/audit-schema.ts';
import { baselineCodec } from '../../shared/contract/evidence/baseline.ts';
import { serialiseDeadline } from '../../shared/contract/messages/deadline.ts';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import { methodOf } from '../../shared/domain/check/check.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { formatUtc } from '../../shared/domain/check/time.ts';
import {
  type AttemptVerdict,
  cohortOfAttempt,
  orderOf,
  perspectivesAsked,
  type RequestRecord,
} from '../../shared/domain/mpic/lifecycle.ts';
import { usableUntil } from '../../shared/domain/mpic/usable-until.ts';
import {
  asVote,
  type ChangedResult,
  readableResults,
  SILENCE_ERROR,
  unreadableError,
  voteOf,
} from '../../shared/domain/mpic/votes.ts';
import { checkedIdentifier } from '../../shared/domain/net/target.ts';
import type { AuditTrail } from '../../shared/ports/audit-trail.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { EventBus } from '../../shared/ports/event-bus.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { DeadlineQueue } from '../../shared/ports/queues.ts';
import type { RequestStore, ResultReader } from '../../shared/ports/request-store.ts';
import { deadlineOf } from './start.ts';

export interface PublishDeps {
  readonly requests: RequestStore;
  readonly deadlines: DeadlineQueue;
  readonly bus: EventBus;
  readonly audit: AuditTrail;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with every request that this process has published. */
  readonly onPublished?: (record: RequestRecord) => void;
}

/**
 * The record with the results that its verdicts counted. Verdicts written by the previous version only name the
 * perspectives; this reads their results from the store if they are still there.
 */
export async function withEvidence(reader: ResultReader, record: RequestRecord): Promise<RequestRecord> {
  const lacking = record.verdicts.filter(({ counted, results }) => results.length < counted.length);
  if (lacking.length === 0) return record;
  const keys = lacking.flatMap(({ attempt, counted }) =>
    counted.map((perspective) => ({ perspective, attempt })),
  );
  const stored = await reader.readResults(record.requestId, keys);
  const resultsOf = ({ attempt, counted }: AttemptVerdict) =>
    stored
      .filter((result) => result.attempt === attempt && counted.includes(result.perspective))
      .map((result) => asVote(record, result));
  const verdicts = record.verdicts.map((verdict) =>
    lacking.includes(verdict) ? { ...verdict, results: resultsOf(verdict) } : verdict,
  );
  return { ...record, verdicts };
}

export interface Publisher {
  /**
   * Writes the audit records of a completed request and sends its event.
   *
   * Called right after the verdict is written. If the process dies before the request is marked as published, the
   * deadline message finds it and publishes again, with the same event id and the same record ids.
   */
  publishCompletion(record: RequestRecord): Promise<void>;
  /**
   * Writes an audit record for each result that arrived after its attempt was decided: one per perspective and attempt.
   */
  publishLateResults(record: RequestRecord, late: readonly StoredResult[]): Promise<void>;
  /** Audits and logs each counted result that has changed in the store, once. */
  publishChangedResults(record: RequestRecord, changed: readonly ChangedResult[]): Promise<void>;
}

/**
 * For a process that may not write evidence: the deadline message finds the request unpublished and makes another
 * process publish it.
 */
export function leavePublication(onDecided: (record: RequestRecord) => void = () => {}): Publisher {
  return {
    publishCompletion: async (record) => onDecided(record),
    publishLateResults: async () => {},
    publishChangedResults: async () => {},
  };
}

/**
 * Number of record ids remembered for records written after the verdict, so that a perspective's repetitions are not
 * written again.
 */
const MAX_AFTERMATH = 4096;

export function createPublisher(deps: PublishDeps): Publisher {
  /** Publications in progress in this process, so that two messages about one request send one event. */
  const underWay = new Map<string, Promise<void>>();
  const aftermath = new BoundedMap<string, true>(MAX_AFTERMATH);

  async function publish(record: RequestRecord): Promise<void> {
    await deps.audit.append(
      record.verdicts.flatMap((verdict) => auditAttempt(record, verdict, deps.recorder)),
      record.completedAt ?? record.createdAt,
    );
    await deps.bus.publish(toCompletedEvent(record));
    await deps.requests.markPublished(record.requestId);
    deps.onPublished?.(record);
    // If every perspective responded, the deadline message has nothing left to do.
    const { attempt } = record;
    const last = record.verdicts.at(-1);
    if (last?.counted.length === perspectivesAsked(record, attempt).length) {
      deps.deadlines.forget?.(serialiseDeadline(deadlineOf(record)));
    }
  }

  /**
   * Appends one record at a time, so that a trail which identifies records by name holds each once. Returns false if
   * the record is already known.
   */
  async function append(record: AuditRecord, { decidedAt }: AttemptVerdict): Promise<boolean> {
    if (aftermath.get(record.record_id)) return false;
    await deps.audit.append([record], decidedAt);
    aftermath.set(record.record_id, true);
    return true;
  }

  return {
    publishCompletion(record) {
      const before = underWay.get(record.requestId);
      if (before !== undefined) return before;
      const publication = publish(record).finally(() => underWay.delete(record.requestId));
      underWay.set(record.requestId, publication);
      return publication;
    },
    async publishLateResults(record, late) {
      for (const result of late) {
        const verdict = record.verdicts.find(({ attempt }) => attempt === result.attempt);
        if (verdict !== undefined)
          await append(auditLateResult(record, verdict, result, deps.recorder), verdict);
      }
    },
    async publishChangedResults(record, changed) {
      const now = deps.clock.now();
      for (const change of changed) {
        const { perspective, attempt, digest } = change.counted;
        const verdict = record.verdicts.find((candidate) => candidate.attempt === attempt);
        if (verdict === undefined) continue;
        const isNew = await append(auditChangedResult(record, change, deps.recorder, now), verdict);
        const { requestId } = record;
        const found = change.found?.digest ?? null;
        if (isNew)
          deps.log.error('result_changed_after_verdict', { requestId, attempt, perspective, digest, found });
      }
    },
  };
}

/** The single event of a completed request. */
export function toCompletedEvent(record: RequestRecord): RequestCompletedEvent {
  const verdict = record.verdicts.at(-1);
  if (verdict === undefined) throw new Error(`request ${record.requestId} is completed without a verdict`);
  const order = orderOf(record);
  const until = usableUntil(record, verdict, readableResults(verdict.results));
  const cohort = cohortOfAttempt(record, record.attempt);
  return {
    schema_version: '1.0',
    event_id: `${record.requestId}/completed`,
    mpic_id: record.requestId,
    caller: record.caller,
    trace_identifier: record.traceIdentifier,
    created_at: formatUtc(record.createdAt),
    completed_at: formatUtc(verdict.decidedAt),
    usable_until: until === null ? null : formatUtc(until),
    check_type: record.check.checkType,
    domain_or_ip_target: record.echo.domainOrIpTarget,
    checked_identifier: checkedIdentifier(record.check.target),
    applied_for: order.appliedFor,
    order_reference: order.reference,
    certificate_type: order.certificateType,
    validation_method: methodOf(record.check),
    policy: record.policy,
    is_valid: verdict.isValid,
    mpic_completed: verdict.mpicCompleted,
    attempt_count: record.attempt,
    perspective_count: cohort.length,
    quorum_count: record.quorumCount,
    baseline_requirements: baselineCodec.encode(verdict.baseline),
    perspectives: cohort.map(({ code }) => toEventItem(code, voteOf(verdict, code))),
  };
}

/**
 * Maximum number of error types listed for one perspective: an event with 64 perspectives then still fits an
 * EventBridge entry.
 */
const MAX_ERROR_TYPES = 4;

function toEventItem(
  code: PerspectiveCode,
  vote: StoredResult | undefined,
): RequestCompletedEvent['perspectives'][number] {
  const result = vote?.status === 'readable' ? vote.result : undefined;
  return {
    perspective_code: code,
    check_completed: result?.completed ?? false,
    check_passed: result?.passed ?? false,
    error_types: errorTypes(vote).slice(0, MAX_ERROR_TYPES),
  };
}

function errorTypes(vote: StoredResult | undefined): string[] {
  if (vote === undefined) return [SILENCE_ERROR];
  if (vote.status === 'unreadable') return [unreadableError(vote).type];
  return [...new Set(vote.result.errors.map(({ type }) => type))];
}
