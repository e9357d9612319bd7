import { describe, expect, it } from 'vitest';
import type { DnssecStatus } from '../../../../shared/domain/check/check.ts';
import type { CheckResult } from '../../../../shared/domain/check/check-result.ts';
import type { StoredResult } from '../../../../shared/domain/check/stored-result.ts';
import {
  judgeAttempt,
  selectAttemptResults,
  toAttemptVerdict,
} from '../../../../shared/domain/mpic/judge-attempt.ts';
import type { RequestRecord } from '../../../../shared/domain/mpic/lifecycle.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDcvCheck,
  buildDnsDcvDetails,
  buildDnsEvidence,
  buildHttpDcvDetails,
  buildRequestRecord,
  readable,
  SIX_CODES,
  unreadable,
} from '../../../support/builders.ts';
import { DISSENT, FIRST, SECOND } from '../../../support/decision-bench.ts';

const record = buildRequestRecord();
const result = (perspective: string, changes: Partial<CheckResult> = {}) =>
  readable(buildCheckResult({ requestId: record.requestId, perspective, ...changes }));
const everybody = SIX_CODES.map((code) => result(code));

describe('Votes of an attempt', () => {
  it.each([
    { name: 'of an earlier attempt', stray: result(FIRST, { attempt: 0 }) },
    { name: 'of a later attempt', stray: result(FIRST, { attempt: 2 }) },
    { name: 'from a perspective that received no job', stray: result('nowhere') },
  ])('exclude a result $name', ({ stray }) => {
    expect([...selectAttemptResults(record, [stray, result(SECOND)]).keys()]).toEqual([SECOND]);
  });

  it('include only the first of two results of one perspective', () => {
    const selected = selectAttemptResults(record, [result(FIRST, DISSENT), result(FIRST)]);
    expect(selected.size).toBe(1);
    expect(selected.get(FIRST)).toEqual(result(FIRST, DISSENT));
  });

  const dcv = { ...record, check: buildDcvCheck() };
  const dns = buildDnsDcvDetails();
  const alias = { type: 'CNAME' as const, name: 'shop.example.test', expected: 'example.test' };
  const seenAlias = { ...alias, seen: ['example.test.'], rcode: 0, dnssec: 'secure' as const };
  const aliased = {
    ...dcv,
    check: { ...dcv.check, adn: { wildcard: false, lookups: [alias] } },
  } as typeof dcv;
  it.each([
    { name: 'of another kind of check', of: record, stored: result(FIRST, { checkType: 'dcv' }) },
    {
      name: 'with the details of another kind of check',
      of: record,
      stored: result(FIRST, { details: dns }),
    },
    {
      name: 'with the details of a CAA check',
      of: dcv,
      stored: result(FIRST, { checkType: 'dcv', details: buildCaaDetails() }),
    },
    {
      name: 'with the details of another method',
      of: dcv,
      stored: result(FIRST, { checkType: 'dcv', details: { ...dns, method: 'dns-change' } }),
    },
    {
      name: 'with details that the method does not produce',
      of: dcv,
      stored: result(FIRST, { checkType: 'dcv', details: buildHttpDcvDetails({ method: 'acme-dns-01' }) }),
    },
    {
      name: 'that passes without details',
      of: record,
      stored: result(FIRST, { completed: false, details: { kind: 'none' } }),
    },
    {
      name: 'that is completed without details',
      of: record,
      stored: result(FIRST, { ...DISSENT, details: { kind: 'none' } }),
    },
    {
      name: 'that passes without a lookup of the alias in the job',
      of: aliased,
      stored: result(FIRST, { checkType: 'dcv', details: dns }),
    },
    {
      name: 'that passes with a lookup of another alias',
      of: aliased,
      stored: result(FIRST, {
        checkType: 'dcv',
        details: dns,
        adnLookups: [{ ...seenAlias, name: 'other.test' }],
      }),
    },
    {
      name: 'with a lookup of an alias that is not in the job',
      of: dcv,
      stored: result(FIRST, { checkType: 'dcv', details: dns, adnLookups: [seenAlias] }),
    },
  ] as const)('treat a result $name as a lost vote', ({ of, stored }) => {
    const vote = selectAttemptResults(of, [stored]).get(FIRST);
    expect(vote).toMatchObject({ status: 'unreadable', problem: 'it is about another kind of check' });
  });

  it('count a result that ended at a lookup before its target as a failed check', () => {
    const refuted = { ...DISSENT, checkType: 'dcv' as const, details: { kind: 'none' as const } };
    const stored = result(FIRST, { ...refuted, adnLookups: [seenAlias] });
    expect(selectAttemptResults(aliased, [stored]).get(FIRST)).toEqual(stored);
  });

  const former = { ...record, attemptToken: null };
  it.each([
    { name: 'with the token of another start', of: record, changes: { attemptToken: 'of another start' } },
    { name: 'without a token', of: record, changes: { attemptToken: null } },
    { name: 'about another request', of: record, changes: { requestDigest: 'e'.repeat(64) } },
    { name: 'without the digest of its request', of: record, changes: { requestDigest: null } },
    { name: 'with a token for a request without one', of: former, changes: {} },
  ])('treat a result $name as a lost vote', ({ of, changes }) => {
    expect(selectAttemptResults(of, [result(FIRST, changes)]).get(FIRST)).toMatchObject({
      status: 'unreadable',
      problem: 'it is about another start of the attempt',
    });
  });

  it('include a result without a token for a request of the previous version, which has none', () => {
    const stored = result(FIRST, { attemptToken: null, requestDigest: null });
    expect(selectAttemptResults(former, [stored]).get(FIRST)).toEqual(stored);
  });

  it('include a result without details of a check that did not complete', () => {
    const failed = result(FIRST, { ...DISSENT, completed: false, details: { kind: 'none' } });
    expect(selectAttemptResults(record, [failed]).get(FIRST)).toEqual(failed);
  });

  it('count a lost vote at once as a failed check', () => {
    const decide = (votes: readonly StoredResult[]) =>
      judgeAttempt(record, selectAttemptResults(record, votes), false);
    const good = everybody.slice(0, 4);
    const lost = SIX_CODES.slice(4).map((code) => unreadable(code));
    expect(decide(good)).toMatchObject({ status: 'pending' });
    expect(decide([...good, ...lost])).toMatchObject({
      status: 'settled',
      isValid: false,
      counts: { answered: 6, completed: 4, passed: 4, corroborated: 4 },
    });
  });
});

