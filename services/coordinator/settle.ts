import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { Attempt } from '../../shared/domain/mpic/attempt.ts';
import { type AttemptResults, judgeAttempt } from '../../shared/domain/mpic/judge-attempt.ts';
import type { Clock } from '../../shared/ports/clock.ts';

/** What to wait for next. */
export interface VoteWait {
  /** Perspectives without a result so far. */
  readonly missing: readonly PerspectiveCode[];
  /** Whether the verdict can still change. */
  readonly isOpen: boolean;
  /** When to give up, monotonic milliseconds. */
  readonly until: number;
}

/** Supplies the results of an attempt while it is awaited. */
export interface VoteSource {
  readonly attempt: Attempt;
  readonly votes: AttemptResults;
  /** How long to wait for an open verdict, monotonic milliseconds; a value in the past means not at all. */
  readonly openUntil: number;
  /** When the wait ends whatever the verdict, monotonic milliseconds. */
  readonly until: number;
  /** Waits for further results. Returns false if the attempt is no longer running. */
  more(wait: VoteWait): Promise<boolean>;
}

/**
 * How long a settled verdict waits for the remaining results, so that response and audit record are nearly complete.
 */
export interface SettleOptions {
  readonly lingerMs: number;
}

/**
 * Waits until the verdict of an attempt can no longer change and `lingerMs` has passed for the remaining results, or
 * until time is up.
 *
 * @returns `settled`; `open` if time is up and further results could still change the verdict; `over` if another
 * process has ended the attempt.
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
