import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { primaryCodec } from '../../../../shared/contract/evidence/baseline.ts';
import { RIRS, type Rir } from '../../../../shared/domain/check/perspective.ts';
import {
  BASELINE_REASONS,
  type CohortMember,
  type Decision,
  type DecisionInput,
  decide,
  type Finding,
  type PrimaryState,
  type SettledDecision,
} from '../../../../shared/domain/mpic/decision.ts';
import { rulebookIdentity } from '../../../../shared/domain/rules/citation.ts';
import { allowedNonCorroborations, rulesAt } from '../../../../shared/domain/rules/rules.ts';

const NOVEMBER_2026 = rulesAt(new Date('2026-11-21'));

const YES: Finding = { passed: true, corroborates: true, completed: true, allowedNetworks: [] };
/** {@link YES} from a perspective that may connect to reserved addresses. */
const LAB: Finding = { ...YES, allowedNetworks: ['127.0.0.0/8'] };
const NO: Finding = { passed: false, corroborates: false, completed: true, allowedNetworks: [] };
const BROKEN: Finding = { passed: false, corroborates: false, completed: false, allowedNetworks: [] };
/** A CAA lookup failure that the caller treats as permission. */
const FORGIVEN: Finding = { passed: true, corroborates: false, completed: false, allowedNetworks: [] };

const FINDINGS: Record<string, Finding> = { '+': YES, l: LAB, '-': NO, '!': BROKEN, '~': FORGIVEN };
const REGIONS: Record<string, Rir> = { A: 'ARIN', R: 'RIPE NCC', P: 'APNIC', L: 'LACNIC', F: 'AFRINIC' };

/**
 * A cohort in short notation: region and finding of each perspective, for instance `A+ R- P!`. `+` corroborates, `l`
 * does so from a lab, `-` does not, `!` could not complete, `~` passes without corroborating, `?` has no result.
 */
function cohortOf(words: string): Pick<DecisionInput, 'cohort' | 'findings'> {
  const cohort: CohortMember[] = [];
  const findings = new Map<string, Finding>();
  for (const [index, [region = '', answer = '']] of words.split(' ').filter(Boolean).entries()) {
    const code = `p${index}`;
    cohort.push({ code, rir: REGIONS[region] ?? 'ARIN' });
    const verdict = FINDINGS[answer];
    if (verdict !== undefined) findings.set(code, verdict);
  }
  return { cohort, findings };
}

function input(words: string, changes: Partial<DecisionInput> = {}): DecisionInput {
  const { cohort, findings } = cohortOf(words);
  return {
    policy: 'baseline-requirements',
    rules: NOVEMBER_2026,
    cohort,
    quorumCount: cohort.length - (allowedNonCorroborations(cohort.length) ?? 0),
    monitoring: false,
    methodEnded: false,
    tooLate: false,
    findings,
    primary: { status: 'not-declared' },
    sharedHost: false,
    final: false,
    ...changes,
  };
}

function settled(decision: Decision): SettledDecision {
  if (decision.status === 'pending') throw new Error(`still pending: ${JSON.stringify(decision)}`);
  return decision;
}

/** Whether the rules are met, apart from where the perspectives run. */
function meetsRules({ baseline }: Pick<SettledDecision, 'baseline'>): boolean {
  return baseline.reasons.every((reason) => reason === 'shared-host' || reason === 'lab-network');
}

const MONITORING: Partial<DecisionInput> = { policy: 'open-mpic', monitoring: true, quorumCount: 0 };

