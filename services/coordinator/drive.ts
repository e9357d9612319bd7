import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import type { SettledDecision } from '../../shared/domain/mpic/decision.ts';
import {
  type AttemptResults,
  dependsOnUnread,
  judgeAttempt,
  selectAttemptResults,
  settledOf,
} from '../../shared/domain/mpic/judge-attempt.ts';
import { perspectivesAsked, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { sleep } from '../../shared/ports/clock.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import { concludeAttempt, type DecisionDeps } from './finish.ts';
import { keysOfAttempt } from './settle-attempt.ts';

/** How much too early a timer may ring. */
const TIMER_TOLERANCE_MS = 2;

/** Pause before a store that could not answer is asked again. */
const STORE_RETRY_MS = 50;

export interface DriveOptions {
  /**
   * How long a verdict that can no longer change waits for stragglers, so that the response and the audit record are
   * nearly complete.
   */
  readonly lingerMs: number;
}

export interface Driving extends DriveOptions {
  /** Takes charge of work that nobody waits for, and that never fails. */
  readonly keep: (work: Promise<void>) => void;
}

/** A completed request. */
export interface Driven {
  readonly record: RequestRecord;
  /** True when this call wrote the verdict, and so has to see to its publication. */
  readonly closedHere: boolean;
}

/**
 * Wait for the results of a running request and take the decision, through all attempts, in this process.
 *
 * Several processes may do so for one request, and the deadline message does it for those that died: whoever writes
 * first decides, the others report what was written.
 *
 * @throws StoreUnavailableError, QueueUnavailableError: nothing is lost, the deadline message finds the request.
 */
export async function driveRequest(
  deps: DecisionDeps,
  start: RequestRecord,
  options: Driving,
): Promise<Driven> {
  let record = start;
  for (;;) {
    const arrived = await awaitSettled(deps, record, options);
    const counted = isSettled(record, arrived) ? arrived : await lookOnceMore(deps, record, arrived);
    const conclusion = await concludeAttempt(deps, record, counted, decideNow(record, counted));
    if (conclusion.kind === 'completed') return { record: conclusion.record, closedHere: true };
    if (conclusion.kind === 'advanced') {
      options.keep(conclusion.dispatched);
      record = conclusion.record;
      continue;
    }
    const current = await deps.requests.read(record.requestId);
    if (current === null) throw new Error(`request ${record.requestId} has vanished from the store`);
    if (current.status === 'completed') return { record: current, closedHere: false };
    record = current;
  }
}

/** What the results amount to: settled before everybody was heard, or else by the end of the waiting. */
function decideNow(record: RequestRecord, counted: AttemptResults): SettledDecision {
  const early = judgeAttempt(record, counted, false);
  if (early.status === 'settled') return early;
  return settledOf(judgeAttempt(record, counted, true));
}

function isSettled(record: RequestRecord, results: AttemptResults): boolean {
  return judgeAttempt(record, results, false).status === 'settled';
}

/**
 * What has come of an attempt whose deadline is over undecided. Only what this look finds nothing of has been silent; where it
 * cannot tell, the deadline message looks until it can.
 */
async function lookOnceMore(
  { results: reader }: DecisionDeps,
  record: RequestRecord,
  arrived: AttemptResults,
): Promise<AttemptResults> {
  const { requestId } = record;
  const missing = keysOfAttempt(record, record.attempt).filter(
    ({ perspective }) => !arrived.has(perspective),
  );
  if (missing.length === 0) return arrived;
  const { results, unread } = await reader.snapshot(requestId, missing);
  const counted = new Map([...arrived, ...selectAttemptResults(record, results)]);
  const codes = unread.map(({ perspective }) => perspective);
  if (dependsOnUnread(record, counted, codes))
    throw new StoreUnavailableError(`${codes.length} results of request ${requestId} cannot be read`);
  return counted;
}

/**
 * Results of the attempt under way, once its verdict is settled and stragglers had their time, or its deadline is over.
 */
async function awaitSettled(
  deps: DecisionDeps,
  record: RequestRecord,
  { lingerMs }: DriveOptions,
): Promise<AttemptResults> {
  const { clock, results: reader } = deps;
  const asked = perspectivesAsked(record, record.attempt);
  const sentAt = clock.monotonic();
  const deadline = sentAt + record.attemptTimeoutMs;
  const arrived = new Map<PerspectiveCode, StoredResult>();
  let settledAt: number | null = null;
  for (;;) {
    const decision = judgeAttempt(record, arrived, false);
    const now = clock.monotonic();
    if (decision.status === 'settled') settledAt ??= now;
    const missing = asked.filter((code) => !arrived.has(code));
    const until = settledAt === null ? deadline : Math.min(deadline, settledAt + lingerMs);
    if (missing.length === 0 || now >= until) return arrived;

    const needed = settledAt === null ? countNeeded(record, arrived.size) : missing.length;
    const fresh = await readOrPause(deps, () =>
      reader.nextResults(record.requestId, record.attempt, { missing, needed, sentAt, until }),
    );
    const before = arrived.size;
    for (const [code, result] of selectAttemptResults(record, fresh)) arrived.set(code, result);
    // Nothing new before the time is over: somebody else may have ended the attempt.
    const left = until - clock.monotonic();
    if (arrived.size === before && left > 0) {
      // A timer may ring a fraction of a millisecond early; that is not worth a look into the store.
      if (left > TIMER_TOLERANCE_MS && (await isSuperseded(deps, record))) return arrived;
      await sleep(clock, Math.min(STORE_RETRY_MS, left));
    }
  }
}

async function isSuperseded({ requests }: DecisionDeps, record: RequestRecord): Promise<boolean> {
  try {
    const current = await requests.read(record.requestId);
    return current?.status !== 'running' || current.attempt !== record.attempt;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return false;
    throw error;
  }
}

/** What `read` gives, or nothing after a pause when the store cannot answer: a hiccup must not end the waiting. */
async function readOrPause<T>(
  { clock, log }: DecisionDeps,
  read: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    log.warn('store_unavailable', { error: error.message });
    await sleep(clock, STORE_RETRY_MS);
    return [];
  }
}

/** The fewest further results with which a verdict could be settled: as many as the quorum still lacks. */
function countNeeded(record: RequestRecord, arrived: number): number {
  return Math.max(1, record.quorumCount - arrived);
}
