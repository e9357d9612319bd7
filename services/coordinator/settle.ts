import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { Attempt } from '../../shared/domain/mpic/attempt.ts';
import { type AttemptResults, judgeAttempt } from '../../shared/domain/mpic/judge-attempt.ts';
import type { Clock } from '../../shared/ports/clock.ts';

/** What is waited for next. */
export interface VoteWait {
  /** Perspectives still missing. */
  readonly missing: readonly PerspectiveCode[];
  /** Whether the verdict can still change. */
  readonly isOpen: boolean;
  /** When to give up, monotonic milliseconds. */
  readonly until: number;
}

/** Where the votes of an attempt come from while it is waited for. */
export interface VoteSource {
  readonly attempt: Attempt;
  readonly votes: AttemptResults;
  /** Until when an open verdict is waited for, monotonic milliseconds; in the past: not at all. */
  readonly openUntil: number;
  /** When the waiting ends whatever the verdict, monotonic milliseconds. */
  readonly until: number;
  /** Wait for further votes. False if the attempt is not under way any more. */
  more(wait: VoteWait): Promise<boolean>;
}

/** How long a settled verdict waits for stragglers, so that response and audit record are nearly complete. */
export interface SettleOptions {
  readonly lingerMs: number;
}

/**
 * Wait until the verdict of an attempt cannot change any more and stragglers had their time, or the time is over.
 *
 * @returns `settled`; `open` if the time is over and votes could still change the verdict; `over` if somebody else has ended
 *   the attempt.
 */
export async function awaitSettled(
  clock: Pick<Clock, 'monotonic'>,
  source: VoteSource,
  { lingerMs }: SettleOptions,
): Promise<'settled' | 'open' | 'over'> {
  let settledAt: number | null = null;
  for (;;) {
    const { attempt, votes } = source;
    const now = clock.monotonic();
    if (judgeAttempt(attempt.record, votes, false).status === 'settled') settledAt ??= now;
    const missing = attempt.asked.filter((code) => !votes.has(code));
    const until = settledAt === null ? source.openUntil : Math.min(source.until, settledAt + lingerMs);
    if (missing.length === 0 || now >= until) return settledAt === null ? 'open' : 'settled';
    if (!(await source.more({ missing, isOpen: settledAt === null, until }))) return 'over';
  }
}
