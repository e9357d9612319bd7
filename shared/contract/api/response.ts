import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import { formatUtc } from '../../domain/check/time.ts';
import {
  type AttemptVerdict,
  cohortOfAttempt,
  finalDeadline,
  type RequestEcho,
  type RequestRecord,
} from '../../domain/mpic/lifecycle.ts';
import { usableUntil } from '../../domain/mpic/usable-until.ts';
import { asVote, readableResults, selectLateResults, voteOf } from '../../domain/mpic/votes.ts';
import { checkedIdentifier } from '../../domain/net/target.ts';
import { baselineCodec } from '../evidence/baseline.ts';
import { EVIDENCE_LEFT_OUT, listAdvisories } from './advisories.ts';
import { toContactsReport } from './contacts-wire.ts';
import { type PerspectiveItem, toPerspectiveItem, toSilentItem } from './perspective-item.ts';
import type { AcceptedBody, JobView, MpicResponse } from './response-schema.ts';
import { fitBeside, fitForAnswer } from './response-size.ts';

/**
 * The answer to a completed request, from what was frozen with its verdicts: what was not counted in its attempt appears as
 * silence, so that the answer never says more than the verdict rests on.
 *
 * Throws when the request has no verdict yet: asking then is a mistake of the caller.
 */
export function toMpicResponse(whole: RequestRecord): MpicResponse {
  const until = usableUntilOf(whole);
  const { record, isShortened } = fitForAnswer(whole);
  const verdict = record.verdicts.at(-1);
  const wholeVerdict = whole.verdicts.at(-1);
  if (verdict === undefined || wholeVerdict === undefined)
    throw new Error(`request ${record.requestId} has no verdict`);
  const { check } = record;
  // It was made by the schemas of a request when this one was accepted.
  const echo = record.echo as Echo;
  const earlier = record.verdicts.slice(0, -1);
  const primary = record.primary === null ? null : toItem(record, verdict, record.primary);
  const seen = record.verdicts.flatMap(({ results }) => readableResults(results));
  const advisories = [...listAdvisories(record, seen), ...(isShortened ? [EVIDENCE_LEFT_OUT] : [])];
  return {
    mpic_completed: verdict.mpicCompleted,
    request_orchestration_parameters: echo.orchestrationParameters,
    actual_orchestration_parameters: {
      perspective_count: cohortOfAttempt(record, verdict.attempt).length,
      quorum_count: record.quorumCount,
      attempt_count: verdict.attempt,
    },
    check_type: check.checkType,
    domain_or_ip_target: echo.domainOrIpTarget,
    is_valid: verdict.isValid,
    trace_identifier: record.traceIdentifier,
    perspectives: toItems(record, verdict),
    [`${check.checkType}_check_parameters` as const]: echo.checkParameters,
    ...(check.checkType === 'contacts' ? { contacts: toContactsReport(wholeVerdict) } : {}),
    previous_attempt_results:
      earlier.length === 0 ? null : earlier.map((attempt) => toItems(record, attempt)),
    mpic_id: record.requestId,
    checked_identifier: checkedIdentifier(check.target),
    created_at: formatUtc(record.createdAt),
    completed_at: formatUtc(verdict.decidedAt),
    usable_until: formatUtcOrNull(until),
    ...echo.order,
    baseline_requirements: baselineCodec.encode(verdict.baseline),
    ...(primary === null ? {} : { primary_perspective: primary }),
    ...(advisories.length === 0 ? {} : { advisories }),
  };
}

/** The members of a request that an answer repeats. */
interface Echo extends RequestEcho {
  readonly orchestrationParameters: MpicResponse['request_orchestration_parameters'];
  readonly checkParameters: NonNullable<
    MpicResponse['caa_check_parameters'] &
      MpicResponse['dcv_check_parameters'] &
      MpicResponse['contacts_check_parameters']
  >;
  readonly order?: Pick<MpicResponse, 'order_reference' | 'applied_for' | 'adn_steps' | 'certificate_type'>;
}

/** The body of the 202 for a request whose answer is collected later. */
export function toAccepted(record: RequestRecord): AcceptedBody {
  return {
    mpic_id: record.requestId,
    checked_identifier: checkedIdentifier(record.check.target),
    status: record.status,
    created_at: formatUtc(record.createdAt),
    deadline: formatUtc(finalDeadline(record)),
  };
}

/**
 * How far a request has come. While it runs, `perspectives` holds what is in of the attempt under way; afterwards, what
 * was counted in the last one. Of `stored`, what lies in the results table now, only what is not counted is taken.
 */
export function toJobView(whole: RequestRecord, stored: readonly StoredResult[]): JobView {
  const response = whole.status === 'completed' ? toMpicResponse(whole) : null;
  const { record } = fitForAnswer(whole);
  const cohort = cohortOfAttempt(record, record.attempt);
  const verdict = record.verdicts.find((candidate) => candidate.attempt === record.attempt);
  const received = cohort
    .map(({ code }) => (verdict === undefined ? findVote(record, stored, code) : voteOf(verdict, code)))
    .filter((vote) => vote !== undefined);
  return {
    mpic_id: record.requestId,
    checked_identifier: checkedIdentifier(record.check.target),
    status: record.status,
    created_at: formatUtc(record.createdAt),
    completed_at: formatUtcOrNull(record.completedAt),
    usable_until: response?.usable_until ?? null,
    deadline: formatUtc(finalDeadline(record)),
    attempt: record.attempt,
    progress: { expected: cohort.length, received: received.length },
    perspectives: (verdict === undefined ? fitBeside(received) : received).map((vote) =>
      toPerspectiveItem(record, vote, verdict?.decidedAt ?? null),
    ),
    response,
    late_results: fitBeside(selectLateResults(record, stored)).map((late) => ({
      ...toPerspectiveItem(record, late, null),
      attempt: late.attempt,
    })),
  };
}

function usableUntilOf(record: RequestRecord): number | null {
  const verdict = record.verdicts.at(-1);
  return verdict === undefined ? null : usableUntil(record, verdict, readableResults(verdict.results));
}

function toItems(record: RequestRecord, verdict: AttemptVerdict): readonly PerspectiveItem[] {
  return cohortOfAttempt(record, verdict.attempt).map(({ code }) => toItem(record, verdict, code));
}

function toItem(record: RequestRecord, verdict: AttemptVerdict, code: PerspectiveCode): PerspectiveItem {
  const vote = voteOf(verdict, code);
  return vote === undefined
    ? toSilentItem(record, code, verdict.decidedAt)
    : toPerspectiveItem(record, vote, verdict.decidedAt);
}

/** The vote of a perspective in the attempt under way. */
function findVote(
  record: RequestRecord,
  stored: readonly StoredResult[],
  code: PerspectiveCode,
): StoredResult | undefined {
  const found = stored.find(({ attempt, perspective }) => attempt === record.attempt && perspective === code);
  return found && asVote(record, found);
}

function formatUtcOrNull(unixMs: number | null): string | null {
  return unixMs === null ? null : formatUtc(unixMs);
}