describe('decide: quorum and regions (TLS BR 3.2.2.9 [mpic])', () => {
  interface Case {
    readonly name: string;
    readonly cohort: string;
    readonly rules?: string;
    readonly quorum: string;
    readonly reasons: readonly string[];
  }

  it.each<Case>([
    { name: 'four of four in three regions', cohort: 'A+ R+ P+ R+', quorum: '4/4', reasons: [] },
    { name: 'three of four in two regions', cohort: 'A+ R+ R+ P-', quorum: '3/4', reasons: [] },
    {
      name: 'three of four in one region, if the other region failed',
      cohort: 'R+ R+ R+ A-',
      quorum: '3/4',
      reasons: ['too-few-rirs'],
    },
    {
      name: 'two of four',
      cohort: 'A+ R+ P- R-',
      quorum: '2/4',
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    },
    {
      name: 'three of three, which is too few since 2026-06-15',
      cohort: 'A+ R+ P+',
      quorum: '3/3',
      reasons: ['too-few-perspectives'],
    },
    { name: 'four of five, one timed out', cohort: 'A+ R+ R+ A+ P?', quorum: '4/5', reasons: [] },
    {
      name: 'three of five, one failed and one timed out',
      cohort: 'A+ R+ P+ R- A?',
      quorum: '3/5',
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    },
    { name: 'four of six in two regions', cohort: 'A+ A+ R+ R+ P- L-', quorum: '4/6', reasons: [] },
    {
      name: 'three of six',
      cohort: 'A+ R+ P+ R- A- L-',
      quorum: '3/6',
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    },
    {
      name: 'ten of twelve in three regions',
      cohort: 'A+ A+ A+ A+ R+ R+ R+ P+ P+ P+ L- F-',
      quorum: '10/12',
      reasons: [],
    },
    {
      name: 'nine of twelve, because three failures are never allowed',
      cohort: 'A+ A+ A+ A+ R+ R+ R+ P+ P+ P- L- F-',
      quorum: '9/12',
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    },
    {
      name: 'four of four on 2026-12-15, when five are required',
      cohort: 'A+ R+ P+ R+',
      rules: '2026-12-15',
      quorum: '4/4',
      reasons: ['too-few-perspectives'],
    },
    {
      // Attempt 1 had three passes; only the results of attempt 2 decide attempt 2.
      name: 'two of five in a second attempt, after three others of five in the first',
      cohort: 'A- R+ P- R+ A-',
      quorum: '2/5',
      reasons: ['quorum-not-met', 'too-few-rirs', 'too-many-non-corroborations'],
    },
    {
      name: 'two of two in one region on 2026-03-14',
      cohort: 'R+ R+',
      rules: '2026-03-14',
      quorum: '2/2',
      reasons: [],
    },
    {
      name: 'two of two in one region on 2026-03-15',
      cohort: 'R+ R+',
      rules: '2026-03-15',
      quorum: '2/2',
      reasons: ['too-few-perspectives', 'too-few-rirs'],
    },
    {
      name: 'three perspectives on 2026-06-14',
      cohort: 'A+ R+ P-',
      rules: '2026-06-14',
      quorum: '2/3',
      reasons: [],
    },
    {
      name: 'three perspectives on 2026-06-15',
      cohort: 'A+ R+ P-',
      rules: '2026-06-15',
      quorum: '2/3',
      reasons: ['too-few-perspectives'],
    },
    {
      name: 'four perspectives on 2026-12-14',
      cohort: 'A+ R+ P+ L-',
      rules: '2026-12-14',
      quorum: '3/4',
      reasons: [],
    },
    {
      name: 'one perspective, even before there was a minimum',
      cohort: 'A+',
      rules: '2025-01-01',
      quorum: '1/1',
      reasons: ['too-few-perspectives'],
    },
    {
      name: 'an empty cohort',
      cohort: '',
      rules: '2025-01-01',
      quorum: '0/0',
      reasons: ['too-few-perspectives', 'too-few-rirs'],
    },
    {
      name: 'a second region without a corroborating perspective',
      cohort: 'R+ R+ R+ R+ A! P~',
      quorum: '4/6',
      reasons: ['too-few-rirs'],
    },
    {
      name: 'lookup failures treated as permission, which pass and do not corroborate',
      cohort: 'A+ R+ P~ L~',
      quorum: '2/4',
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    },
  ])('reports $quorum and the reasons $reasons for $name', ({ cohort, rules, quorum, reasons }) => {
    const changes = rules === undefined ? {} : { rules: rulesAt(new Date(rules)) };
    const decision = settled(decide(input(cohort, { ...changes, final: true })));
    expect(decision.baseline.reasons).toEqual(reasons);
    expect(decision.baseline.satisfied).toBe(reasons.length === 0);
    expect(decision.isValid).toBe(reasons.length === 0);
    expect(decision.quorum).toBe(quorum);
    expect(decision.baseline.rulesAsOf).toBe(rules ?? '2026-11-21');
  });
});

