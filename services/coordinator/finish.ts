import { methodOf } from '../../shared/domain/check/check.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { SettledDecision } from '../../shared/domain/mpic/decision.ts';
import {
  type AttemptResults,
  judgeAttempt,
  judgeTooLate,
  selectAttemptResults,
  toAttemptVerdict,
} from '../../shared/domain/mpic/judge-attempt.ts';
import {
  type AttemptVerdict,
  hasTimeForAnother,
  isTooLate,
  perspectivesAsked,
  type RequestRecord,
} from '../../shared/domain/mpic/lifecycle.ts';
import { readableResults } from '../../shared/domain/mpic/votes.ts';
import { checkedIdentifier } from '../../shared/domain/net/target.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { ResultReader } from '../../shared/ports/request-store.ts';
import { dispatchJobs } from './dispatch.ts';
import { type Publisher, withEvidence } from './publish.ts';
import { type CoordinatorDeps, deadlineOf, writeAnnounced } from './start.ts';

export interface DecisionDeps extends CoordinatorDeps {
  readonly results: ResultReader;
  readonly publisher: Publisher;
  readonly ids: Pick<Ids, 'attemptToken'>;
}

/**
 * What happened to an attempt that this process tried to end.
 *
 * - `completed`: the request has its verdict, written by this call.
 * - `advanced`: the next attempt is running, started by this call; `dispatched` resolves within a second, and never
 *   rejects, when its jobs are sent.
 * - `superseded`: another process was first; read the record again.
 */
export type Conclusion =
  | { readonly kind: 'completed'; readonly record: RequestRecord }
  | { readonly kind: 'advanced'; readonly record: RequestRecord; readonly dispatched: Promise<void> }
  | { readonly kind: 'superseded' };

/**
 * Ends the current attempt: either the request is complete, or the next attempt begins with the next cohort and no
 * results carried over (TLS BR 3.2.2.9 [mpic]). One conditional write decides which process does it.
 *
 * Old observations must not support a new verdict: an attempt that is still undecided a minute after its deadline ends
 * as not valid, whatever `decision` says.
 */
export async function concludeAttempt(
  deps: DecisionDeps,
  record: RequestRecord,
  results: AttemptResults,
  decision: SettledDecision,
): Promise<Conclusion> {
  const now = deps.clock.now();
  const settled = isTooLate(record.attemptDeadline, now) ? judgeTooLate(record, results) : decision;
  const verdict = toAttemptVerdict(record, results, settled, now);
  if (settled !== decision) {
    const { requestId, attempt } = record;
    const lateMs = now - record.attemptDeadline;
    deps.log.warn('attempt_too_late', { requestId, attempt, lateMs, wasValid: decision.isValid });
  }
  if (!settled.isValid && hasTimeForAnother(record, now)) return startNextAttempt(deps, record, verdict);

  const closed = await deps.requests.close(record.requestId, record.attempt, verdict);
  if (closed === 'superseded') return { kind: 'superseded' };
  deps.log.info('request_completed', {
    requestId: record.requestId,
    ...describeRequest(record),
    attempt: record.attempt,
    isValid: verdict.isValid,
    quorum: verdict.baseline.quorum,
    reasons: countReasons(verdict),
    durationMs: verdict.decidedAt - record.createdAt,
  });
  return {
    kind: 'completed',
    record: {
      ...record,
      status: 'completed',
      completedAt: verdict.decidedAt,
      verdicts: [...record.verdicts, verdict],
    },
  };
}

/** Who asked for what, for the log. Challenge values are never part of it. */
function describeRequest({ caller, check, traceIdentifier }: RequestRecord) {
  const method = methodOf(check);
  return {
    caller,
    checkType: check.checkType,
    ...(method === null ? {} : { method }),
    target: checkedIdentifier(check.target),
    ...(traceIdentifier === null ? {} : { traceIdentifier }),
  };
}

/** Why counted results did not pass: error types or CAA reasons, each with the number of results that have it. */
function countReasons({ results }: AttemptVerdict): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { passed, errors, details } of readableResults(results)) {
    if (passed) continue;
    const types = new Set<string>(errors.map(({ type }) => type));
    if (types.size === 0 && details?.kind === 'caa') types.add(details.reason);
    for (const type of types) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

async function startNextAttempt(
  deps: DecisionDeps,
  record: RequestRecord,
  verdict: RequestRecord['verdicts'][number],
): Promise<Conclusion> {
  const attempt = record.attempt + 1;
  // Several processes may start this attempt at the same moment. Only the deadline message with the token of the stored
  // start ends it.
  const attemptToken = deps.ids.attemptToken();
  // Taken before the deadline message is sent; otherwise the message would arrive before the stored deadline and be put
  // off.
  const startedAt = deps.clock.now();
  // As at the start of a request: first the deadline message, then the write, then the jobs.
  const deadline = startedAt + record.attemptTimeoutMs;
  const start = { token: attemptToken, startedAt, deadline };
  const message = deadlineOf(record, { attempt, attemptToken });
  const advanced = await writeAnnounced(deps, record, message, () =>
    deps.requests.advance(record.requestId, record.attempt, verdict, start),
  );
  if (advanced === 'superseded') return { kind: 'superseded' };
  const next: RequestRecord = {
    ...record,
    attempt,
    attemptToken,
    attemptStartedAt: startedAt,
    attemptDeadline: deadline,
    verdicts: [...record.verdicts, verdict],
  };
  deps.log.info('attempt_advanced', {
    requestId: record.requestId,
    attempt,
    quorum: verdict.baseline.quorum,
  });
  return {
    kind: 'advanced',
    record: next,
    dispatched: dispatchJobs(deps, next, perspectivesAsked(next, attempt)),
  };
}

/**
 * Ends the current attempt if its results settle it, or unconditionally at its deadline, and publishes the request if
 * it is complete.
 *
 * @returns the record as written by another process that was first; null if nothing is left to do.
 */
export async function settleAttempt(
  deps: DecisionDeps,
  record: RequestRecord,
  stored: readonly StoredResult[],
  isDeadline: boolean,
): Promise<RequestRecord | null> {
  const counted = selectAttemptResults(record, stored);
  const decision = judgeAttempt(record, counted, isDeadline);
  if (decision.status === 'pending') return null;
  const conclusion = await concludeAttempt(deps, record, counted, decision);
  // A function is frozen once it has handled its message, so wait until the jobs are sent.
  if (conclusion.kind === 'advanced') await conclusion.dispatched;
  if (conclusion.kind === 'completed')
    await deps.publisher.publishCompletion(await withEvidence(deps.results, conclusion.record));
  return conclusion.kind === 'superseded' ? deps.requests.read(record.requestId) : null;
}
