import { describe, expect, it } from 'vitest';
import {
  judgeAttempt,
  selectAttemptResults,
  toAttemptVerdict,
} from '../../../services/decision/judge-attempt.ts';
import type { CheckResult, DnssecStatus } from '../../../shared/mpic/check.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDcvCheck,
  buildDnsEvidence,
  buildRequestRecord,
  SIX_CODES,
} from '../../support/builders.ts';
import { DISSENT, FIRST, SECOND } from '../../support/decision-bench.ts';

const record = buildRequestRecord();
const result = (perspective: string, changes: Partial<CheckResult> = {}) =>
  buildCheckResult({ requestId: record.requestId, perspective, ...changes });
const everybody = SIX_CODES.map((code) => result(code));

describe('Results that may count', () => {
  it.each([
    { name: 'of another request', stray: buildCheckResult({ perspective: FIRST }) },
    { name: 'of an earlier attempt', stray: result(FIRST, { attempt: 0 }) },
    { name: 'of a later attempt', stray: result(FIRST, { attempt: 2 }) },
    { name: 'of another kind of check', stray: result(FIRST, { checkType: 'dcv' }) },
    { name: 'from a perspective that was not asked', stray: result('nowhere') },
  ])('a result $name does not', ({ stray }) => {
    expect([...selectAttemptResults(record, [stray, result(SECOND)]).keys()]).toEqual([SECOND]);
  });

  it('of two results of one perspective the first counts', () => {
    const selected = selectAttemptResults(record, [result(FIRST, DISSENT), result(FIRST)]);
    expect(selected.size).toBe(1);
    expect(selected.get(FIRST)?.passed).toBe(false);
  });
});

describe('The verdict of an attempt', () => {
  const judge = (overrides: Parameters<typeof buildRequestRecord>[0], results: readonly CheckResult[]) => {
    const judged = { ...record, ...overrides };
    return judgeAttempt(judged, selectAttemptResults(judged, results), true);
  };

  it('lists who was counted and who corroborated, in cohort order', () => {
    const results = [...everybody]
      .reverse()
      .map((one, index) => (index === 0 ? { ...one, ...DISSENT } : one));
    const counted = selectAttemptResults(record, results.slice(0, 5));
    const decision = judgeAttempt(record, counted, true);
    if (decision.status !== 'settled') throw new Error('pending');
    const verdict = toAttemptVerdict(record, counted, decision, 7);
    expect(verdict).toMatchObject({ attempt: 1, startedAt: record.attemptStartedAt, decidedAt: 7 });
    expect(verdict.counted).toEqual(SIX_CODES.slice(1));
    expect(verdict.corroborating).toEqual(SIX_CODES.slice(1, 5));
  });

  const observation = (dnssec: DnssecStatus | null) => ({
    details: buildCaaDetails({ dns: buildDnsEvidence({ dnssec }) }),
  });
  it.each([
    { name: 'validated data', primary: observation('secure'), passes: true },
    { name: 'data proven insecure', primary: observation('insecure'), passes: true },
    { name: 'data nobody validated', primary: observation('not validated'), passes: false },
    { name: 'bogus data', primary: observation('bogus'), passes: false },
    { name: 'no answer', primary: observation(null), passes: false },
    { name: 'no details', primary: { details: { kind: 'none' } }, passes: false },
    { name: 'a dissent', primary: { ...observation('secure'), ...DISSENT }, passes: false },
    {
      name: 'a pass that is no corroboration',
      primary: { ...observation('secure'), corroborates: false },
      passes: false,
    },
    {
      name: 'a check that did not complete',
      primary: { ...observation('secure'), completed: false },
      passes: false,
    },
  ] as const)('a primary perspective with $name: passes is $passes', ({ primary, passes }) => {
    const decision = judge({ primary: 'home' }, [...everybody, result('home', primary)]);
    expect(decision).toMatchObject({ isValid: passes });
  });

  it.each([
    { name: 'before 2026-03-15', overrides: { rulesAsOf: '2026-03-14' } },
    { name: 'under open-mpic', overrides: { policy: 'open-mpic' as const } },
  ])('$name the primary need not validate', ({ overrides }) => {
    const decision = judge({ primary: 'home', ...overrides }, [
      ...everybody,
      result('home', observation('not validated')),
    ]);
    expect(decision).toMatchObject({ isValid: true });
  });

  it.each([
    { rulesAsOf: '2027-03-14', ended: false },
    { rulesAsOf: '2027-03-15', ended: true },
  ])('by the rules of $rulesAsOf the phone contact has ended: $ended', ({ rulesAsOf, ended }) => {
    const check = {
      ...buildDcvCheck(),
      dcv: { method: 'contact-phone-txt', challengeValue: '+491' },
    } as const;
    const results = everybody.map((one) => ({ ...one, checkType: 'dcv' as const }));
    const decision = judge({ check, rulesAsOf }, results);
    if (decision.status !== 'settled') throw new Error('pending');
    expect(decision.baseline.reasons.includes('method-ended')).toBe(ended);
  });
});