describe('decide: the two policies', () => {
  interface Case {
    readonly name: string;
    readonly cohort: string;
    readonly changes: Partial<DecisionInput>;
    readonly isValid: boolean;
    readonly reasons: readonly string[];
  }

  it.each<Case>([
    {
      name: 'open-mpic accepts two of three and reports too few perspectives',
      cohort: 'A+ R+ P-',
      changes: { policy: 'open-mpic' },
      isValid: true,
      reasons: ['too-few-perspectives'],
    },
    {
      name: 'open-mpic does not require two regions of two perspectives',
      cohort: 'A+ R-',
      changes: { policy: 'open-mpic' },
      isValid: true,
      reasons: ['too-few-perspectives', 'too-few-rirs'],
    },
    {
      name: 'open-mpic requires two regions of three perspectives',
      cohort: 'R+ R+ A-',
      changes: { policy: 'open-mpic' },
      isValid: false,
      reasons: ['too-few-perspectives', 'too-few-rirs'],
    },
    {
      name: 'open-mpic requires two regions of three perspectives on any date',
      cohort: 'R+ R+ A-',
      changes: { policy: 'open-mpic', rules: rulesAt(new Date('2025-10-01')) },
      isValid: false,
      reasons: [],
    },
    {
      name: 'open-mpic counts lookup failures treated as permission, the Baseline Requirements do not',
      cohort: 'A+ R+ P~ L~',
      changes: { policy: 'open-mpic' },
      isValid: true,
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    },
    {
      name: 'monitoring is valid without any pass under open-mpic, and never satisfies the rules',
      cohort: 'A- R- P! L- F- A-',
      changes: MONITORING,
      isValid: true,
      reasons: ['monitoring', 'too-few-rirs', 'too-many-non-corroborations'],
    },
    {
      name: 'monitoring does not satisfy the rules even if all corroborate',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: MONITORING,
      isValid: true,
      reasons: ['monitoring'],
    },
    {
      name: 'monitoring is not valid under baseline-requirements',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { ...MONITORING, policy: 'baseline-requirements' },
      isValid: false,
      reasons: ['monitoring'],
    },
    {
      name: 'a quorum of zero without monitoring is never valid',
      cohort: 'A- R-',
      changes: { policy: 'open-mpic', quorumCount: 0 },
      isValid: false,
      reasons: ['too-few-perspectives', 'too-few-rirs', 'too-many-non-corroborations'],
    },
    {
      name: 'a stricter quorum applies',
      cohort: 'A+ R+ P+ L+ F+ A-',
      changes: { quorumCount: 6 },
      isValid: false,
      reasons: ['quorum-not-met'],
    },
    {
      name: 'a stricter quorum applies under open-mpic',
      cohort: 'A+ R+ P+ L+ F+ A-',
      changes: { policy: 'open-mpic', quorumCount: 6 },
      isValid: false,
      reasons: ['quorum-not-met'],
    },
    {
      name: 'an ended method is never valid under baseline-requirements',
      cohort: 'A+ R+ P+ L+',
      changes: { methodEnded: true },
      isValid: false,
      reasons: ['method-ended'],
    },
    {
      name: 'an ended method can be valid under open-mpic and is reported',
      cohort: 'A+ R+ P+ L+',
      changes: { policy: 'open-mpic', methodEnded: true },
      isValid: true,
      reasons: ['method-ended'],
    },
    {
      name: 'a decision after the grace period is not valid even if all corroborate',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { tooLate: true },
      isValid: false,
      reasons: ['too-late'],
    },
    {
      name: 'a decision after the grace period is not valid under open-mpic',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { tooLate: true, policy: 'open-mpic' },
      isValid: false,
      reasons: ['too-late'],
    },
    {
      name: 'monitoring decided after the grace period is not valid',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { ...MONITORING, tooLate: true },
      isValid: false,
      reasons: ['monitoring', 'too-late'],
    },
    {
      name: 'a failed primary cannot be outvoted',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { primary: { status: 'failed', code: 'home' } },
      isValid: false,
      reasons: ['primary-failed'],
    },
    {
      name: 'a failed primary cannot be outvoted under open-mpic',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { policy: 'open-mpic', primary: { status: 'failed', code: 'home' } },
      isValid: false,
      reasons: ['primary-failed'],
    },
    {
      name: 'a primary without a result at the deadline has failed',
      cohort: 'A+ R+ P+ L+',
      changes: { primary: { status: 'pending', code: 'home' } },
      isValid: false,
      reasons: ['primary-failed'],
    },
    {
      name: 'a passed primary does not replace a remote perspective',
      cohort: 'A+ R+ P- L-',
      changes: { primary: { status: 'passed', code: 'home' } },
      isValid: false,
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    },
    {
      name: 'a primary outside the service does not affect the decision',
      cohort: 'A+ R+ P+ L-',
      changes: { primary: { status: 'site', name: 'head office' } },
      isValid: true,
      reasons: [],
    },
  ])('$name', ({ cohort, changes, isValid, reasons }) => {
    const decision = settled(decide(input(cohort, { ...changes, final: true })));
    expect(decision.isValid).toBe(isValid);
    expect(decision.baseline.reasons).toEqual(reasons);
    expect(decision.baseline.satisfied).toBe(reasons.length === 0);
  });
});

