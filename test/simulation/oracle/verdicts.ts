import { isDeepStrictEqual } from 'node:util';
import type { AttemptVerdict, RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { RequestWrite, ResultWrite } from '../world/ledger.ts';
import { askedIn, type Case, cohortOf, sha256, TOO_LATE_MS } from './case.ts';
import type { Accuse } from './judge.ts';
import { type Attempt, isSettled, outcomeOf, type PrimaryStatus, readVote } from './rules.ts';

/** Times are rounded to milliseconds, and a timer may fire a fraction of one early. */
const ROUNDING_MS = 3;

/** A start of an attempt, as stored. */
export interface Start {
  readonly attempt: number;
  readonly token: string | null;
  readonly startedAt: number;
  readonly deadline: number;
  /** When it began, in true time. */
  readonly trueStart: number;
}

/** An attempt had its time, and was decided by the rules on the results stored then. */
export function judgeVerdict(
  { world, accuse, evidence }: Case,
  record: RequestRecord,
  start: Start,
  verdict: AttemptVerdict,
  write: RequestWrite,
): void {
  const { requestId } = record;
  const { attempt } = verdict;
  const about = `${requestId}/${attempt}`;
  if (
    attempt !== start.attempt ||
    verdict.attemptToken !== start.token ||
    verdict.startedAt !== start.startedAt
  )
    accuse('wrong-start', about, 'the verdict belongs to another start of the attempt');
  const asked = askedIn(record, attempt);
  const stored = world.ledger.results.get(requestId) ?? new Map<string, ResultWrite[]>();
  const filed = evidence.recordsOf(requestId);
  const votes = new Map<string, ReturnType<typeof readVote>>();
  for (const code of asked) {
    const check = filed.get(`${about}/${code}`)?.record;
    if (check?.event !== 'perspective-check') continue;
    if (check.counted !== verdict.counted.includes(code))
      accuse('audit-wrong', `${about}/${code}`, 'record and verdict disagree on whether the result counted');
    if (check.stored_sha256 === null) continue;
    const counted = stored
      .get(`${attempt}!${code}`)
      ?.find(({ text, at }) => at <= write.at && sha256(text) === check.stored_sha256);
    if (counted === undefined) {
      accuse('counted-unstored', `${about}/${code}`, 'it counted before it was stored, or was never stored');
      continue;
    }
    votes.set(
      code,
      readVote(counted.text, {
        requestId,
        perspective: code,
        attempt,
        token: start.token,
        digest: record.requestDigest,
        checkType: record.check.checkType,
      }),
    );
  }
  const counted = asked.filter((code) => votes.has(code));
  if (!isDeepStrictEqual(counted, [...verdict.counted]))
    accuse('counted-wrong', about, `counted ${verdict.counted}, but recorded ${counted}`);

  const isTooLate = verdict.decidedAt - start.deadline > TOO_LATE_MS;
  const now: Attempt = {
    policy: record.policy,
    day: record.rulesAsOf,
    cohort: cohortOf(record, attempt),
    quorumCount: record.quorumCount,
    isMonitoring: record.monitoring,
    isSharedHost: record.sharedHost,
    votes,
    primary: primaryOf(record, votes),
    isTooLate,
  };
  if (isTooLate && verdict.isValid)
    accuse('stale-valid', about, `decided ${verdict.decidedAt - start.deadline} ms after its deadline`);

  const settled = isSettled(now);
  const trueDeadline = start.trueStart + record.attemptTimeoutMs;
  const [, decidedAt] = write.by.trueTimesOf(verdict.decidedAt);
  const isBefore = decidedAt < trueDeadline - ROUNDING_MS;
  const isBeforeAtHome = verdict.decidedAt < start.deadline - ROUNDING_MS;
  // In the embedded shape, only the clock of the process counts.
  const isEarly = isBefore && (world.plan.shape !== 'embedded' || isBeforeAtHome);
  if (!settled && isEarly)
    accuse(
      'ended-early',
      about,
      `ended ${Math.round(trueDeadline - decidedAt)} ms before its deadline, ${verdict.baseline.quorum}`,
    );
  if (!settled) {
    // A process whose clock is ahead ends an attempt of its predecessor early: results stored after that are late.
    const due = isBefore && !isEarly ? write.at : trueDeadline;
    for (const code of asked) {
      const early = stored.get(`${attempt}!${code}`)?.find(({ at }) => at < due - ROUNDING_MS);
      if (early !== undefined && !votes.has(code))
        accuse(
          'overlooked',
          `${about}/${code}`,
          `stored ${Math.round(trueDeadline - early.at)} ms before the deadline but not counted in ${verdict.baseline.quorum}`,
        );
    }
  }
  if (!isTooLate || !verdict.isValid) judgeReport(accuse, about, verdict, now, isBefore && isBeforeAtHome);
}

function primaryOf(
  record: RequestRecord,
  votes: ReadonlyMap<string, ReturnType<typeof readVote>>,
): PrimaryStatus {
  if (record.primary === null) return record.primarySite === null ? 'not-declared' : 'site';
  const vote = votes.get(record.primary);
  if (vote === undefined) return 'pending';
  const isFor = vote.passed && vote.corroborates && vote.completed;
  return isFor && (record.policy === 'open-mpic' || vote.isValidated) ? 'passed' : 'failed';
}

/** Checks the verdict and everything reported with it. */
function judgeReport(
  accuse: Accuse,
  about: string,
  verdict: AttemptVerdict,
  attempt: Attempt,
  isEarly: boolean,
): void {
  const { baseline } = verdict;
  const found = {
    isValid: verdict.isValid,
    mpicCompleted: verdict.mpicCompleted,
    corroborating: [...verdict.corroborating],
    quorum: baseline.quorum,
    required: baseline.required,
    minimum: baseline.minimumPerspectives,
    rirs: [...baseline.rirs],
    reasons: [...baseline.reasons],
    satisfied: baseline.satisfied,
    primary: baseline.primary?.status,
  };
  // A primary perspective without a result counts as failed at the deadline only.
  const isOpen = attempt.primary === 'pending';
  const readings: readonly PrimaryStatus[] = !isOpen
    ? [attempt.primary]
    : isEarly
      ? ['pending']
      : isSettled(attempt)
        ? ['pending', 'failed']
        : ['failed'];
  const expected = readings.map((primary) => {
    const outcome = outcomeOf({ ...attempt, primary });
    return { ...outcome, satisfied: outcome.reasons.length === 0, primary };
  });
  if (expected.some((one) => isDeepStrictEqual(one, found))) return;
  const [nearest] = expected;
  const isUnsaid = expected.some((one) => {
    const reasons = one.reasons.filter((reason) => reason !== 'too-late');
    return isDeepStrictEqual({ ...one, reasons, satisfied: reasons.length === 0 }, found);
  });
  if (isUnsaid) {
    accuse('too-late-unsaid', about, 'it was decided too late, without the reason too-late');
    return;
  }
  const isVerdictWrong = !expected.some(({ isValid }) => isValid === found.isValid);
  accuse(
    isVerdictWrong ? (found.isValid ? 'wrong-valid' : 'wrong-invalid') : 'wrong-report',
    about,
    `${JSON.stringify(found)} instead of ${JSON.stringify(nearest)}`,
  );
}
