import { describe, expect, it } from 'vitest';
import type { Check, Policy } from '../../../../shared/domain/check/check.ts';
import type { CheckResult, ContactsDetails } from '../../../../shared/domain/check/check-result.ts';
import type { StoredResult } from '../../../../shared/domain/check/stored-result.ts';
import {
  dependsOnUnread,
  judgeAttempt,
  judgeTooLate,
  selectAttemptResults,
  settledOf,
  toAttemptVerdict,
} from '../../../../shared/domain/mpic/judge-attempt.ts';
import type { RequestRecord } from '../../../../shared/domain/mpic/lifecycle.ts';
import { usableUntil } from '../../../../shared/domain/mpic/usable-until.ts';
import {
  buildCheckResult,
  buildDnsEvidence,
  buildRequestRecord,
  readable,
  SIX_CODES,
  unreadable,
} from '../../../support/builders.ts';

const A = 'a@shop.example';
const B = 'b@shop.example';
const C = 'c@shop.example';

const CHECK: Check = {
  checkType: 'contacts',
  target: { kind: 'domain', name: 'shop.example', wildcard: false },
  contacts: { method: 'contact-email-txt' },
};
const buildRecord = (changes: Partial<RequestRecord> = {}) =>
  buildRequestRecord({ check: CHECK, maxAttempts: 1, ...changes });

function saw(
  record: RequestRecord,
  perspective: string,
  contacts: readonly string[],
  changes: Partial<CheckResult> = {},
  more: Partial<ContactsDetails> = {},
): StoredResult {
  const passed = contacts.length > 0;
  return readable(
    buildCheckResult({
      requestId: record.requestId,
      perspective,
      checkType: 'contacts',
      passed,
      corroborates: passed,
      details: {
        kind: 'contacts',
        method: 'contact-email-txt',
        contacts,
        malformed: [],
        valuesTruncated: false,
        adFlag: true,
        foundAt: '_validation-contactemail.shop.example',
        dns: buildDnsEvidence(),
        ...more,
      },
      ...changes,
    }),
  );
}

/** What each perspective saw, in the order of {@link SIX_CODES}; null: no result. */
type Sights = readonly (readonly string[] | null)[];

function votesOf(record: RequestRecord, sights: Sights): StoredResult[] {
  return sights.flatMap((contacts, index) =>
    contacts === null ? [] : [saw(record, SIX_CODES[index] ?? '', contacts)],
  );
}

function verdictOf(record: RequestRecord, votes: readonly StoredResult[], final = true) {
  const results = selectAttemptResults(record, votes);
  const decision = settledOf(judgeAttempt(record, results, final));
  return toAttemptVerdict(record, results, decision, record.createdAt + 50);
}

const contactsOf = (record: RequestRecord, votes: readonly StoredResult[]) =>
  verdictOf(record, votes).contacts?.map(({ contact, quorum }) => `${contact} ${quorum}`);

const rows = (count: number, contacts: readonly string[]): Sights =>
  Array.from({ length: count }, () => contacts);