describe('decide: pending or settled', () => {
  interface Case {
    readonly name: string;
    readonly cohort: string;
    readonly changes?: Partial<DecisionInput>;
    readonly expected: object;
  }

  it.each<Case>([
    {
      name: 'is pending without results',
      cohort: 'A? R? P? L?',
      expected: { status: 'pending', awaited: ['p0', 'p1', 'p2', 'p3'], primaryAwaited: false },
    },
    {
      name: 'is pending with one corroboration less than the quorum',
      cohort: 'A+ R+ P? L? F? A+',
      expected: { status: 'pending', awaited: ['p2', 'p3', 'p4'] },
    },
    {
      name: 'is settled once the quorum is met, whatever the other two answer',
      cohort: 'A+ R+ P? L? F+ A+',
      expected: { status: 'settled', isValid: true, quorum: '4/6' },
    },
    {
      name: 'is pending if the quorum is met without a second region',
      cohort: 'R+ R+ R+ R+ A? R-',
      expected: { status: 'pending', awaited: ['p4'] },
    },
    {
      name: 'is settled if the quorum is met and no pending perspective is of a second region',
      cohort: 'R+ R+ R+ R+ A- R?',
      expected: { status: 'settled', isValid: false },
    },
    {
      name: 'is settled by three failures of six',
      cohort: 'A- R! P? L? F? A-',
      expected: { status: 'settled', isValid: false, quorum: '0/6', mpicCompleted: false },
    },
    {
      name: 'is pending after two failures of six',
      cohort: 'A- R! P? L? F? A?',
      expected: { status: 'pending', awaited: ['p2', 'p3', 'p4', 'p5'] },
    },
    {
      name: 'is pending if the verdict is certain but not whether the rules are met',
      cohort: 'A+ R+ P~ L?',
      changes: { policy: 'open-mpic' },
      expected: { status: 'pending', awaited: ['p3'] },
    },
    {
      name: 'is settled by the quorum for too few perspectives under open-mpic',
      cohort: 'A+ R+ P?',
      changes: { policy: 'open-mpic' },
      expected: { status: 'settled', isValid: true },
    },
    {
      name: 'is settled at once for too few perspectives under baseline-requirements',
      cohort: 'A? R? P?',
      expected: { status: 'settled', isValid: false },
    },
    {
      name: 'is pending if only the primary is missing',
      cohort: 'A+ R+ P+ L+',
      changes: { primary: { status: 'pending', code: 'home' } },
      expected: { status: 'pending', awaited: [], primaryAwaited: true },
    },
    {
      name: 'is settled if a missing primary cannot change the verdict, and does not report it as failed',
      cohort: 'A- R- P+ L?',
      changes: { primary: { status: 'pending', code: 'home' } },
      expected: {
        status: 'settled',
        isValid: false,
        baseline: { reasons: ['quorum-not-met', 'too-few-rirs', 'too-many-non-corroborations'] },
      },
    },
    {
      name: 'is settled by a failed primary',
      cohort: 'A? R? P? L?',
      changes: { primary: { status: 'failed', code: 'home' } },
      expected: { status: 'settled', isValid: false },
    },
    {
      name: 'is pending under monitoring until all have answered',
      cohort: 'A+ R+ P+ L+ F+ A?',
      changes: MONITORING,
      expected: { status: 'pending', awaited: ['p5'] },
    },
    {
      name: 'is settled under monitoring once all have answered',
      cohort: 'A+ R- P+ L+ F+ A+',
      changes: MONITORING,
      expected: { status: 'settled', isValid: true, quorum: '5/6' },
    },
    {
      name: 'is pending on one shared host if the verdict is certain but not whether the rules are met',
      cohort: 'A+ R+ P+ L- F- A?',
      changes: { policy: 'open-mpic', quorumCount: 3, sharedHost: true },
      expected: { status: 'pending', awaited: ['p5'] },
    },
    {
      name: 'is settled under monitoring at the deadline with the actual count',
      cohort: 'A+ R- P? L? F? A?',
      changes: { ...MONITORING, final: true },
      expected: { status: 'settled', isValid: true, quorum: '1/6', baseline: { quorum: '1/6' } },
    },
  ])('$name', ({ cohort, changes = {}, expected }) => {
    expect(decide(input(cohort, changes))).toMatchObject(expected);
  });
});