describe('The verdict of an attempt', () => {
  const judge = (overrides: Partial<RequestRecord>, results: readonly StoredResult[]) => {
    const judged = { ...record, ...overrides };
    return judgeAttempt(judged, selectAttemptResults(judged, results), true);
  };

  it('lists the counted and the corroborating perspectives in cohort order', () => {
    const results = [...everybody]
      .reverse()
      .map((one, index) => (index === 0 ? result(one.perspective, DISSENT) : one));
    const counted = selectAttemptResults(record, results.slice(0, 5));
    const decision = judgeAttempt(record, counted, true);
    if (decision.status !== 'settled') throw new Error('pending');
    const verdict = toAttemptVerdict(record, counted, decision, 7);
    expect(verdict).toMatchObject({ attempt: 1, startedAt: record.attemptStartedAt, decidedAt: 7 });
    expect(verdict.counted).toEqual(SIX_CODES.slice(1));
    expect(verdict.corroborating).toEqual(SIX_CODES.slice(1, 5));
    expect(verdict.results).toEqual([...results].slice(0, 5).reverse());
  });

  const observation = (dnssec: DnssecStatus | null) => ({
    details: buildCaaDetails({ dns: buildDnsEvidence({ dnssec }) }),
  });
  it.each([
    { name: 'validated data', primary: observation('secure'), passes: true },
    { name: 'data proven insecure', primary: observation('insecure'), passes: true },
    { name: 'data that is not validated', primary: observation('not validated'), passes: false },
    { name: 'bogus data', primary: observation('bogus'), passes: false },
    { name: 'no DNS answer', primary: observation(null), passes: false },
    { name: 'no details', primary: { details: { kind: 'none' } }, passes: false },
    { name: 'a non-corroboration', primary: { ...observation('secure'), ...DISSENT }, passes: false },
    {
      name: 'a pass that does not corroborate',
      primary: { ...observation('secure'), corroborates: false },
      passes: false,
    },
    {
      name: 'a check that did not complete',
      primary: { ...observation('secure'), completed: false },
      passes: false,
    },
  ] as const)('has a primary perspective that passes: $passes with $name', ({ primary, passes }) => {
    const decision = judge({ primary: 'home' }, [...everybody, result('home', primary)]);
    expect(decision).toMatchObject({ isValid: passes });
  });

  it.each([
    { name: 'before 2026-03-15', overrides: { rulesAsOf: '2026-03-14' } },
    { name: 'under open-mpic', overrides: { policy: 'open-mpic' as const } },
  ])('does not require validation at the primary $name', ({ overrides }) => {
    const decision = judge({ primary: 'home', ...overrides }, [
      ...everybody,
      result('home', observation('not validated')),
    ]);
    expect(decision).toMatchObject({ isValid: true });
  });

  it.each([
    { rulesAsOf: '2027-03-14', ended: false },
    { rulesAsOf: '2027-03-15', ended: true },
  ])(
    'treats the phone contact method as ended by the rules of $rulesAsOf: $ended',
    ({ rulesAsOf, ended }) => {
      const check = {
        ...buildDcvCheck(),
        dcv: { method: 'contact-phone-txt', challengeValue: '+491' },
      } as const;
      const details = buildDnsDcvDetails({ method: 'contact-phone-txt' });
      const results = SIX_CODES.map((code) => result(code, { checkType: 'dcv', details }));
      const decision = judge({ check, rulesAsOf }, results);
      if (decision.status !== 'settled') throw new Error('pending');
      expect(decision.baseline.reasons.includes('method-ended')).toBe(ended);
    },
  );
});