describe('The contacts of an attempt (TLS BR 3.2.2.9 [mpic])', () => {
  it.each<{ name: string; sights: Sights; expected: string[] }>([
    {
      name: 'that all six see are corroborated',
      sights: rows(6, [A, B]),
      expected: [`${A} 6/6`, `${B} 6/6`],
    },
    { name: 'that five of six see are corroborated', sights: [...rows(5, [A]), []], expected: [`${A} 5/6`] },
    { name: 'that four of six see are not', sights: [...rows(4, [A]), [], []], expected: [] },
    {
      name: 'that one perspective adds are left out',
      sights: [[A, C], ...rows(5, [A])],
      expected: [`${A} 6/6`],
    },
    {
      name: 'that one perspective puts in place of the others are left out',
      sights: [[C], ...rows(5, [A])],
      expected: [`${A} 5/6`],
    },
    {
      name: 'that two perspectives replace leave too few for the true one',
      sights: [[C], [C], ...rows(4, [A])],
      expected: [],
    },
    {
      name: 'are decided one by one: each lacks another perspective',
      sights: [[A], [B], ...rows(4, [A, B])],
      expected: [`${A} 5/6`, `${B} 5/6`],
    },
    { name: 'that nobody sees: there are none', sights: rows(6, []), expected: [] },
    {
      name: 'with a silent perspective need all others',
      sights: [null, ...rows(5, [A])],
      expected: [`${A} 5/6`],
    },
    {
      name: 'with two silent perspectives are never enough',
      sights: [null, null, ...rows(4, [A])],
      expected: [],
    },
    {
      name: 'whose local part differs in case are two, and neither has the quorum',
      sights: [...rows(3, [A]), ...rows(3, ['A@shop.example'])],
      expected: [],
    },
    {
      name: 'each at another perspective are none',
      sights: SIX_CODES.map((code) => [`${code}@shop.example`]),
      expected: [],
    },
  ])('$name', ({ sights, expected }) => {
    const record = buildRecord();
    const verdict = verdictOf(record, votesOf(record, sights));
    expect(verdict.contacts?.map(({ contact, quorum }) => `${contact} ${quorum}`)).toEqual(expected);
    expect(verdict.isValid).toBe(expected.length > 0);
    expect(verdict.baseline.satisfied).toBe(expected.length > 0);
  });

  it('name the perspectives that saw them, and no other', () => {
    const record = buildRecord();
    const verdict = verdictOf(record, votesOf(record, [[A, C], ...rows(4, [A]), [C]]));
    expect(verdict.contacts).toEqual([
      {
        contact: A,
        corroborating: SIX_CODES.slice(0, 5),
        quorum: '5/6',
        rirs: ['ARIN', 'RIPE NCC'],
        satisfied: true,
      },
    ]);
    expect(verdict.corroborating).toEqual(SIX_CODES.slice(0, 5));
  });

  it('give no time for which a certificate may be issued', () => {
    const record = buildRecord();
    const verdict = verdictOf(record, votesOf(record, rows(6, [A])));
    expect(verdict.isValid).toBe(true);
    expect(
      usableUntil(
        record,
        verdict,
        verdict.results.flatMap((vote) => (vote.status === 'readable' ? [vote.result] : [])),
      ),
    ).toBeNull();
  });

  it.each<{
    name: string;
    changes: Partial<RequestRecord>;
    sights: Sights;
    policy?: Policy;
    expected: string[];
  }>([
    {
      name: 'from one RIR region are not corroborated',
      changes: { cohorts: [SIX_CODES.map((code) => ({ code, rir: 'ARIN' as const }))] },
      sights: rows(6, [A]),
      expected: [],
    },
    {
      name: 'under open-mpic from one RIR region are not corroborated either',
      changes: { policy: 'open-mpic', cohorts: [SIX_CODES.map((code) => ({ code, rir: 'ARIN' as const }))] },
      sights: rows(6, [A]),
      expected: [],
    },
    {
      name: 'under open-mpic with a quorum of one of two need both',
      changes: { policy: 'open-mpic', quorumCount: 1, cohorts: [pair()] },
      sights: [[A, B], [A]],
      expected: [`${A} 2/2`],
    },
    {
      name: 'under open-mpic are none when monitoring is recorded',
      changes: { policy: 'open-mpic', quorumCount: 0, monitoring: true },
      sights: [[A], ...rows(5, [])],
      expected: [],
    },
    {
      name: 'with a stricter quorum need it',
      changes: { quorumCount: 6 },
      sights: [...rows(5, [A, B]), [A]],
      expected: [`${A} 6/6`],
    },
    {
      name: 'after the end of the method are none',
      changes: { rulesAsOf: '2028-03-15' },
      sights: rows(6, [A]),
      expected: [],
    },
  ])('$name', ({ changes, sights, expected }) => {
    const record = buildRecord(changes);
    expect(contactsOf(record, votesOf(record, sights))).toEqual(expected);
  });

  it.each<{ name: string; vote: (record: RequestRecord) => StoredResult }>([
    { name: 'is unreadable', vote: () => unreadable(SIX_CODES[0]) },
    {
      name: 'does not claim to corroborate',
      vote: (record) => saw(record, SIX_CODES[0], [A], { corroborates: false }),
    },
    { name: 'did not complete', vote: (record) => saw(record, SIX_CODES[0], [A], { completed: false }) },
    { name: 'did not pass', vote: (record) => saw(record, SIX_CODES[0], [A], { passed: false }) },
    {
      name: 'is of another method',
      vote: (record) => saw(record, SIX_CODES[0], [A], {}, { method: 'contact-email-caa' }),
    },
    {
      name: 'is of another kind of check',
      vote: (record) => saw(record, SIX_CODES[0], [A], { checkType: 'dcv' }),
    },
    {
      name: 'lists a contact that is not canonical',
      vote: (record) => saw(record, SIX_CODES[0], [A, 'b@SHOP.example']),
    },
    {
      name: 'lists a value that is not a contact',
      vote: (record) => saw(record, SIX_CODES[0], [A, '+15550100']),
    },
    {
      name: 'is of another start of the attempt',
      vote: (record) => saw(record, SIX_CODES[0], [A], { attemptToken: 'other' }),
    },
  ])('do not count a vote that $name', ({ vote }) => {
    const record = buildRecord();
    const others = votesOf(record, [null, ...rows(4, [A]), []]);
    expect(contactsOf(record, [vote(record), ...others])).toEqual([]);
    // The same with a good vote in its place is enough.
    expect(contactsOf(record, [saw(record, SIX_CODES[0], [A]), ...others])).toEqual([`${A} 5/6`]);
  });
});

