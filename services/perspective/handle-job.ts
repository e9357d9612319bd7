import { type CheckJob, parseCheckJob } from '../../shared/contract/messages/check-job.ts';
import { UnreadableMessageError } from '../../shared/contract/messages/contract.ts';
import { serialiseWakeUp } from '../../shared/contract/messages/wake-up.ts';
import type { Check } from '../../shared/domain/check/check.ts';
import type { CheckOutcome, CheckResult } from '../../shared/domain/check/check-result.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { CheckErrorType } from '../../shared/domain/errors.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import type { MessageHandler, ReceivedMessage, WakeQueue } from '../../shared/ports/queues.ts';
import type { ResultSink } from '../../shared/ports/request-store.ts';
import type { CheckContext } from './run-check.ts';

export interface PerspectiveDeps {
  /** The perspective that this process is; jobs for any other are rejected. */
  readonly perspective: PerspectiveCode;
  readonly view: NetworkView;
  readonly results: ResultSink;
  readonly wakeUps: WakeQueue;
  readonly runCheck: (check: Check, context: CheckContext) => Promise<CheckOutcome>;
  readonly clock: Clock;
  readonly log: Log;
  /** Time-out for one check, milliseconds. */
  readonly checkTimeoutMs: number;
  /** Name, version and instance, written into the evidence. */
  readonly recorder: string;
}

/**
 * How long after its deadline a check may still report its own time-out. Checkers keep their deadlines; this bounds one
 * that does not.
 */
const CHECK_GRACE_MS = 250;

/**
 * If both clocks agree that a message arrived this soon after its queue handed it out, the queue's age for it is
 * reliable.
 */
const PROMPT_MS = 1000;

/**
 * Consumes check jobs from this perspective's queue: runs the check, stores the result once, notifies the decision
 * process.
 *
 * A job whose time is over causes no network traffic. A job that cannot be read, or is for another perspective, fails
 * and ends in the dead-letter queue. A result that is already stored stays as it is.
 */
export function createJobHandler(deps: PerspectiveDeps): MessageHandler {
  const { perspective, results, wakeUps, clock, log } = deps;
  return async (message) => {
    const job = parseCheckJob(message.body);
    const { requestId, attempt } = job;
    const tell = () => wakeUps.send(serialiseWakeUp({ requestId, attempt }));
    if (job.perspective !== perspective) {
      throw new UnreadableMessageError(`job is for perspective ${job.perspective}, this is ${perspective}`);
    }
    const remainingMs = remainingBudget(job, message, clock);
    if (remainingMs <= 0) {
      log.warn('check_job_expired', { requestId, attempt, perspective, ageMs: message.ageMs });
      // An earlier delivery may have stored its result and died before it notified the decision process.
      if (message.receiveCount > 1) await tell();
      return;
    }
    // Either the message took long from the queue to here, or one clock is wrong.
    const isAgeUncertain =
      message.handedOutAt !== undefined && Math.abs(clock.now() - message.handedOutAt) > PROMPT_MS;
    // Uses both clocks, because the monotonic one may stop while a process is frozen.
    const end = clock.monotonic() + remainingMs;
    const wallEnd = clock.now() + remainingMs;
    const result = await makeResult(deps, job, remainingMs);
    const written = await results.record(result);
    log.debug('check_result_written', { requestId, attempt, perspective, written, passed: result.passed });
    // Notifies also for a duplicate, because an earlier delivery may have crashed between the two writes. How late a
    // later delivery is cannot be known if clocks disagree, and the deciding process may no longer wait for it. The
    // same holds for a job that a slow queue accepted late: its budget counts from acceptance.
    const isLate = clock.monotonic() > end || clock.now() > Math.min(wallEnd, job.deadline);
    if (job.notify || message.receiveCount > 1 || isLate || isAgeUncertain) await tell();
  };
}

/**
 * Milliseconds left of the job's budget, by the age that the queue measured: the clocks of home region and perspective
 * need not agree. The age covers the first delivery only, so later deliveries must also be before the deadline by this
 * machine's clock.
 */
function remainingBudget(job: CheckJob, { ageMs, receiveCount }: ReceivedMessage, clock: Clock): number {
  const byClock = job.deadline - clock.now();
  if (ageMs === null) return Math.min(byClock, job.budgetMs);
  const byAge = job.budgetMs - ageMs;
  return receiveCount > 1 ? Math.min(byAge, byClock) : byAge;
}

async function makeResult(deps: PerspectiveDeps, job: CheckJob, remainingMs: number): Promise<CheckResult> {
  const { clock, perspective, recorder, view } = deps;
  const startedAt = clock.now();
  const outcome = await checkWithinDeadline(deps, job, Math.min(remainingMs, deps.checkTimeoutMs));
  return {
    requestId: job.requestId,
    attempt: job.attempt,
    perspective,
    checkType: job.check.checkType,
    startedAt,
    completedAt: clock.now(),
    recorder,
    allowedNetworks: view.allowedNetworks,
    attemptToken: job.attemptToken,
    requestDigest: job.requestDigest,
    ...outcome,
  };
}

async function checkWithinDeadline(
  deps: PerspectiveDeps,
  job: CheckJob,
  timeoutMs: number,
): Promise<CheckOutcome> {
  const { clock, log, view, runCheck } = deps;
  const context: CheckContext = {
    policy: job.policy,
    view,
    deadline: clock.monotonic() + timeoutMs,
    monotonic: () => clock.monotonic(),
    now: clock.now(),
  };
  let cancel = () => {};
  const overrun = new Promise<CheckOutcome>((resolve) => {
    cancel = clock.schedule(timeoutMs + CHECK_GRACE_MS, () => {
      log.error('check_overran', { requestId: job.requestId, perspective: deps.perspective, timeoutMs });
      resolve(notCompleted('mpic_error:perspective:timeout', `the check did not end within ${timeoutMs} ms`));
    });
  });
  try {
    return await Promise.race([runCheck(job.check, context), overrun]);
  } catch (error) {
    // A bug in a checker says nothing about the target, and must not make the queue redeliver the job.
    log.error('check_crashed', { requestId: job.requestId, perspective: deps.perspective, error });
    return notCompleted(
      'mpic_error:perspective:internal',
      'the check failed inside the perspective; see its log',
    );
  } finally {
    cancel();
  }
}

function notCompleted(type: CheckErrorType, message: string): CheckOutcome {
  return {
    completed: false,
    passed: false,
    corroborates: false,
    errors: [{ type, message }],
    details: { kind: 'none' },
  };
}