describe('decide: results that are not evidence', () => {
  it.each<{ name: string; cohort: string; changes?: Partial<DecisionInput>; reasons: readonly string[] }>([
    {
      name: 'perspectives on one machine',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { sharedHost: true },
      reasons: ['shared-host'],
    },
    { name: 'perspectives in a lab', cohort: 'Al Rl Pl Ll Fl Al', reasons: ['lab-network'] },
    {
      name: 'a lab on one machine',
      cohort: 'Al Rl Pl Ll Fl Al',
      changes: { sharedHost: true },
      reasons: ['lab-network', 'shared-host'],
    },
    { name: 'a quorum that needs a lab perspective', cohort: 'A+ R+ P+ Ll F- A-', reasons: ['lab-network'] },
    {
      name: 'a second region only from a lab perspective',
      cohort: 'A+ A+ A+ A+ Rl A-',
      reasons: ['lab-network'],
    },
    {
      name: 'a primary perspective in a lab',
      cohort: 'A+ R+ P+ L+ F+ A+',
      changes: { primary: { status: 'passed', code: 'home' }, findings: labAt('home', 'A+ R+ P+ L+ F+ A+') },
      reasons: ['lab-network'],
    },
    {
      name: 'a stricter quorum that needs a lab perspective',
      cohort: 'A+ R+ P+ L+ Fl A+',
      changes: { quorumCount: 6 },
      reasons: ['lab-network'],
    },
  ])(
    'keeps the verdict of $name and never reports it as satisfying the rules',
    ({ cohort, changes, reasons }) => {
      for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
        const decision = settled(decide(input(cohort, { ...changes, policy, final: true })));
        expect(decision.isValid).toBe(true);
        expect(decision.baseline).toMatchObject({ satisfied: false, reasons });
      }
    },
  );

  it.each([
    { name: 'one of six', cohort: 'Al R+ P+ L+ F+ A+' },
    { name: 'two of six', cohort: 'Al Rl P+ L+ F+ A+' },
    { name: 'none of six, with one non-corroboration', cohort: 'A+ R+ P+ L+ F+ A-' },
  ])('discounts only the perspectives that report a lab: $name', ({ cohort }) => {
    expect(settled(decide(input(cohort, { final: true }))).baseline).toMatchObject({
      satisfied: true,
      reasons: [],
    });
  });

  it('reports other unmet rules too', () => {
    const decision = settled(decide(input('Al Rl Pl', { sharedHost: true, final: true })));
    expect(decision.isValid).toBe(false);
    expect(decision.baseline.reasons).toEqual(['lab-network', 'shared-host', 'too-few-perspectives']);
  });

  it('waits for results without a lab that can replace one from a lab', () => {
    expect(decide(input('A+ R+ P+ Ll F? A?'))).toMatchObject({ status: 'pending', awaited: ['p4', 'p5'] });
    expect(decide(input('A+ R+ P+ Ll F+ A?'))).toMatchObject({
      status: 'settled',
      isValid: true,
      baseline: { satisfied: true },
    });
  });

  it('has the same status with lab perspectives on one machine as without', () => {
    for (const cohort of ['A+ R+ P? L? F+ A+', 'A+ R+ P+ L+ F- A?', 'A- R! P? L? F? A-']) {
      const plain = decide(input(cohort));
      const lab = decide(input(cohort.replaceAll('+', 'l'), { sharedHost: true }));
      expect(lab.status).toBe(plain.status);
    }
  });
});