/** Two perspectives in two RIR regions. */
function pair() {
  return [
    { code: SIX_CODES[0], rir: 'RIPE NCC' as const },
    { code: SIX_CODES[1], rir: 'ARIN' as const },
  ];
}

describe('An attempt of a contacts check', () => {
  it.each<{ name: string; sights: Sights; settled: boolean }>([
    { name: 'nothing is in', sights: [], settled: false },
    { name: 'four saw the same', sights: rows(4, [A]), settled: false },
    { name: 'five saw the same', sights: rows(5, [A]), settled: true },
    {
      name: 'one of five did not see it: the last one decides',
      sights: [...rows(4, [A]), []],
      settled: false,
    },
    {
      name: 'of two contacts one is decided and the other is not',
      sights: [[A], ...rows(4, [A, B])],
      settled: false,
    },
    { name: 'no contact can reach the quorum any more', sights: rows(2, []), settled: true },
    {
      name: 'two saw different ones: the others can still agree with one of them',
      sights: [[A], [B]],
      settled: false,
    },
    {
      name: 'three saw different ones, and a contact that nobody saw so far cannot either',
      sights: [[A], [B], [C]],
      settled: true,
    },
    { name: 'one saw nothing', sights: rows(1, []), settled: false },
  ])('is settled ($settled) when $name', ({ sights, settled }) => {
    const record = buildRecord();
    const results = selectAttemptResults(record, votesOf(record, sights));
    expect(judgeAttempt(record, results, false).status).toBe(settled ? 'settled' : 'pending');
  });

  it('has no verdict that a later result could change, whatever six perspectives see', () => {
    const choices: Sights = [null, [], [A], [B], [A, B]];
    let checked = 0;
    for (let index = 0; index < choices.length ** 6; index += 7) {
      const sights = SIX_CODES.map(
        (_, at) => choices[Math.floor(index / choices.length ** at) % choices.length] ?? null,
      );
      const record = buildRecord();
      const early = judgeAttempt(record, selectAttemptResults(record, votesOf(record, sights)), false);
      if (early.status === 'pending') continue;
      const before = verdictOf(record, votesOf(record, sights)).contacts?.map(({ contact }) => contact);
      for (const late of [[], [A], [B], [A, B, C]]) {
        const after = verdictOf(
          record,
          votesOf(
            record,
            sights.map((sight) => sight ?? late),
          ),
        );
        expect(
          after.contacts?.map(({ contact }) => contact),
          JSON.stringify(sights),
        ).toEqual(before);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(1000);
  });

  it('that is decided too late gives no contact', () => {
    const record = buildRecord();
    const results = selectAttemptResults(record, votesOf(record, rows(6, [A])));
    const verdict = toAttemptVerdict(
      record,
      results,
      judgeTooLate(record, results),
      record.createdAt + 999_999,
    );
    expect(verdict).toMatchObject({ isValid: false, contacts: [] });
  });

  it.each<{ name: string; sights: Sights; depends: boolean }>([
    { name: 'they could make the quorum', sights: [...rows(4, [A]), null, null], depends: true },
    { name: 'a contact has it already and another cannot', sights: [...rows(5, [A]), null], depends: false },
    { name: 'no contact can reach it', sights: [[], [], ...rows(3, [A]), null], depends: false },
  ])('waits for results that could not be read when $name', ({ sights, depends }) => {
    const record = buildRecord();
    const results = selectAttemptResults(record, votesOf(record, sights));
    const unread = SIX_CODES.filter((_, index) => sights[index] === null);
    expect(dependsOnUnread(record, results, unread)).toBe(depends);
  });

  it.each<{ name: string; sight: readonly string[] | null; expected: string[] }>([
    { name: 'saw them', sight: [A], expected: [`${A} 6/6`] },
    { name: 'saw another one', sight: [B], expected: [] },
    { name: 'saw none', sight: [], expected: [] },
    { name: 'gave no result', sight: null, expected: [] },
  ])('needs the primary perspective, which $name', ({ sight, expected }) => {
    const record = buildRecord({ primary: 'home' });
    const votes = votesOf(record, rows(6, [A]));
    const all = sight === null ? votes : [...votes, saw(record, 'home', sight)];
    expect(contactsOf(record, all)).toEqual(expected);
  });

  it('is the same in whatever order the results arrive', () => {
    const record = buildRecord();
    const votes = votesOf(record, [[A], [B], ...rows(4, [A, B])]);
    const { results: _, ...one } = verdictOf(record, votes);
    const { results: __, ...other } = verdictOf(record, votes.toReversed());
    expect(other).toEqual(one);
  });
});
