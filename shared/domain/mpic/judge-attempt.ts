import type { PerspectiveCode } from '../check/perspective.ts';
import type { StoredResult } from '../check/stored-result.ts';
import { isMethodEnded, methodsOf } from '../dcv/methods.ts';
import { rulesOfDay } from '../rules/rules.ts';
import {
  type Decision,
  type DecisionInput,
  decide,
  type PrimaryState,
  primaryPasses,
  type SettledDecision,
  SILENCE,
} from './decision.ts';
import { contactsIn, corroboratedContacts, decideContacts, type SeenContacts } from './judge-contacts.ts';
import {
  type AttemptVerdict,
  type ContactVerdict,
  cohortOfAttempt,
  perspectivesAsked,
  type RequestRecord,
} from './lifecycle.ts';
import { asVote, toFinding } from './votes.ts';

/** Votes of one attempt, by perspective: the first vote of each perspective that received a job. */
export type AttemptResults = ReadonlyMap<PerspectiveCode, StoredResult>;

/**
 * The votes of the current attempt: one stored result for each perspective that received a job in it. Other results are
 * at most evidence (TLS BR 3.2.2.9 [mpic]: no corroboration from another attempt).
 */
export function selectAttemptResults(record: RequestRecord, stored: readonly StoredResult[]): AttemptResults {
  const asked = new Set(perspectivesAsked(record, record.attempt));
  const selected = new Map<PerspectiveCode, StoredResult>();
  for (const result of stored) {
    const { attempt, perspective } = result;
    if (attempt === record.attempt && asked.has(perspective) && !selected.has(perspective))
      selected.set(perspective, asVote(record, result));
  }
  return selected;
}

/** Decide the current attempt. `final`: its deadline has passed, so a missing result is a non-corroboration. */
export function judgeAttempt(record: RequestRecord, results: AttemptResults, final: boolean): Decision {
  return judge(record, results, inputOf(record, results, final));
}

/** By the rules of the check: of a contacts check each contact is decided for itself. */
function judge({ check }: RequestRecord, results: AttemptResults, input: DecisionInput): Decision {
  return check.checkType === 'contacts' ? decideContacts(input, seenContacts(results)) : decide(input);
}

function seenContacts(results: AttemptResults): SeenContacts {
  return new Map([...results].map(([code, vote]) => [code, contactsIn(vote)]));
}

/** Decide an attempt so long after its deadline that it ends as not valid. */
export function judgeTooLate(record: RequestRecord, results: AttemptResults): SettledDecision {
  return settledOf(judge(record, results, { ...inputOf(record, results, true), tooLate: true }));
}

/** Narrows the type: a final decision is always settled. */
export function settledOf(decision: Decision): SettledDecision {
  if (decision.status !== 'settled') throw new Error('a final decision is always settled');
  return decision;
}

function inputOf(record: RequestRecord, results: AttemptResults, final: boolean): DecisionInput {
  return {
    policy: record.policy,
    rules: rulesOfDay(record.rulesAsOf),
    cohort: cohortOfAttempt(record, record.attempt),
    quorumCount: record.quorumCount,
    monitoring: record.monitoring,
    methodEnded: usesEndedMethod(record),
    tooLate: false,
    findings: new Map([...results].map(([code, vote]) => [code, toFinding(vote)])),
    primary: judgePrimary(record, results),
    sharedHost: record.sharedHost,
    final,
  };
}

/**
 * Whether votes that could not be read from the store could change the verdict at the deadline; the attempt then stays
 * open. False for monitoring, whose verdict cannot change.
 */
export function dependsOnUnread(
  record: RequestRecord,
  results: AttemptResults,
  unread: readonly PerspectiveCode[],
): boolean {
  if (record.monitoring || unread.length === 0) return false;
  const { findings, primary, ...input } = inputOf(record, results, false);
  const silent = perspectivesAsked(record, record.attempt).filter(
    (code) => !results.has(code) && !unread.includes(code),
  );
  const isPrimarySilent = primary.status === 'pending' && !unread.includes(primary.code);
  const decision = judge(record, results, {
    ...input,
    findings: new Map([...findings, ...silent.map((code) => [code, SILENCE] as const)]),
    primary: isPrimarySilent ? { status: 'failed', code: primary.code } : primary,
  });
  return decision.status === 'pending';
}

/** The verdict to store, from a settled decision. */
export function toAttemptVerdict(
  record: RequestRecord,
  results: AttemptResults,
  decision: SettledDecision,
  decidedAt: number,
): AttemptVerdict {
  const counted = perspectivesAsked(record, record.attempt).flatMap((code) => results.get(code) ?? []);
  return {
    attempt: record.attempt,
    attemptToken: record.attemptToken,
    startedAt: record.attemptStartedAt,
    decidedAt,
    isValid: decision.isValid,
    mpicCompleted: decision.mpicCompleted,
    counted: counted.map(({ perspective }) => perspective),
    corroborating: decision.corroborating,
    baseline: decision.baseline,
    ...(record.check.checkType === 'contacts' ? { contacts: contactsOf(record, results, decision) } : {}),
    results: counted,
  };
}

/** What the verdict of a contacts check gives out; nothing if it is not valid, for instance because it is too late. */
function contactsOf(
  record: RequestRecord,
  results: AttemptResults,
  { isValid }: SettledDecision,
): readonly ContactVerdict[] {
  return isValid ? corroboratedContacts(inputOf(record, results, true), seenContacts(results)) : [];
}

function judgePrimary(record: RequestRecord, results: AttemptResults): PrimaryState {
  const { primary: code, primarySite } = record;
  if (code === null)
    return primarySite === null ? { status: 'not-declared' } : { status: 'site', name: primarySite };
  const vote = results.get(code);
  if (vote === undefined) return { status: 'pending', code };
  const passes =
    vote.status === 'readable' && primaryPasses(record.policy, rulesOfDay(record.rulesAsOf), vote.result);
  return { status: passes ? 'passed' : 'failed', code };
}

function usesEndedMethod({ check, rulesAsOf }: RequestRecord): boolean {
  const day = new Date(rulesAsOf);
  return methodsOf(check).some((method) => isMethodEnded(method, day));
}
