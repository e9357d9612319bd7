import type { PerspectiveCode } from '../check/perspective.ts';
import type { StoredResult } from '../check/stored-result.ts';
import {
  type AttemptVerdict,
  cohortOfAttempt,
  perspectivesAsked,
  type RequestRecord,
} from '../mpic/lifecycle.ts';
import { asVote, voteOf } from '../mpic/votes.ts';
import type { Look } from './evidence/facts.ts';
import { explain } from './explain.ts';
import type { Explanation } from './rules/explanation.ts';

/**
 * Why a request is not valid, or which perspectives of a valid one did not corroborate, from what its verdicts rest on.
 * Of a running request, from what is stored so far about the current attempt, which the note says.
 *
 * @param stored everything that is stored under the keys of the request, which perspectives may have written.
 */
export function explainRequest(record: RequestRecord, stored: readonly StoredResult[]): Explanation {
  const { check, attempt } = record;
  const verdict = record.verdicts.find((candidate) => candidate.attempt === attempt);
  const earlier = record.verdicts
    .filter((candidate) => candidate.attempt < attempt)
    .map((candidate) => looksOf(record, candidate));
  if (verdict !== undefined) {
    const { isValid, baseline } = verdict;
    const looks = looksOf(record, verdict);
    const causes = explain({ check, looks, earlier, verdict: { isValid, reasons: baseline.reasons } });
    return { note: null, causes };
  }
  const asked = perspectivesAsked(record, attempt);
  const looks = asked
    .map((perspective) => lookOf(record, attempt, perspective, findVote(record, stored, perspective)))
    .filter((look) => look.stored !== undefined);
  const note = `The request is running: ${looks.length} of ${asked.length} perspectives have answered in attempt ${attempt}, and only these are explained.`;
  return { note, causes: explain({ check, looks, earlier, verdict: null }) };
}

/** Everything that a verdict rests on, silence included. */
function looksOf(record: RequestRecord, verdict: AttemptVerdict): readonly Look[] {
  return perspectivesAsked(record, verdict.attempt).map((perspective) =>
    lookOf(record, verdict.attempt, perspective, voteOf(verdict, perspective)),
  );
}

function lookOf(
  record: RequestRecord,
  attempt: number,
  perspective: PerspectiveCode,
  stored: StoredResult | undefined,
): Look {
  const member = cohortOfAttempt(record, attempt).find(({ code }) => code === perspective);
  return { perspective, rir: member?.rir ?? null, stored };
}

function findVote(
  record: RequestRecord,
  stored: readonly StoredResult[],
  perspective: PerspectiveCode,
): StoredResult | undefined {
  const found = stored.find((one) => one.attempt === record.attempt && one.perspective === perspective);
  return found && asVote(record, found);
}
