import { BoundedMap } from '../../shared/adapters/system/bounded-map.ts';
import { type CheckJob, serialiseCheckJob } from '../../shared/contract/messages/check-job.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import { Attempt } from '../../shared/domain/mpic/attempt.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { type Clock, sleep, within } from '../../shared/ports/clock.ts';
import { errorLine, type Log } from '../../shared/ports/log.ts';
import { type JobQueue, QueueUnavailableError } from '../../shared/ports/queues.ts';
import type { ResultReader } from '../../shared/ports/request-store.ts';

/** What sending jobs requires. */
export interface DispatchDeps {
  readonly jobs: JobQueue;
  readonly dispatches: DispatchBook;
  readonly clock: Clock;
  readonly log: Log;
}

/** Pauses before a job that the queue rejected is sent again. */
const RESEND_DELAYS_MS = [50, 200];

/** Time-out for sending one job, retries included, so that one region's hanging endpoint delays no request. */
const DISPATCH_MS = 1000;

/**
 * Minimum time between two sends of the same attempt's jobs, so that repeating a request does not multiply the checks
 * of its target.
 */
const REPEAT_AFTER_MS = 2000;

/** Number of attempts remembered: more than can be started or repeated within two seconds. */
const MAX_REMEMBERED = 65_536;

type Start = Pick<RequestRecord, 'requestId' | 'attempt' | 'attemptToken'>;

/** Records when this process last sent the jobs of an attempt. */
export class DispatchBook {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #sentAt = new BoundedMap<string, number>(MAX_REMEMBERED);

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  note(start: Start): void {
    this.#sentAt.set(nameOf(start), this.#clock.monotonic());
  }

  /** Returns true if the jobs may be sent again now; the caller must then send them. */
  claim(start: Start): boolean {
    const sentAt = this.#sentAt.get(nameOf(start));
    if (sentAt !== undefined && this.#clock.monotonic() - sentAt < REPEAT_AFTER_MS) return false;
    this.note(start);
    return true;
  }
}

function nameOf({ requestId, attempt, attemptToken }: Start): string {
  return `${requestId}/${attempt}/${attemptToken}`;
}

/**
 * Sends the current attempt's jobs again to every perspective without a result, because a crash may have lost them.
 * Does nothing if this process sent them within the last two seconds.
 *
 * @throws StoreUnavailableError if the results of the attempt cannot be read.
 */
export async function redispatchJobs(
  deps: DispatchDeps & { readonly results: ResultReader },
  record: RequestRecord,
): Promise<void> {
  if (!deps.dispatches.claim(record)) return;
  const { asked, keys } = new Attempt(record);
  const { results } = await deps.results.snapshot(record.requestId, keys);
  const silent = asked.filter((code) => !results.some(({ perspective }) => perspective === code));
  await dispatchJobs(deps, record, silent, true);
}

/**
 * Sends the current attempt's jobs to these perspectives, in parallel. Resolves within a second and never rejects: a
 * perspective whose queue keeps rejecting the job, or does not respond, delivers no result, which counts as a
 * non-corroboration at the deadline. Sending a job twice does no harm: the first result wins.
 *
 * @param isRepetition true if the jobs may have been sent before, perhaps by a host with a different clock. The
 * lateness of a result cannot be known then, so perspectives notify the decision process of every result.
 */
export async function dispatchJobs(
  deps: DispatchDeps,
  record: RequestRecord,
  perspectives: readonly PerspectiveCode[],
  isRepetition = false,
): Promise<void> {
  deps.dispatches.note(record);
  // The time left in the attempt: a job that is sent again must not outlast it.
  const left = record.attemptDeadline - deps.clock.now();
  const budgetMs = Math.max(0, Math.min(left, record.attemptTimeoutMs));
  const notify = record.async || isRepetition;
  await Promise.all(
    perspectives.map((perspective) => dispatchJob(deps, jobFor(record, perspective, budgetMs, notify))),
  );
}

function jobFor(
  record: RequestRecord,
  perspective: PerspectiveCode,
  budgetMs: number,
  notify: boolean,
): CheckJob {
  return {
    requestId: record.requestId,
    attempt: record.attempt,
    perspective,
    check: record.check,
    policy: record.policy,
    traceIdentifier: record.traceIdentifier,
    deadline: record.attemptDeadline,
    budgetMs,
    notify,
    attemptToken: record.attemptToken,
    requestDigest: record.requestDigest,
  };
}

async function dispatchJob(deps: DispatchDeps, job: CheckJob): Promise<void> {
  const { requestId, attempt, perspective } = job;
  const warn = (error: unknown, givenUp: boolean) => {
    deps.log.warn('check_job_not_sent', {
      requestId,
      attempt,
      perspective,
      error: errorLine(error),
      givenUp,
    });
  };
  try {
    await within(
      deps.clock,
      DISPATCH_MS,
      (signal) => offer(deps, job, signal, (error) => warn(error, false)),
      () => new QueueUnavailableError(`not accepted within ${DISPATCH_MS} ms`),
    );
  } catch (error) {
    warn(error, true);
  }
}

async function offer(
  { jobs, clock }: DispatchDeps,
  job: CheckJob,
  signal: AbortSignal,
  onRefusal: (error: unknown) => void,
): Promise<void> {
  const body = serialiseCheckJob(job);
  for (const delayMs of RESEND_DELAYS_MS) {
    try {
      return await jobs.send(job.perspective, body, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      onRefusal(error);
      await sleep(clock, delayMs, signal);
    }
  }
  return jobs.send(job.perspective, body, signal);
}