/** The findings of a cohort, and one of another perspective in a lab. */
function labAt(code: string, words: string): ReadonlyMap<string, Finding> {
  return new Map(cohortOf(words).findings).set(code, LAB);
}

describe('decide: the primary perspective in the report is', () => {
  it.each<{ name: string; cohort: string; changes: Partial<DecisionInput>; reported: object }>([
    {
      name: 'not declared',
      cohort: 'A+ R+ P+ L+',
      changes: { primary: { status: 'not-declared' } },
      reported: { status: 'not-declared' },
    },
    {
      name: "the CA's own site",
      cohort: 'A+ R+ P+ L+',
      changes: { primary: { status: 'site', name: 'head office' } },
      reported: { status: 'site', name: 'head office' },
    },
    {
      name: 'passed',
      cohort: 'A+ R+ P+ L+',
      changes: { primary: { status: 'passed', code: 'home' } },
      reported: { status: 'passed', code: 'home' },
    },
    {
      name: 'failed',
      cohort: 'A+ R+ P+ L+',
      changes: { primary: { status: 'failed', code: 'home' } },
      reported: { status: 'failed', code: 'home' },
    },
    {
      name: 'failed if it gave no result by the deadline',
      cohort: 'A+ R+ P+ L+',
      changes: { primary: { status: 'pending', code: 'home' }, final: true },
      reported: { status: 'failed', code: 'home' },
    },
    {
      name: 'pending if the remote perspectives settled the attempt first',
      cohort: 'A- R- P+ L?',
      changes: { primary: { status: 'pending', code: 'home' } },
      reported: { status: 'pending', code: 'home' },
    },
  ])('$name', ({ cohort, changes, reported }) => {
    expect(settled(decide(input(cohort, changes))).baseline.primary).toEqual(reported);
  });
});

