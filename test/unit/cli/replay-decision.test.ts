import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  replayDecision,
  replayedPerspectiveSchema,
  replayedQuorumSchema,
} from '../../../services/cli/replay/replay-decision.ts';
import { auditAttempt } from '../../../shared/contract/audit/audit-record.ts';
import type { CheckResult } from '../../../shared/domain/check/check-result.ts';
import {
  judgeAttempt,
  judgeTooLate,
  selectAttemptResults,
  settledOf,
  toAttemptVerdict,
} from '../../../shared/domain/mpic/judge-attempt.ts';
import { DECISION_GRACE_MS, type RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDcvCheck,
  buildDnsDcvDetails,
  buildRequestRecord,
  readable,
  SIX_CODES,
} from '../../support/builders.ts';
import { DISSENT } from '../../support/decision-bench.ts';

const RECORDER = { service: 'mpic', version: '0.1.0', instance: 'test' };
const PRIMARY = 'eu-north-1';

type When = 'as-early-as-can-be' | 'at-deadline' | 'too-late';

/** The records of one attempt as a trail holds them, decided at a given time. */
function trailOf(
  record: RequestRecord,
  results: readonly CheckResult[],
  when: When = 'as-early-as-can-be',
  decidedAt = record.attemptDeadline + (when === 'too-late' ? DECISION_GRACE_MS + 1 : 0),
) {
  const counted = selectAttemptResults(record, results.map(readable));
  const early = judgeAttempt(record, counted, false);
  const atDeadline =
    when === 'too-late' ? judgeTooLate(record, counted) : judgeAttempt(record, counted, true);
  const decision = settledOf(
    early.status === 'settled' && when === 'as-early-as-can-be' ? early : atDeadline,
  );
  const verdict = toAttemptVerdict(record, counted, decision, decidedAt);
  const done: RequestRecord = { ...record, status: 'completed', verdicts: [verdict] };
  const lines = auditAttempt(done, verdict, RECORDER).map(
    (line) => JSON.parse(JSON.stringify(line)) as unknown,
  );
  const perspectives = lines.flatMap((line) => replayedPerspectiveSchema.safeParse(line).data ?? []);
  return {
    quorum: replayedQuorumSchema.parse(lines.at(-1)),
    perspectives: new Map(perspectives.map((one) => [one.perspective, one])),
    verdict,
  };
}

/** What a perspective reports of contacts. */
const sight = fc.option(
  fc.record({
    contacts: fc.subarray(['a@shop.example', 'b@shop.example', 'c@shop.example']),
    isSound: fc.boolean(),
  }),
);

/** Of two contacts that one remote perspective saw, the primary perspective saw one. */
const TWO_ALIKE = [
  ...Array(4).fill(null),
  { contacts: ['a@shop.example', 'c@shop.example'], isSound: true },
  null,
  { contacts: ['c@shop.example'], isSound: true },
];

describe('A decision about contacts that is replayed from its records', () => {
  it('comes out as it was recorded, with the same contacts, whatever each perspective saw', () => {
    const sights = fc.array(sight, { minLength: 7, maxLength: 7 });
    const when = fc.constantFrom<When>('as-early-as-can-be', 'at-deadline', 'too-late');
    fc.assert(
      fc.property(sights, when, fc.boolean(), (seen, decided, hasPrimary) => {
        const asked = buildRequestRecord({
          check: {
            checkType: 'contacts',
            target: { kind: 'domain', name: 'shop.example', wildcard: false },
            contacts: { method: 'contact-email-txt' },
          },
          primary: hasPrimary ? PRIMARY : null,
        });
        const results = [...SIX_CODES, PRIMARY].flatMap((perspective, index) => {
          const found = seen[index];
          if (!found || (perspective === PRIMARY && !hasPrimary)) return [];
          const passed = found.contacts.length > 0;
          const details = {
            kind: 'contacts' as const,
            method: 'contact-email-txt' as const,
            contacts: found.contacts,
            malformed: [],
            valuesTruncated: false,
            adFlag: null,
            foundAt: null,
            dns: buildCaaDetails().dns,
          };
          const corroborates = passed && found.isSound;
          const more = { checkType: 'contacts' as const, passed, corroborates, details };
          return [buildCheckResult({ requestId: asked.requestId, perspective, ...more })];
        });
        const { quorum, perspectives, verdict } = trailOf(asked, results, decided);
        expect(quorum.contacts).toEqual(verdict.contacts);
        // Reversed: the records of a trail are in any order.
        const reversed = new Map([...perspectives].reverse());
        expect(replayDecision(quorum, reversed, null)).toMatchObject({ ok: true, differences: [] });
      }),
      { examples: [[TWO_ALIKE, 'as-early-as-can-be', true]] },
    );
  });
});

