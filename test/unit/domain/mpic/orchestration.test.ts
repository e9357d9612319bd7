import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type OrchestrationInput,
  type OrchestrationPlan,
  planOrchestration,
  type RequestedOrchestration,
} from '../../../../shared/domain/mpic/orchestration.ts';
import { allowedNonCorroborations, rulesAt } from '../../../../shared/domain/rules/rules.ts';

const NOVEMBER_2026 = rulesAt(new Date('2026-11-21'));
const DECEMBER_2026 = rulesAt(new Date('2026-12-15'));

const NOTHING: RequestedOrchestration = {
  perspectiveCount: null,
  quorumCount: null,
  maxAttempts: null,
  cohortForSingleAttempt: null,
};

interface Case {
  readonly name: string;
  readonly requested?: Partial<RequestedOrchestration>;
  readonly changes?: Partial<Omit<OrchestrationInput, 'requested'>>;
}

function plan({ requested = {}, changes = {} }: Case) {
  return planOrchestration({
    requested: { ...NOTHING, ...requested },
    policy: 'baseline-requirements',
    certificateType: 'tls-server',
    rules: NOVEMBER_2026,
    available: 12,
    defaultPerspectiveCount: 6,
    maxAttemptsCap: 3,
    ...changes,
  });
}

const OPEN_MPIC = { policy: 'open-mpic' } as const;

describe('planOrchestration accepts', () => {
  it.each<Case & { readonly plan: Partial<OrchestrationPlan> }>([
    {
      name: 'an empty request with the defaults and one attempt',
      plan: { perspectiveCount: 6, quorumCount: 4, maxAttempts: 1, cohortNumber: null, monitoring: false },
    },
    {
      name: 'five perspectives with a quorum of four',
      requested: { perspectiveCount: 5 },
      plan: { quorumCount: 4 },
    },
    { name: 'all configured perspectives', requested: { perspectiveCount: 12 }, plan: { quorumCount: 10 } },
    {
      name: 'the minimum of the date',
      requested: { perspectiveCount: 4 },
      plan: { perspectiveCount: 4, quorumCount: 3 },
    },
    {
      name: 'the minimum of December 2026',
      requested: { perspectiveCount: 5 },
      changes: { rules: DECEMBER_2026 },
      plan: { perspectiveCount: 5, quorumCount: 4 },
    },
    {
      name: 'two perspectives under open-mpic',
      requested: { perspectiveCount: 2 },
      changes: OPEN_MPIC,
      plan: { perspectiveCount: 2, quorumCount: 1 },
    },
    {
      name: 'a stricter quorum',
      requested: { perspectiveCount: 6, quorumCount: 6 },
      plan: { quorumCount: 6 },
    },
    {
      name: 'the smallest quorum of the table',
      requested: { perspectiveCount: 6, quorumCount: 4 },
      plan: { quorumCount: 4 },
    },
    {
      name: 'the first cohort by number',
      requested: { cohortForSingleAttempt: 1 },
      plan: { cohortNumber: 1, maxAttempts: 1 },
    },
    { name: 'a quorum for the default count', requested: { quorumCount: 5 }, plan: { quorumCount: 5 } },
    {
      name: 'monitoring under open-mpic',
      requested: { quorumCount: 0 },
      changes: OPEN_MPIC,
      plan: { quorumCount: 0, monitoring: true, perspectiveCount: 6 },
    },
    {
      name: 'monitoring under open-mpic with a perspective count',
      requested: { quorumCount: 0, perspectiveCount: 3 },
      changes: OPEN_MPIC,
      plan: { quorumCount: 0, monitoring: true, perspectiveCount: 3 },
    },
    { name: 'two attempts', requested: { maxAttempts: 2 }, plan: { maxAttempts: 2 } },
    {
      name: 'at most as many attempts as the cap',
      requested: { maxAttempts: 100 },
      plan: { maxAttempts: 3 },
    },
    { name: 'zero attempts as one', requested: { maxAttempts: 0 }, plan: { maxAttempts: 1 } },
    { name: 'negative attempts as one', requested: { maxAttempts: -7 }, plan: { maxAttempts: 1 } },
    {
      name: 'a cap below one as one',
      requested: { maxAttempts: 2 },
      changes: { maxAttemptsCap: 0 },
      plan: { maxAttempts: 1 },
    },
    {
      name: 'a cohort by number with one attempt',
      requested: { cohortForSingleAttempt: 2, maxAttempts: 3 },
      plan: { cohortNumber: 2, maxAttempts: 1 },
    },
  ])('$name', ({ plan: expected, ...input }) => {
    const result = plan(input);
    expect(result).toMatchObject({ ok: true, plan: expected });
  });
});