describe('decide: the report', () => {
  it('lists the corroborating perspectives in cohort order and their regions sorted', () => {
    const decision = settled(decide(input('R+ P+ A+ R- L~ F?', { final: true, policy: 'open-mpic' })));
    expect(decision).toMatchObject({
      isValid: true,
      mpicCompleted: true,
      corroborating: ['p0', 'p1', 'p2'],
      rirs: ['APNIC', 'ARIN', 'RIPE NCC'],
      counts: { perspectives: 6, answered: 5, completed: 4, passed: 4, corroborated: 3 },
    });
    expect(decision.baseline).toEqual({
      satisfied: false,
      quorum: '3/6',
      required: 4,
      minimumPerspectives: 4,
      rirs: ['APNIC', 'ARIN', 'RIPE NCC'],
      rulebook: rulebookIdentity(),
      rulesAsOf: '2026-11-21',
      primary: { status: 'not-declared' },
      reasons: ['quorum-not-met', 'too-many-non-corroborations'],
    });
  });

  it.each([
    { name: 'from the table', quorumCount: 4, required: 4 },
    { name: 'from the request, if stricter', quorumCount: 6, required: 6 },
    { name: 'from the table, under monitoring', quorumCount: 0, required: 4 },
  ])('takes the required corroborations $name', ({ quorumCount, required }) => {
    const decision = settled(decide(input('A+ R+ P+ L+ F+ A+', { quorumCount, final: true })));
    expect(decision.baseline.required).toBe(required);
  });

  it.each([
    { name: 'as many incomplete as the quorum allows', cohort: 'A+ R+ P+ L- F! A?', completed: true },
    { name: 'one more incomplete than the quorum allows', cohort: 'A+ R+ P+ L! F! A?', completed: false },
    { name: 'no results', cohort: 'A? R? P? L?', completed: false },
    { name: 'failed but completed checks', cohort: 'A- R- P- L-', completed: true },
  ])('has mpicCompleted $completed with $name', ({ cohort, completed }) => {
    expect(settled(decide(input(cohort, { final: true }))).mpicCompleted).toBe(completed);
  });

  it('ignores perspectives outside the cohort', () => {
    const asked = input('A+ R+ P- L-', { final: true });
    const findings = new Map(asked.findings).set('stranger', YES).set('P0', YES);
    expect(decide({ ...asked, findings })).toEqual(decide(asked));
  });

  it('counts a perspective that is listed twice once', () => {
    const asked = input('A+ R+ P+ L-', { final: true });
    const twice = { ...asked, cohort: [...asked.cohort, ...asked.cohort.slice(0, 1)] };
    expect(decide(twice)).toEqual(decide(asked));
  });

  it.each([
    { name: 'did not complete', verdict: { ...YES, completed: false } },
    { name: 'did not pass', verdict: { ...YES, passed: false } },
  ])('does not count a perspective that $name as corroborating', ({ verdict }) => {
    const asked = input('A+ R+ P+ L-', { final: true });
    const findings = new Map(asked.findings).set('p2', verdict);
    expect(decide({ ...asked, findings })).toMatchObject({ isValid: false, quorum: '2/4' });
  });

  it('counts a perspective without a result as neither completed, passed nor corroborating', () => {
    const { counts } = settled(decide(input('A+ R- P? L? F! A?', { final: true })));
    expect(counts).toEqual({ perspectives: 6, answered: 3, completed: 2, passed: 1, corroborated: 1 });
  });

  it.each<{ name: string; primary: PrimaryState | null; expected: object | null }>([
    { name: 'null in a report of an earlier version', primary: null, expected: null },
    {
      name: 'not declared',
      primary: { status: 'not-declared' },
      expected: { status: 'not-declared' },
    },
    {
      name: 'a site of the CA with its name',
      primary: { status: 'site', name: 'Vault 1' },
      expected: { status: 'site', name: 'Vault 1' },
    },
    {
      name: 'a perspective with its code',
      primary: { status: 'passed', code: 'home' },
      expected: { status: 'passed', perspective_code: 'home' },
    },
  ])('parses the primary perspective as $name', ({ primary, expected }) => {
    expect(primary && primaryCodec.encode(primary)).toEqual(expected);
  });

  it('lists its reasons in alphabetical order', () => {
    expect([...BASELINE_REASONS]).toEqual([...BASELINE_REASONS].sort());
  });
});

