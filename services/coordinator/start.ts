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

/** Time-out for sending a deadline message, without which no attempt begins. */
const ANNOUNCE_MS = 2000;

export type Started =
  | { readonly outcome: 'exists' }
  | { readonly outcome: 'created'; readonly dispatched: Promise<void> };

/**
 * Accepts a request. From here on the request ends, whichever process dies.
 *
 * The deadline message goes first, so that every stored request has a message that ends it; a deadline message without
 * a request is dropped. Then the record, then the jobs.
 *
 * @returns `exists` if the id is taken; no job has been sent then. Otherwise `dispatched` resolves, and never rejects,
 * when every job is sent or given up: results may come before that, and one slow queue need not delay the answer.
 * @throws StoreUnavailableError or QueueUnavailableError: the request is not accepted. If the record was written
 * nevertheless, the deadline message ends it.
 */
export async function startRequest(deps: CoordinatorDeps, record: RequestRecord): Promise<Started> {
  const deadline = deadlineOf(record);
  const outcome = await writeAnnounced(deps, record, deadline, () => deps.requests.create(record));
  if (outcome === 'exists') return { outcome };
  const dispatched = dispatchJobs(deps, record, perspectivesAsked(record, record.attempt));
  return { outcome: 'created', dispatched };
}

/**
 * The process that waits for a synchronous request decides it at the deadline. The message serves only if that process
 * died, and arrives a moment later so that the two do not race.
 */
const SYNC_DEADLINE_GRACE_MS = 1000;

/**
 * Sends the message that ends an attempt at its deadline. Sent before the attempt starts.
 *
 * @throws QueueUnavailableError if the queue did not accept the message within two seconds.
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
 * If a start takes longer than this, its deadline message is sent again. A deadline message without an attempt waits 45
 * seconds and is then dropped, so a process suspended before its write would leave an attempt without one.
 */
const SLOW_START_MS = 10_000;

/**
 * Sends a deadline message, then writes the start of the attempt that it ends.
 *
 * @throws QueueUnavailableError, StoreUnavailableError: the start is not acknowledged; if it was written nevertheless,
 * one of its deadline messages ends it.
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
  // The monotonic clock may stop while a machine is suspended, and the wall clock may be set back.
  const tookMs = Math.max(clock.now() - began.wall, clock.monotonic() - began.monotonic);
  if (tookMs > SLOW_START_MS) await announceDeadline(deps, record, deadline);
  return written;
}

/** The deadline message of an attempt: the current one, unless another start is given. */
export function deadlineOf(
  record: RequestRecord,
  { attempt, attemptToken }: Pick<RequestRecord, 'attempt' | 'attemptToken'> = record,
): DeadlineMessage {
  const asked = perspectivesAsked(record, attempt);
  return { requestId: record.requestId, attempt, attemptToken, asked, putOffs: 0 };
}
