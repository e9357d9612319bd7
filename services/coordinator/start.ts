import { type CheckJob, serialiseCheckJob } from '../../shared/messages/check-job.ts';
import { type DeadlineMessage, serialiseDeadline } from '../../shared/messages/deadline.ts';
import { perspectivesAsked, type RequestRecord } from '../../shared/mpic/lifecycle.ts';
import type { PerspectiveCode } from '../../shared/mpic/perspective.ts';
import { type Clock, sleep } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { DeadlineQueue, JobQueue } from '../../shared/ports/queues.ts';
import type { RequestStore } from '../../shared/ports/request-store.ts';

export interface CoordinatorDeps {
  readonly requests: RequestStore;
  readonly jobs: JobQueue;
  readonly deadlines: DeadlineQueue;
  readonly clock: Clock;
  readonly log: Log;
}

/** Pauses before a job that a queue refused is offered again. */
const RESEND_DELAYS_MS = [50, 200];

export type Started =
  | { readonly outcome: 'exists' }
  | { readonly outcome: 'created'; readonly dispatched: Promise<void> };

/**
 * Accept a request: from here on it ends, whatever dies.
 *
 * The deadline message goes first, so that there is no moment in which a stored request has nobody to end it; a
 * deadline that finds no request is dropped. Then the record, then the jobs.
 *
 * @returns `exists` when the id is taken; nothing has been dispatched then. Otherwise `dispatched` resolves, and never
 *   rejects, when every job is sent or given up: results may come before, and one slow queue need not delay the answer.
 * @throws StoreUnavailableError or QueueUnavailableError: the request is not accepted. Should the record have been
 *   written all the same, the deadline ends it.
 */
export async function startRequest(deps: CoordinatorDeps, record: RequestRecord): Promise<Started> {
  await announceDeadline(deps, record, deadlineOf(record));
  if ((await deps.requests.create(record)) === 'exists') return { outcome: 'exists' };
  const dispatched = dispatchJobs(deps, record, perspectivesAsked(record, record.attempt));
  return { outcome: 'created', dispatched };
}

/**
 * For synchronous requests the process that waits decides at the deadline itself; the message is for the case that it
 * died, and comes a moment later so that the two do not race.
 */
const SYNC_DEADLINE_GRACE_MS = 1000;

/** Send the message that ends an attempt when its time is over. Goes out before the attempt starts. */
export function announceDeadline(
  { deadlines }: Pick<CoordinatorDeps, 'deadlines'>,
  record: RequestRecord,
  deadline: DeadlineMessage,
): Promise<void> {
  const delayMs = record.attemptTimeoutMs + (record.async ? 0 : SYNC_DEADLINE_GRACE_MS);
  return deadlines.send(serialiseDeadline(deadline), delayMs);
}

/** The deadline of an attempt: of the one under way, unless another start is named. */
export function deadlineOf(
  record: RequestRecord,
  { attempt, attemptToken }: Pick<RequestRecord, 'attempt' | 'attemptToken'> = record,
): DeadlineMessage {
  const asked = perspectivesAsked(record, attempt);
  return { requestId: record.requestId, attempt, attemptToken, asked, putOffs: 0 };
}

/**
 * Send the jobs of the attempt under way to these perspectives, in parallel. A perspective whose queue keeps refusing
 * stays silent, which is a non-corroboration at the deadline. Sending twice does no harm: the first result wins.
 */
export async function dispatchJobs(
  deps: Omit<CoordinatorDeps, 'requests' | 'deadlines'>,
  record: RequestRecord,
  perspectives: readonly PerspectiveCode[],
): Promise<void> {
  // What is left of the attempt: a job that is sent again must not outlast it.
  const left = record.attemptDeadline - deps.clock.now();
  const budgetMs = Math.max(0, Math.min(left, record.attemptTimeoutMs));
  await Promise.all(
    perspectives.map((perspective) => dispatchJob(deps, jobFor(record, perspective, budgetMs))),
  );
}

function jobFor(record: RequestRecord, perspective: PerspectiveCode, budgetMs: number): CheckJob {
  return {
    requestId: record.requestId,
    attempt: record.attempt,
    perspective,
    check: record.check,
    policy: record.policy,
    traceIdentifier: record.traceIdentifier,
    deadline: record.attemptDeadline,
    budgetMs,
    notify: record.async,
    attemptToken: record.attemptToken,
    requestDigest: record.requestDigest,
  };
}

async function dispatchJob(
  { jobs, clock, log }: Omit<CoordinatorDeps, 'requests' | 'deadlines'>,
  job: CheckJob,
): Promise<void> {
  const body = serialiseCheckJob(job);
  const { requestId, attempt, perspective } = job;
  for (const delayMs of [...RESEND_DELAYS_MS, null]) {
    try {
      return await jobs.send(perspective, body);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      log.warn('check_job_not_sent', {
        requestId,
        attempt,
        perspective,
        error: text,
        givenUp: delayMs === null,
      });
      if (delayMs !== null) await sleep(clock, delayMs);
    }
  }
}
