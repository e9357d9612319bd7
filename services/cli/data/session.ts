import type { DynamoDBClient, DynamoDBClientResolvedConfig } from '@aws-sdk/client-dynamodb';
import { type Clock, sleep } from '../../../shared/ports/clock.ts';
import { CommandError } from '../shell/command.ts';

/** What every verb that talks to DynamoDB works with. */
export interface Session {
  readonly client: DynamoDBClient;
  readonly region: string;
  readonly clock: Clock;
  /** When to give up, on the monotonic clock. */
  readonly until: number;
  readonly timeoutMinutes: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** A line about what goes on, for people. */
  note(text: string): void;
}

/** What a verb came to: for people, for programs, and as exit status. */
export interface Report {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly exitStatus: number;
}

type RetryStrategy = Extract<
  Awaited<ReturnType<DynamoDBClientResolvedConfig['retryStrategy']>>,
  { recordSuccess: unknown }
>;

const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 10_000;
/** Tries of a call whose connection breaks, or that the service fails: some seconds of it. */
const MAX_TRIES = 6;
const PROGRESS_MS = 10_000;

/**
 * How the SDK tries again, in place of its own way, which counts throttled calls: throttling is waited out until the time of the
 * command is over, for a throttled call has done nothing.
 */
export function waitOutThrottling(session: Omit<Session, 'client'>): RetryStrategy {
  const after = (retries: number) => ({ getRetryCount: () => retries, getRetryDelay: () => 0 });
  return {
    async acquireInitialRetryToken() {
      session.signal.throwIfAborted();
      if (session.clock.monotonic() > session.until) throw timeIsOver(session, 'the work is not done');
      return after(0);
    },
    async refreshRetryTokenForRetry(token, { errorType, error }) {
      const retries = token.getRetryCount();
      const isWorthIt =
        errorType === 'THROTTLING' || (errorType !== 'CLIENT_ERROR' && retries + 1 < MAX_TRIES);
      // The SDK throws what the call failed with.
      if (!isWorthIt || session.clock.monotonic() > session.until) throw error;
      await sleep(session.clock, Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** retries), session.signal);
      return after(retries + 1);
    },
    recordSuccess() {},
  };
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

function timeIsOver({ timeoutMinutes }: Pick<Session, 'timeoutMinutes'>, what: string): CommandError {
  return new CommandError(`after ${timeoutMinutes} minutes ${what}; --timeout-minutes gives it longer`);
}

/** A function that counts things and says every ten seconds how many there were, in the words of `tell`. */
export function createProgress(
  { clock, note }: Pick<Session, 'clock' | 'note'>,
  tell: (count: number) => string,
): (more: number) => void {
  let count = 0;
  let nextAt = clock.monotonic() + PROGRESS_MS;
  return (more) => {
    count += more;
    if (clock.monotonic() < nextAt) return;
    nextAt = clock.monotonic() + PROGRESS_MS;
    note(tell(count));
  };
}
