import { sleep } from '../../../shared/ports/clock.ts';
import { OperationError } from './errors.ts';
import type { Session } from './session.ts';

const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 10_000;
/** Rounds for errors that are not a matter of pace; the SDK makes three tries in each. */
const MAX_TRANSIENT_ROUNDS = 4;

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/**
 * Run a call that does no harm when it is made twice. Throttling is waited out until the time of the command is over; an
 * interrupted connection or an error of the service gets a few rounds more.
 */
export async function retrying<T>(session: Session, send: () => Promise<T>): Promise<T> {
  for (let round = 0; ; round++) {
    assertGoesOn(session);
    try {
      return await send();
    } catch (error) {
      if (session.signal.aborted || !deservesAnotherRound(error, round)) throw error;
      await sleep(session.clock, backoffMs(round), session.signal);
    }
  }
}

/** What `look` finds, looking again every `intervalMs` while that is null. `what` says how things stand if it stays so. */
export async function pollUntil<T>(
  session: Session,
  intervalMs: number,
  what: string,
  look: () => Promise<T | null>,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (session.clock.monotonic() + intervalMs > session.until) throw timeIsOver(session, what);
    await sleep(session.clock, intervalMs, session.signal);
  }
}

function assertGoesOn(session: Session): void {
  session.signal.throwIfAborted();
  if (session.clock.monotonic() > session.until) throw timeIsOver(session, 'the work is not done');
}

function timeIsOver({ timeoutMinutes }: Session, what: string): OperationError {
  return new OperationError(`after ${timeoutMinutes} minutes ${what}; --timeout-minutes gives it longer`);
}

function deservesAnotherRound(error: unknown, round: number): boolean {
  if (!(error instanceof Error)) return false;
  if (THROTTLED.has(error.name)) return true;
  return isTransient(error) && round < MAX_TRANSIENT_ROUNDS;
}

/** As the SDK marks it, or known by its name: a broken connection, a timeout, an error of the service itself. */
function isTransient(error: Error): boolean {
  const { $fault: fault, code } = error as { $fault?: unknown; code?: unknown };
  return fault === 'server' || error.name === 'TimeoutError' || code === 'ECONNRESET' || code === 'EPIPE';
}

function backoffMs(round: number): number {
  return Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** round);
}
