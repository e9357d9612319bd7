import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { StoredResult } from '../../shared/domain/check/stored-result.ts';
import { Attempt } from '../../shared/domain/mpic/attempt.ts';
import type { SettledDecision } from '../../shared/domain/mpic/decision.ts';
import {
  type AttemptResults,
  dependsOnUnread,
  judgeAttempt,
  selectAttemptResults,
  settledOf,
} from '../../shared/domain/mpic/judge-attempt.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { sleep } from '../../shared/ports/clock.ts';
import { errorLine } from '../../shared/ports/log.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import { concludeAttempt, type DecisionDeps } from './finish.ts';
import { awaitSettled, type SettleOptions, type VoteSource, type VoteWait } from './settle.ts';

/** How much earlier than requested a timer may fire. */
const TIMER_TOLERANCE_MS = 2;

/** Pause before the store is queried again after a failure. */
const STORE_RETRY_MS = 50;

export interface Driving extends SettleOptions {
  /** Keeps track of work that the caller does not await and that never rejects. */
  readonly keep: (work: Promise<void>) => void;
}

/** A completed request. */
export interface Driven {
  readonly record: RequestRecord;
  /** True if this call wrote the verdict and therefore must publish it. */
  readonly closedHere: boolean;
}

/**
 * Awaits the results of a running request and decides it, through all attempts, in this process.
 *
 * Several processes may do so for one request, and the deadline message does it if they died: the first to write the
 * verdict decides, the others report what was written.
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
    const polled = new PolledVotes(deps, new Attempt(record));
    await awaitSettled(deps.clock, polled, options);
    const counted = isSettled(record, polled.votes)
      ? polled.votes
      : await lookOnceMore(deps, polled.attempt, polled.votes);
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

/**
 * Decides by the results so far: settled before every perspective responded, or else by counting the missing ones as
 * non-corroborations.
 */
function decideNow(record: RequestRecord, counted: AttemptResults): SettledDecision {
  const early = judgeAttempt(record, counted, false);
  if (early.status === 'settled') return early;
  return settledOf(judgeAttempt(record, counted, true));
}

function isSettled(record: RequestRecord, results: AttemptResults): boolean {
  return judgeAttempt(record, results, false).status === 'settled';
}

/**
 * Reads the missing results once more when the deadline passes without a decision. Only perspectives without a result
 * in this read count as not having responded; if the read cannot tell, the deadline message retries until it can.
 */
async function lookOnceMore(
  { results: reader }: DecisionDeps,
  attempt: Attempt,
  arrived: AttemptResults,
): Promise<AttemptResults> {
  const { record } = attempt;
  const { requestId } = record;
  const missing = attempt.keysOfSilent(arrived.keys());
  if (missing.length === 0) return arrived;
  const { results, unread } = await reader.snapshot(requestId, missing);
  const counted = new Map([...arrived, ...selectAttemptResults(record, results)]);
  const codes = unread.map(({ perspective }) => perspective);
  if (dependsOnUnread(record, counted, codes))
    throw new StoreUnavailableError(`${codes.length} results of request ${requestId} cannot be read`);
  return counted;
}

/** Polls the store for results until the deadline. `nextResults` learns when each result is likely to be there. */
class PolledVotes implements VoteSource {
  readonly attempt: Attempt;
  readonly openUntil: number;
  readonly until: number;
  readonly #deps: DecisionDeps;
  readonly #sentAt: number;
  readonly #arrived = new Map<PerspectiveCode, StoredResult>();

  constructor(deps: DecisionDeps, attempt: Attempt) {
    this.#deps = deps;
    this.attempt = attempt;
    this.#sentAt = deps.clock.monotonic();
    this.until = this.#sentAt + attempt.record.attemptTimeoutMs;
    this.openUntil = this.until;
  }

  get votes(): AttemptResults {
    return this.#arrived;
  }

  async more({ missing, isOpen, until }: VoteWait): Promise<boolean> {
    const { clock } = this.#deps;
    const { record } = this.attempt;
    const before = this.#arrived.size;
    // The fewest results that could settle the verdict: as many as the quorum still lacks.
    const needed = isOpen ? Math.max(1, record.quorumCount - before) : missing.length;
    const fresh = await this.#read({ missing, needed, until });
    for (const [code, result] of selectAttemptResults(record, fresh)) this.#arrived.set(code, result);
    // Nothing new and time left: another process may have ended the attempt.
    const left = until - clock.monotonic();
    if (this.#arrived.size > before || left <= 0) return true;
    // A timer may fire a fraction of a millisecond early; that does not justify a read from the store.
    if (left > TIMER_TOLERANCE_MS && (await this.#isSuperseded())) return false;
    await sleep(clock, Math.min(STORE_RETRY_MS, left));
    return true;
  }

  /** Returns no results, after a pause, if the store is unavailable: a brief failure must not end the wait. */
  async #read(wait: Pick<VoteWait, 'missing' | 'until'> & { readonly needed: number }) {
    const { clock, log, results } = this.#deps;
    const { record, number } = this.attempt;
    try {
      return await results.nextResults(record.requestId, number, { ...wait, sentAt: this.#sentAt });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      log.warn('store_unavailable', { error: errorLine(error) });
      await sleep(clock, STORE_RETRY_MS);
      return [];
    }
  }

  async #isSuperseded(): Promise<boolean> {
    const { record, number } = this.attempt;
    try {
      const current = await this.#deps.requests.read(record.requestId);
      return current === null || !new Attempt(current, number).isUnderWay;
    } catch (error) {
      if (error instanceof StoreUnavailableError) return false;
      throw error;
    }
  }
}