describe('planOrchestration rejects', () => {
  it.each<Case & { readonly issues: readonly (readonly [issueType: string, message: RegExp])[] }>([
    {
      name: 'one perspective, and names the range',
      requested: { perspectiveCount: 1 },
      changes: OPEN_MPIC,
      issues: [['invalid-perspective-count', /perspective_count 1 .* from 2 to 12/]],
    },
    {
      name: 'a negative count',
      requested: { perspectiveCount: -4 },
      issues: [['invalid-perspective-count', /perspective_count -4 /]],
    },
    {
      name: 'more perspectives than configured',
      requested: { perspectiveCount: 13 },
      issues: [['invalid-perspective-count', /perspective_count 13 .* from 2 to 12/]],
    },
    {
      name: 'a fractional count',
      requested: { perspectiveCount: 5.5 },
      issues: [['invalid-perspective-count', /5\.5/]],
    },
    {
      name: 'a default that cannot be served, and names it as the default',
      changes: { available: 5 },
      issues: [['invalid-perspective-count', /default perspective count 6 .* from 2 to 5/]],
    },
    {
      name: 'more than the only two configured, and names the range',
      requested: { perspectiveCount: 3 },
      changes: { ...OPEN_MPIC, available: 2 },
      issues: [['invalid-perspective-count', /perspective_count 3 is not a whole number from 2 to 2\./]],
    },
    {
      name: 'every request if a single perspective is configured',
      requested: { perspectiveCount: 2 },
      changes: { available: 1 },
      issues: [['invalid-perspective-count', /only 1 remote/]],
    },
    {
      name: 'three perspectives in November 2026, and names rule, date, remedy and the next date',
      requested: { perspectiveCount: 3 },
      issues: [
        [
          'baseline-requirements',
          /perspective_count 3 .*3\.2\.2\.9 .*since 2026-06-15: ask for at least 4; from 2026-12-15 5\./,
        ],
      ],
    },
    {
      name: 'four perspectives in December 2026',
      requested: { perspectiveCount: 4 },
      changes: { rules: DECEMBER_2026 },
      issues: [['baseline-requirements', /since 2026-12-15: ask for at least 5\.$/]],
    },
    {
      name: 'a default below the minimum of the date',
      changes: { rules: DECEMBER_2026, defaultPerspectiveCount: 4 },
      issues: [['baseline-requirements', /default perspective count 4 /]],
    },
    {
      name: 'a quorum laxer than the table',
      requested: { perspectiveCount: 6, quorumCount: 3 },
      issues: [
        [
          'invalid-quorum-count',
          /quorum_count 3 .* from 4 to 6, the quorum that TLS BR 3\.2\.2\.9 allows for 6 perspectives\.$/,
        ],
      ],
    },
    {
      name: 'a quorum that is allowed for six perspectives but not for five',
      requested: { perspectiveCount: 5, quorumCount: 3 },
      issues: [['invalid-quorum-count', /from 4 to 5/]],
    },
    {
      name: 'a quorum laxer than the table under open-mpic',
      requested: { perspectiveCount: 3, quorumCount: 1 },
      changes: OPEN_MPIC,
      issues: [['invalid-quorum-count', /from 2 to 3/]],
    },
    {
      name: 'a quorum that is too lax for the default count',
      requested: { quorumCount: 1 },
      changes: OPEN_MPIC,
      issues: [['invalid-quorum-count', /quorum_count 1 .* from 4 to 6/]],
    },
    {
      name: 'a negative quorum',
      requested: { quorumCount: -5 },
      changes: OPEN_MPIC,
      issues: [['invalid-quorum-count', /quorum_count -5 /]],
    },
    {
      name: 'a quorum larger than the cohort',
      requested: { quorumCount: 7 },
      issues: [['invalid-quorum-count', /quorum_count 7 /]],
    },
    {
      name: 'a fractional quorum',
      requested: { quorumCount: 4.5 },
      issues: [['invalid-quorum-count', /4\.5/]],
    },
    {
      name: 'monitoring under baseline-requirements, and names the other policy',
      requested: { quorumCount: 0 },
      issues: [['invalid-quorum-count', /quorum_count 0 .*open-mpic/]],
    },
    {
      name: 'cohort number zero',
      requested: { cohortForSingleAttempt: 0 },
      issues: [['invalid-cohort', /cohort_for_single_attempt 0 /]],
    },
    {
      name: 'a fractional cohort number',
      requested: { cohortForSingleAttempt: 1.5 },
      issues: [['invalid-cohort', /1\.5/]],
    },
    {
      name: 'an invalid count and an invalid cohort together, without checking the quorum',
      requested: { perspectiveCount: 99, quorumCount: 1, cohortForSingleAttempt: -1 },
      issues: [
        ['invalid-perspective-count', /99/],
        ['invalid-cohort', /-1/],
      ],
    },
  ])('$name', ({ issues, ...input }) => {
    const result = plan(input);
    if (result.ok) throw new Error('was accepted');
    expect(result.issues.map(({ issueType }) => issueType)).toEqual(issues.map(([issueType]) => issueType));
    for (const [index, [, message]] of issues.entries()) {
      expect(result.issues[index]?.message).toMatch(message);
    }
  });
});

describe('planOrchestration', () => {
  it('never plans a quorum below the table, except for monitoring', () => {
    const number = fc.option(fc.integer({ min: -3, max: 15 }), { nil: null });
    const requested = fc.record({
      perspectiveCount: number,
      quorumCount: number,
      maxAttempts: number,
      cohortForSingleAttempt: number,
    });
    fc.assert(
      fc.property(
        requested,
        fc.constantFrom('baseline-requirements' as const, 'open-mpic' as const),
        (asked, policy) => {
          const result = plan({ name: '', requested: asked, changes: { policy } });
          if (!result.ok) return;
          const { perspectiveCount, quorumCount, maxAttempts, monitoring } = result.plan;
          const allowed = allowedNonCorroborations(perspectiveCount) ?? 0;
          expect(maxAttempts).toBeGreaterThanOrEqual(1);
          expect(maxAttempts).toBeLessThanOrEqual(3);
          if (monitoring) expect([policy, quorumCount]).toEqual(['open-mpic', 0]);
          else expect(quorumCount).toBeGreaterThanOrEqual(Math.max(1, perspectiveCount - allowed));
          if (policy === 'baseline-requirements') expect(perspectiveCount).toBeGreaterThanOrEqual(4);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
