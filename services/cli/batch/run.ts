import pMap from 'p-map';
import {
  type FailureKind,
  type MpicClient,
  MpicClientError,
  type MpicResponse,
} from '../../../shared/client/index.ts';
import type { MpicRequest } from '../../../shared/contract/api/request-body.ts';
import { describeClientError } from '../ask/connection.ts';
import { describeQuorum, reasonOf } from '../ask/verdict.ts';
import { CommandError, type Io, UsageError } from '../shell/command.ts';
import { createBatchProgress, type Tally } from './progress.ts';
import type { BatchResult, Outcome, ResultsFile } from './results.ts';

export interface Batch {
  readonly targets: readonly string[];
  readonly requestFor: (target: string) => MpicRequest;
  /** Digest of what is asked, see {@link BatchResult}. */
  readonly check: string;
  readonly concurrency: number;
  /** Longest time for one name, milliseconds. */
  readonly timeoutMs: number;
}

/** What a batch came to. */
export interface Summary {
  readonly tally: Tally;
  /** Of those, how many had their result from a former run. */
  readonly known: number;
}

/** After so many names in a row without an answer of the service, the rest would only wait for the same. */
const MAX_FAILURES_IN_A_ROW = 5;
const MAX_REASON_CHARACTERS = 500;

const NOTHING: Record<Outcome, number> = { valid: 0, 'not-valid': 0, undecided: 0, rejected: 0, failed: 0 };

/**
 * Checks what has no result yet, several names at a time, and writes each result when it is there.
 *
 * @throws CommandError when it is interrupted, or the service does not answer or does not take the key; what is done stays.
 */
export async function runBatch(
  client: MpicClient,
  batch: Batch,
  results: ResultsFile,
  signal: AbortSignal,
  io: Io,
): Promise<Summary> {
  const now = io.clock.now();
  const kept = new Map([...results.known].filter(([, result]) => isKept(result, now)));
  const targets = batch.targets.filter((target) => !kept.has(target));
  const known = batch.targets.length - targets.length;
  if (known > 0) io.error(`${known} of ${batch.targets.length} names have their result already\n`);

  let tally = countOutcomes(batch.targets.flatMap((target) => kept.get(target) ?? []));
  const progress = createBatchProgress(io, targets.length);
  const giveUp = new AbortController();
  const ends = AbortSignal.any([signal, giveUp.signal]);
  let failures = 0;
  let stopping: CommandError | null = null;
  const stop = (error: CommandError) => {
    stopping ??= error;
    giveUp.abort();
  };

  const checkOne = async (target: string) => {
    if (ends.aborted) return;
    const asked = await ask(client, batch, target, ends, io);
    if (asked === null || ends.aborted) return;
    const { result, fatal } = asked;
    failures = result.outcome === 'failed' ? failures + 1 : 0;
    await results.append(result).catch((error: unknown) => {
      stop(error instanceof CommandError ? error : new CommandError(String(error)));
    });
    tally = { ...tally, [result.outcome]: tally[result.outcome] + 1 };
    progress.update(result, tally);
    if (fatal || failures >= MAX_FAILURES_IN_A_ROW) stop(new CommandError(`${result.reason}; ${GO_ON}`));
  };
  await pMap(targets, checkOne, { concurrency: batch.concurrency });
  progress.end();
  if (stopping !== null) throw stopping;
  if (signal.aborted) throw new CommandError(`interrupted; ${GO_ON}`);
  return { tally, known };
}

/** Failures of one request that need not be those of the next. */
const MAY_PASS: readonly FailureKind[] = ['undecided', 'timeout', 'unreachable'];

const GO_ON = 'the same command goes on where this one has ended';

/** How many results there are of each outcome. */
function countOutcomes(results: readonly BatchResult[]): Tally {
  const tally = { ...NOTHING };
  for (const { outcome } of results) tally[outcome] += 1;
  return tally;
}

/** What need not be asked again: a verdict that may still be acted on, and a name that the service does not check. */
function isKept({ outcome, usable_until: until }: BatchResult, now: number): boolean {
  if (outcome === 'valid') return until === null || Date.parse(until) > now;
  return outcome === 'not-valid' || outcome === 'rejected';
}

/** Null when it was interrupted. `fatal`: the other names would fail for the same reason. */
async function ask(
  client: MpicClient,
  { requestFor, check, timeoutMs }: Batch,
  target: string,
  signal: AbortSignal,
  io: Io,
): Promise<{ readonly result: BatchResult; readonly fatal: boolean } | null> {
  const resultOf = (outcome: Outcome, facts: Partial<BatchResult>): BatchResult => ({
    target,
    check,
    outcome,
    time: new Date(io.clock.now()).toISOString(),
    mpic_id: null,
    quorum: null,
    baseline_satisfied: null,
    usable_until: null,
    reason: null,
    ...facts,
  });
  try {
    const response = await client.check(requestFor(target), { signal, timeoutMs });
    return { result: resultOf(outcomeOf(response), factsOf(response)), fatal: false };
  } catch (error) {
    if (error instanceof UsageError)
      return { result: resultOf('rejected', { reason: error.message }), fatal: false };
    if (!(error instanceof MpicClientError)) throw error;
    if (error.kind === 'aborted') return null;
    const isRejected = error.status === 400 && error.problem !== null;
    const reason = describeClientError(error).slice(0, MAX_REASON_CHARACTERS);
    const result = resultOf(isRejected ? 'rejected' : 'failed', { reason });
    return { result, fatal: !isRejected && !MAY_PASS.includes(error.kind) && !error.isPassing };
  }
}

function outcomeOf({ is_valid: isValid, mpic_completed: completed }: MpicResponse): Outcome {
  if (isValid) return 'valid';
  return completed ? 'not-valid' : 'undecided';
}

function factsOf(response: MpicResponse): Partial<BatchResult> {
  const { baseline_requirements: baseline, is_valid: isValid } = response;
  return {
    mpic_id: response.mpic_id,
    quorum: baseline.quorum,
    baseline_satisfied: baseline.satisfied,
    usable_until: response.usable_until,
    reason: isValid ? null : describeReasons(response),
  };
}

/** The reasons of the perspectives that did not pass, each once; without one the quorum in words. */
function describeReasons(response: MpicResponse): string {
  const reasons = response.perspectives
    .filter(({ check_response: { check_passed: passed } }) => !passed)
    .map(reasonOf);
  const distinct = [...new Set(reasons)].filter((reason) => reason !== '');
  return (distinct.join('; ') || describeQuorum(response)).slice(0, MAX_REASON_CHARACTERS);
}
