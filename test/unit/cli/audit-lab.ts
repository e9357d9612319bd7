import { auditAttempt } from '../../../shared/contract/audit/audit-record.ts';
import {
  judgeAttempt,
  selectAttemptResults,
  toAttemptVerdict,
} from '../../../shared/domain/mpic/judge-attempt.ts';
import { buildCheckResult, buildRequestRecord, readable, SIX_CODES } from '../../support/builders.ts';

/** The lines of one valid request, its quorum record last. */
export function linesOf(count = 4): { readonly id: string; readonly lines: readonly string[] } {
  const codes = SIX_CODES.slice(0, count);
  const record = buildRequestRecord({ quorumCount: count - 1 });
  const cohorts = [record.cohorts[0]?.slice(0, count) ?? []];
  const judged = { ...record, cohorts };
  const results = codes.map((perspective) =>
    readable(buildCheckResult({ requestId: record.requestId, perspective })),
  );
  const counted = selectAttemptResults(judged, results);
  const decision = judgeAttempt(judged, counted, true);
  if (decision.status !== 'settled') throw new Error('a final decision is settled');
  const verdict = toAttemptVerdict(judged, counted, decision, record.createdAt + 1000);
  const recorder = { service: 'mpic', version: '0.1.0', instance: 'test' };
  const records = auditAttempt({ ...judged, verdicts: [verdict] }, verdict, recorder);
  return { id: record.requestId, lines: records.map((one) => `${JSON.stringify(one)}\n`) };
}
