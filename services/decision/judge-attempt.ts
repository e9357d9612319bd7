import { isMethodEnded, methodsOf } from '../../shared/dcv/methods.ts';
import type { CheckResult } from '../../shared/mpic/check.ts';
import {
  type Decision,
  decide,
  type PrimaryState,
  primaryPasses,
  type SettledDecision,
} from '../../shared/mpic/decision.ts';
import {
  type AttemptVerdict,
  cohortOfAttempt,
  perspectivesAsked,
  type RequestRecord,
} from '../../shared/mpic/lifecycle.ts';
import type { PerspectiveCode } from '../../shared/mpic/perspective.ts';
import { rulesOfDay } from '../../shared/mpic/rules.ts';

/** Results of one attempt by perspective: only of perspectives that were asked, the first of each. */
export type AttemptResults = ReadonlyMap<PerspectiveCode, CheckResult>;

/**
 * The results that may count in the attempt under way: from a perspective that was asked, for this very request and
 * attempt. Anything else is evidence at most (TLS BR 3.2.2.9 [mpic]: no corroboration from another attempt).
 */
export function selectAttemptResults(record: RequestRecord, results: readonly CheckResult[]): AttemptResults {
  const asked = new Set(perspectivesAsked(record, record.attempt));
  const selected = new Map<PerspectiveCode, CheckResult>();
  for (const result of results) {
    const { requestId, attempt, perspective, checkType } = result;
    const belongs =
      requestId === record.requestId &&
      attempt === record.attempt &&
      checkType === record.check.checkType &&
      asked.has(perspective);
    if (belongs && !selected.has(perspective)) selected.set(perspective, result);
  }
  return selected;
}

/** Hand the attempt under way to the pure decision. `final`: its deadline is over, silence is an answer. */
export function judgeAttempt(record: RequestRecord, results: AttemptResults, final: boolean): Decision {
  return decide({
    policy: record.policy,
    rules: rulesOfDay(record.rulesAsOf),
    cohort: cohortOfAttempt(record, record.attempt),
    quorumCount: record.quorumCount,
    monitoring: record.monitoring,
    methodEnded: usesEndedMethod(record),
    verdicts: results,
    primary: judgePrimary(record, results),
    sharedHost: record.sharedHost,
    final,
  });
}

/** The verdict to be written, from a decision that is settled. */
export function toAttemptVerdict(
  record: RequestRecord,
  results: AttemptResults,
  decision: SettledDecision,
  decidedAt: number,
): AttemptVerdict {
  return {
    attempt: record.attempt,
    startedAt: record.attemptStartedAt,
    decidedAt,
    isValid: decision.isValid,
    mpicCompleted: decision.mpicCompleted,
    counted: perspectivesAsked(record, record.attempt).filter((code) => results.has(code)),
    corroborating: decision.corroborating,
    baseline: decision.baseline,
  };
}

function judgePrimary(record: RequestRecord, results: AttemptResults): PrimaryState {
  const { primary: code, primarySite } = record;
  if (code === null)
    return primarySite === null ? { status: 'not-declared' } : { status: 'site', name: primarySite };
  const result = results.get(code);
  if (result === undefined) return { status: 'pending', code };
  const passes = primaryPasses(record.policy, rulesOfDay(record.rulesAsOf), result);
  return { status: passes ? 'passed' : 'failed', code };
}

function usesEndedMethod({ check, rulesAsOf }: RequestRecord): boolean {
  const day = new Date(rulesAsOf);
  return check.checkType === 'dcv' && methodsOf(check).some((method) => isMethodEnded(method, day));
}