describe('decide: for every attempt,', () => {
  const verdict = fc.constantFrom(YES, LAB, NO, BROKEN, FORGIVEN);
  const attempt = fc
    .record({
      members: fc.array(fc.tuple(fc.constantFrom(...RIRS), fc.option(verdict, { nil: null })), {
        minLength: 1,
        maxLength: 8,
      }),
      rest: fc.array(verdict, { minLength: 8, maxLength: 8 }),
      policy: fc.constantFrom('baseline-requirements' as const, 'open-mpic' as const),
      date: fc.constantFrom('2025-01-01', '2025-10-01', '2026-04-01', '2026-11-21', '2026-12-15'),
      stricter: fc.nat({ max: 2 }),
      monitoring: fc.boolean(),
      methodEnded: fc.boolean(),
      tooLate: fc.boolean(),
      primary: fc.constantFrom<PrimaryState>(
        { status: 'not-declared' },
        { status: 'site', name: 'head office' },
        { status: 'pending', code: 'home' },
        { status: 'passed', code: 'home' },
        { status: 'failed', code: 'home' },
      ),
      sharedHost: fc.boolean(),
      primaryPasses: fc.boolean(),
    })
    .map(({ members, rest, policy, date, stricter, monitoring, methodEnded, primaryPasses, ...given }) => {
      const count = members.length;
      const least = count - (allowedNonCorroborations(count) ?? 0);
      const findings = new Map<string, Finding>();
      for (const [index, [, answer]] of members.entries()) {
        if (answer !== null) findings.set(`p${index}`, answer);
      }
      const now: DecisionInput = {
        policy,
        rules: rulesAt(new Date(date)),
        cohort: members.map(([rir], index) => ({ code: `p${index}`, rir })),
        quorumCount: monitoring ? 0 : Math.min(count, least + stricter),
        monitoring,
        methodEnded,
        findings,
        ...given,
        final: false,
      };
      const completion: DecisionInput = {
        ...now,
        findings: new Map(
          now.cohort.map(({ code }, index) => [code, findings.get(code) ?? rest[index] ?? NO]),
        ),
        primary:
          now.primary.status === 'pending'
            ? { status: primaryPasses ? 'passed' : 'failed', code: 'home' }
            : now.primary,
        final: true,
      };
      return { now, completion };
    });

  it('an early verdict equals the final verdict for any further results', () => {
    fc.assert(
      fc.property(attempt, ({ now, completion }) => {
        const early = decide(now);
        if (early.status === 'pending') return;
        const end = settled(decide(completion));
        expect(early.isValid).toBe(end.isValid);
        expect(early.baseline.satisfied).toBe(end.baseline.satisfied);
        expect(meetsRules(early)).toBe(meetsRules(end));
      }),
      { numRuns: 3000 },
    );
  });

  it('a pending verdict can still become either, except under monitoring', () => {
    fc.assert(
      fc.property(attempt, ({ now }) => {
        if (decide(now).status === 'settled' || now.monitoring) return;
        const complete = (answer: Finding, primary: 'passed' | 'failed') =>
          settled(
            decide({
              ...now,
              findings: new Map(now.cohort.map(({ code }) => [code, now.findings.get(code) ?? answer])),
              primary: now.primary.status === 'pending' ? { status: primary, code: 'home' } : now.primary,
            }),
          );
        const [best, worst] = [complete(YES, 'passed'), complete(BROKEN, 'failed')];
        expect([best.isValid, meetsRules(best), best.baseline.satisfied]).not.toEqual([
          worst.isValid,
          meetsRules(worst),
          worst.baseline.satisfied,
        ]);
      }),
      { numRuns: 1000 },
    );
  });

  it('another corroboration never makes a valid attempt invalid', () => {
    fc.assert(
      fc.property(attempt, fc.nat({ max: 7 }), ({ completion }, index) => {
        const before = settled(decide(completion));
        const after = settled(
          decide({ ...completion, findings: new Map(completion.findings).set(`p${index}`, YES) }),
        );
        expect(Number(after.isValid)).toBeGreaterThanOrEqual(Number(before.isValid));
        expect(Number(after.baseline.satisfied)).toBeGreaterThanOrEqual(Number(before.baseline.satisfied));
      }),
      { numRuns: 2000 },
    );
  });

  it('perspectives without a result count in the cohort and never corroborate', () => {
    fc.assert(
      fc.property(attempt, ({ now }) => {
        const silent = settled(decide({ ...now, final: true }));
        const failed = settled(
          decide({
            ...now,
            findings: new Map(now.cohort.map(({ code }) => [code, now.findings.get(code) ?? BROKEN])),
            final: true,
          }),
        );
        expect(silent.counts.perspectives).toBe(now.cohort.length);
        expect(silent.quorum.endsWith(`/${now.cohort.length}`)).toBe(true);
        expect({ ...silent, counts: null }).toEqual({ ...failed, counts: null });
      }),
    );
  });

  it('a verdict is valid under baseline-requirements only if the report and the quorum table allow it', () => {
    fc.assert(
      fc.property(attempt, ({ completion }) => {
        const { isValid, baseline, counts } = settled(
          decide({ ...completion, policy: 'baseline-requirements' }),
        );
        expect(isValid).toBe(meetsRules({ baseline }));
        if (baseline.satisfied) expect(isValid).toBe(true);
        if (isValid) {
          expect(counts.perspectives - counts.corroborated).toBeLessThanOrEqual(
            counts.perspectives < 6 ? 1 : 2,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});