const record = buildRequestRecord();
const result = (perspective: string, changes: Partial<CheckResult> = {}) =>
  buildCheckResult({ requestId: record.requestId, perspective, ...changes });
const everybody = SIX_CODES.map((code) => result(code));

const outcome = fc.constantFrom<Partial<CheckResult> | null>(
  null,
  {},
  DISSENT,
  { completed: false, passed: false, corroborates: false, details: { kind: 'none' } },
  { passed: true, corroborates: false },
  { allowedNetworks: ['127.0.0.0/8'] },
  // A vote that is lost.
  { attemptToken: 'of another start' },
  { details: buildCaaDetails({ dns: { ...buildCaaDetails().dns, dnssec: 'bogus' } }) },
);

describe('A decision that is replayed from its records', () => {
  it('comes out as it was recorded, whatever was observed, asked for and configured', () => {
    fc.assert(
      fc.property(
        fc.record({
          outcomes: fc.array(outcome, { minLength: SIX_CODES.length, maxLength: SIX_CODES.length }),
          ofPrimary: outcome,
          policy: fc.constantFrom('baseline-requirements' as const, 'open-mpic' as const),
          primary: fc.constantFrom(null, PRIMARY),
          primarySite: fc.constantFrom(null, 'head office'),
          monitoring: fc.boolean(),
          quorumCount: fc.integer({ min: 0, max: 6 }),
          sharedHost: fc.boolean(),
          rulesAsOf: fc.constantFrom('2025-04-01', '2026-03-14', '2026-11-29', '2026-12-15'),
          when: fc.constantFrom<When>('as-early-as-can-be', 'at-deadline', 'too-late'),
        }),
        ({ outcomes, ofPrimary, when, primary, primarySite, ...changes }) => {
          const site = primary === null ? primarySite : null;
          const judged = buildRequestRecord({ ...record, ...changes, primary, primarySite: site });
          const results = [...SIX_CODES, PRIMARY].flatMap((code, index) => {
            const seen = index < outcomes.length ? outcomes[index] : ofPrimary;
            return seen === null || seen === undefined ? [] : [result(code, seen)];
          });
          const { quorum, perspectives } = trailOf(judged, results, when);
          expect(replayDecision(quorum, perspectives, null)).toEqual({
            ok: true,
            rulesAsOf: changes.rulesAsOf,
            differences: [],
          });
        },
      ),
      { numRuns: 400 },
    );
  });

  const members = (trail: Pick<ReturnType<typeof trailOf>, 'quorum' | 'perspectives'>, asOf: string) => {
    const replay = replayDecision(trail.quorum, trail.perspectives, asOf);
    if (!replay.ok) throw new Error(replay.problem);
    return Object.fromEntries(replay.differences.map(({ member, replayed }) => [member, replayed]));
  };

  const fourOf = (cohort: RequestRecord['cohorts'][number]) => [cohort.slice(0, 4)];
  const four = buildRequestRecord({ ...record, cohorts: fourOf(record.cohorts[0] ?? []), quorumCount: 3 });

  it('of a version that gave out what it decided too late is told from what it should have been', () => {
    const { quorum, perspectives } = trailOf(
      record,
      everybody,
      'at-deadline',
      record.attemptDeadline + DECISION_GRACE_MS + 1,
    );
    expect(members({ quorum, perspectives }, quorum.rules_as_of)).toEqual({
      is_valid: false,
      baseline_satisfied: false,
      reasons: ['too-late'],
    });
    const { attempt_deadline: _, ...old } = quorum;
    expect(members({ quorum: old, perspectives }, quorum.rules_as_of)).toEqual({});
  });

  it('with four perspectives is refused under the text of 2026-12-15', () => {
    expect(members(trailOf(four, everybody.slice(0, 4)), '2026-12-15')).toEqual({
      is_valid: false,
      baseline_satisfied: false,
      reasons: ['too-few-perspectives'],
      minimum_perspectives: 5,
    });
  });

  it('with four perspectives is the same under the text of 2026-12-14', () => {
    expect(members(trailOf(four, everybody.slice(0, 4)), '2026-12-14')).toEqual({});
  });

  it('by a method that ends is refused under the text of the day of its end', () => {
    const { target } = record.check;
    const check = {
      ...buildDcvCheck(),
      target,
      dcv: { method: 'contact-phone-txt', expected: '+1 555 0100' },
    };
    const contact = buildRequestRecord({ ...record, check: check as never });
    const details = buildDnsDcvDetails({ method: 'contact-phone-txt' });
    const seen = everybody.map((one) => ({ ...one, checkType: 'dcv' as const, details }));
    const trail = trailOf(contact, seen);
    expect(members(trail, '2027-03-14')).toEqual({ minimum_perspectives: 5 });
    expect(members(trail, '2027-03-15')).toEqual({
      is_valid: false,
      baseline_satisfied: false,
      reasons: ['method-ended'],
      minimum_perspectives: 5,
    });
  });

  it('on data that its primary perspective did not validate is refused since 2026-03-15 only', () => {
    const details = buildCaaDetails({ dns: { ...buildCaaDetails().dns, dnssec: 'indeterminate' } });
    const judged = buildRequestRecord({ ...record, primary: PRIMARY, rulesAsOf: '2026-03-14' });
    const trail = trailOf(judged, [...everybody, result(PRIMARY, { details })]);
    expect(trail.quorum.is_valid).toBe(true);
    expect(members(trail, '2026-03-15')).toMatchObject({
      is_valid: false,
      reasons: ['primary-failed'],
      primary: { status: 'failed', perspective_code: PRIMARY },
    });
  });

  it.each<{ name: string; change: (trail: ReturnType<typeof trailOf>) => void; found: string }>([
    {
      name: 'a verdict that was turned round',
      change: ({ quorum }) => Object.assign(quorum, { is_valid: true }),
      found: 'is_valid',
    },
    {
      name: 'a corroboration that was added',
      change: ({ quorum }) => Object.assign(quorum, { corroborating: SIX_CODES }),
      found: 'corroborating',
    },
    {
      name: 'a reason that was taken out',
      change: ({ quorum }) => Object.assign(quorum, { reasons: [] }),
      found: 'reasons',
    },
    {
      name: 'an observation that was turned round',
      change: ({ perspectives }) =>
        Object.assign(perspectives.get(SIX_CODES[0] ?? '') ?? {}, {
          result: 'caa-permission',
          corroborates: true,
        }),
      found: 'corroborating',
    },
  ])('shows $name', ({ change, found }) => {
    const trail = trailOf(
      record,
      SIX_CODES.map((code) => result(code, DISSENT)),
    );
    change(trail);
    const replay = replayDecision(trail.quorum, trail.perspectives, null);
    expect(replay.ok && replay.differences.map(({ member }) => member)).toContain(found);
  });

  it('cannot be replayed when the record of a perspective is missing, and says which', () => {
    const { quorum, perspectives } = trailOf(record, everybody);
    perspectives.delete(SIX_CODES[2] ?? '');
    expect(replayDecision(quorum, perspectives, null)).toEqual({
      ok: false,
      problem: `no perspective-check record of ${SIX_CODES[2]}`,
    });
  });
});
