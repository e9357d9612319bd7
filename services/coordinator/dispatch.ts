import { BoundedMap } from '../../shared/adapters/system/bounded-map.ts';
import { type CheckJob, serialiseCheckJob } from '../../shared/contract/messages/check-job.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import { Attempt } from '../../shared/domain/mpic/attempt.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { type Clock, sleep, within } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import { type JobQueue, QueueUnavailableError } from '../../shared/ports/queues.ts';
import type { ResultReader } from '../../shared/ports/request-store.ts';

/** What sending jobs takes. */
export interface DispatchDeps {
  readonly jobs: JobQueue;
  readonly dispatches: DispatchBook;
  readonly clock: Clock;
  readonly log: Log;
}

/** Pauses before a job that a queue refused is offered again. */
const RESEND_DELAYS_MS = [50, 200];

/** How long jobs are offered to their queues, all tries included: one region's endpoint that hangs must keep nobody waiting. */
const DISPATCH_MS = 1000;

/** The jobs of one attempt are sent again at most this often: whoever repeats a request must not multiply the checks of its target. */
const REPEAT_AFTER_MS = 2000;

/** Starts of attempts remembered: more than can begin, or be asked for again, within two seconds. */
const MAX_REMEMBERED = 65_536;

type Start = Pick<RequestRecord, 'requestId' | 'attempt' | 'attemptToken'>;

/** When this process has last sent the jobs of an attempt. */
export class DispatchBook {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #sentAt = new BoundedMap<string, number>(MAX_REMEMBERED);

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  note(start: Start): void {
    this.#sentAt.set(nameOf(start), this.#clock.monotonic());
  }

  /** Whether its jobs may be sent again now; the one who is told so has to do it. */
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
 * Send the jobs of the attempt under way again to all who are silent so far: they may have been lost in a crash. Does nothing
 * where this process has sent them within the last two seconds.
 *
 * @throws StoreUnavailableError when it cannot be read who is silent.
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
 * Send the jobs of the attempt under way to these perspectives, in parallel. Resolves within a second, and never rejects: a
 * perspective whose queue keeps refusing, or does not answer, stays silent, which is a non-corroboration at the deadline. Sending
 * twice does no harm: the first result wins.
 *
 * @param isRepetition the jobs may have been sent before, perhaps by another host, whose clock says another time: how late a
 *   result is then cannot be known, so the decision is told of each.
 */
export async function dispatchJobs(
  deps: DispatchDeps,
  record: RequestRecord,
  perspectives: readonly PerspectiveCode[],
  isRepetition = false,
): Promise<void> {
  deps.dispatches.note(record);
  // What is left of the attempt: a job that is sent again must not outlast it.
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
    const text = error instanceof Error ? error.message : String(error);
    deps.log.warn('check_job_not_sent', { requestId, attempt, perspective, error: text, givenUp });
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
