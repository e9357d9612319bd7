import { type DeadlineMessage, serialiseDeadline } from '../../shared/contract/messages/deadline.ts';
import { perspectivesAsked, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { within } from '../../shared/ports/clock.ts';
import { type DeadlineQueue, QueueUnavailableError } from '../../shared/ports/queues.ts';
import type { RequestStore } from '../../shared/ports/request-store.ts';
import { type DispatchDeps, dispatchJobs } from './dispatch.ts';

export interface CoordinatorDeps extends DispatchDeps {
  readonly requests: RequestStore;
  readonly deadlines: DeadlineQueue;
}

/** How long a deadline is offered to its queue, without which nothing begins. */
const ANNOUNCE_MS = 2000;

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
  const deadline = deadlineOf(record);
  const outcome = await writeAnnounced(deps, record, deadline, () => deps.requests.create(record));
  if (outcome === 'exists') return { outcome };
  const dispatched = dispatchJobs(deps, record, perspectivesAsked(record, record.attempt));
  return { outcome: 'created', dispatched };
}

/**
 * For synchronous requests the process that waits decides at the deadline itself; the message is for the case that it
 * died, and comes a moment later so that the two do not race.
 */
const SYNC_DEADLINE_GRACE_MS = 1000;

/**
 * Send the message that ends an attempt when its time is over. Goes out before the attempt starts.
 *
 * @throws QueueUnavailableError when it was not accepted, or not within two seconds.
 */
export function announceDeadline(
  { deadlines, clock }: Pick<CoordinatorDeps, 'deadlines' | 'clock'>,
  record: RequestRecord,
  deadline: DeadlineMessage,
): Promise<void> {
  const delayMs = record.attemptTimeoutMs + (record.async ? 0 : SYNC_DEADLINE_GRACE_MS);
  const body = serialiseDeadline(deadline);
  return within(
    clock,
    ANNOUNCE_MS,
    (signal) => deadlines.send(body, delayMs, signal),
    () => new QueueUnavailableError(`the deadline was not accepted within ${ANNOUNCE_MS} ms`),
  );
}

/**
 * A start that takes longer than this has its deadline announced again. One that finds no attempt waits for it for 45 seconds
 * and is dropped: a process that was suspended before its write would leave an attempt that nobody ends.
 */
const SLOW_START_MS = 10_000;

/**
 * Announce a deadline, then write the start that it ends.
 *
 * @throws QueueUnavailableError, StoreUnavailableError: the start is not acknowledged; should it have been written, one of its
 *   deadlines ends it.
 */
export async function writeAnnounced<T>(
  deps: Pick<CoordinatorDeps, 'deadlines' | 'clock'>,
  record: RequestRecord,
  deadline: DeadlineMessage,
  write: () => Promise<T>,
): Promise<T> {
  const { clock } = deps;
  const began = { wall: clock.now(), monotonic: clock.monotonic() };
  await announceDeadline(deps, record, deadline);
  const written = await write();
  // The monotonic clock may stand still while a machine is suspended, and the other one may be set back.
  const tookMs = Math.max(clock.now() - began.wall, clock.monotonic() - began.monotonic);
  if (tookMs > SLOW_START_MS) await announceDeadline(deps, record, deadline);
  return written;
}

/** The deadline of an attempt: of the one under way, unless another start is named. */
export function deadlineOf(
  record: RequestRecord,
  { attempt, attemptToken }: Pick<RequestRecord, 'attempt' | 'attemptToken'> = record,
): DeadlineMessage {
  const asked = perspectivesAsked(record, attempt);
  return { requestId: record.requestId, attempt, attemptToken, asked, putOffs: 0 };
}
