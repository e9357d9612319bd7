import * as z from 'zod';
import type { Policy } from '../check/check.ts';
import { isDnssecValidated, type SeenLookups } from '../check/dnssec-status.ts';
import { type PerspectiveCode, RIRS, type Rir } from '../check/perspective.ts';
import { rulebookIdentity, rulebookIdentitySchema } from '../rules/citation.ts';
import { allowedNonCorroborations, type DatedRules } from '../rules/rules.ts';

/** The part of a perspective's result that the decision looks at. */
export interface Finding {
  readonly passed: boolean;
  readonly corroborates: boolean;
  readonly completed: boolean;
  /** Special-purpose networks that could be reached where it was looked from: good for a lab, worth nothing as evidence. */
  readonly allowedNetworks: readonly string[];
}

/**
 * What is known of the primary perspective.
 *
 * - `not-declared`: the configuration says nothing of it, so whether the others are remote from it cannot be shown.
 * - `site`: the CA's own site, whose place is declared; the CA makes that check itself, outside this service.
 * - otherwise one of the configured perspectives, and what its check came to.
 */
export const primaryStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('not-declared') }),
  z.object({ status: z.literal('site'), name: z.string() }),
  z.object({ status: z.enum(['pending', 'passed', 'failed']), code: z.string() }),
]);
export type PrimaryState = Readonly<z.infer<typeof primaryStateSchema>>;

export const cohortMemberSchema = z.object({ code: z.string(), rir: z.enum(RIRS) });
export interface CohortMember extends Readonly<z.infer<typeof cohortMemberSchema>> {}

/** One attempt, as far as it has come. Results of other attempts have no place in it (TLS BR 3.2.2.9 [mpic]). */
export interface DecisionInput {
  readonly policy: Policy;
  readonly rules: DatedRules;
  /** The perspectives asked. Fixed at dispatch: those that never answer stay in it. */
  readonly cohort: readonly CohortMember[];
  readonly quorumCount: number;
  /** The caller asked for a quorum of zero: a report of what is seen, never a corroboration. */
  readonly monitoring: boolean;
  /** The validation method may no longer be used on the day of the rules. */
  readonly methodEnded: boolean;
  /** It is decided so long after its deadline that the observations are no news: it is over, and not valid. */
  readonly tooLate: boolean;
  /** By perspective code; codes outside the cohort are ignored. */
  readonly findings: ReadonlyMap<PerspectiveCode, Finding>;
  readonly primary: PrimaryState;
  /** Every perspective ran on one machine. */
  readonly sharedHost: boolean;
  /** The deadline has passed: silence is now an answer, and not a corroborating one. */
  readonly final: boolean;
}

/** Why an attempt does not satisfy the Baseline Requirements. */
export const BASELINE_REASONS = [
  'lab-network',
  'method-ended',
  'monitoring',
  'primary-failed',
  'quorum-not-met',
  'shared-host',
  'too-few-perspectives',
  'too-few-rirs',
  'too-late',
  'too-many-non-corroborations',
] as const;
export type BaselineReason = (typeof BASELINE_REASONS)[number];

/** Where it was looked from makes the answer worthless as evidence, and leaves the verdict of a lab as it is. */
const EVIDENCE_REASONS: readonly BaselineReason[] = ['lab-network', 'shared-host'];

export const baselineReportSchema = z.object({
  satisfied: z.boolean(),
  /** Corroborations of perspectives asked, for instance `5/6`. */
  quorum: z.string(),
  /** Corroborations needed: by the quorum table, or by a stricter quorum the caller asked for. */
  required: z.int(),
  minimumPerspectives: z.int(),
  rirs: z.array(z.enum(RIRS)).readonly(),
  /** What the rules were read from; null for a verdict of a version that did not say. */
  rulebook: rulebookIdentitySchema.nullable().default(null),
  rulesAsOf: z.string(),
  /** Null for a verdict of a version that did not say. */
  primary: primaryStateSchema.nullable().default(null),
  /** Sorted; empty when satisfied. */
  reasons: z.array(z.enum(BASELINE_REASONS)).readonly(),
});
export interface BaselineReport extends Readonly<z.infer<typeof baselineReportSchema>> {}

export interface PendingDecision {
  readonly status: 'pending';
  /** Codes still silent, in cohort order. */
  readonly awaited: readonly PerspectiveCode[];
  readonly primaryAwaited: boolean;
}

export interface SettledDecision {
  readonly status: 'settled';
  readonly isValid: boolean;
  /** Whether no more perspectives failed to complete than the quorum can spare. Silence so far counts as a failure. */
  readonly mpicCompleted: boolean;
  readonly counts: {
    readonly perspectives: number;
    readonly answered: number;
    readonly completed: number;
    readonly passed: number;
    readonly corroborated: number;
  };
  /** In cohort order. */
  readonly corroborating: readonly PerspectiveCode[];
  /** Corroborations of perspectives asked, for instance `5/6`. */
  readonly quorum: string;
  /** Service regions of the corroborating perspectives, sorted. */
  readonly rirs: readonly Rir[];
  readonly baseline: BaselineReport;
}

export type Decision = PendingDecision | SettledDecision;

/** The Open MPIC API asks for two regions as soon as a cohort has more than two members, on any date. */
const OPEN_MPIC_MINIMUM_RIRS = 2;

/** What a perspective amounts to that has not answered. */
export const SILENCE: Finding = { passed: false, corroborates: false, completed: false, allowedNetworks: [] };
const CORROBORATION: Finding = { passed: true, corroborates: true, completed: true, allowedNetworks: [] };

/**
 * Decide what one attempt amounts to so far.
 *
 * It is settled as soon as neither `isValid`, nor whether the rules are met, nor `satisfied` can change whatever the silent
 * ones answer: all only ever gain by a corroboration, so it is enough to compare the worst completion with the best. Monitoring is the
 * exception. Its verdict is known beforehand and its purpose is the report, so it waits for everybody.
 *
 * TLS BR 3.2.2.9 [mpic]: quorum table, minimum of remote perspectives and RIR regions by date. The primary
 * perspective is not counted, and the others cannot outvote it.
 */
export function decide(input: DecisionInput): Decision {
  const members = distinctMembers(input.cohort);
  const worst = judge(input, members, SILENCE, false);
  if (input.final) return worst;

  const awaited = members.filter(({ code }) => !input.findings.has(code)).map(({ code }) => code);
  const primaryAwaited = input.primary.status === 'pending';
  if (awaited.length === 0 && !primaryAwaited) return worst;

  const best = judge(input, members, CORROBORATION, true);
  const canChange =
    best.isValid !== worst.isValid ||
    meetsRules(best.baseline) !== meetsRules(worst.baseline) ||
    best.baseline.satisfied !== worst.baseline.satisfied;
  if (canChange || input.monitoring) return { status: 'pending', awaited, primaryAwaited };

  // The same verdict, without blaming a primary perspective that has not spoken.
  return primaryAwaited ? judge(input, members, SILENCE, true) : worst;
}

/** Whether nothing but the place it was looked from keeps an attempt from satisfying the Baseline Requirements. */
function meetsRules({ reasons }: BaselineReport): boolean {
  return reasons.every((reason) => EVIDENCE_REASONS.includes(reason));
}

/** A perspective listed twice is still one (TLS BR 3.2.2.9 [mpic]: distinct remote perspectives). */
function distinctMembers(cohort: readonly CohortMember[]): readonly CohortMember[] {
  return cohort.filter(({ code }, index) => cohort.findIndex((member) => member.code === code) === index);
}

/** Judge the attempt as if every silent perspective had answered `unanswered` and a pending primary `pendingPrimary`. */
function judge(
  input: DecisionInput,
  members: readonly CohortMember[],
  unanswered: Finding,
  pendingPrimary: boolean,
): SettledDecision {
  const findingOf = ({ code }: CohortMember) => input.findings.get(code) ?? unanswered;
  const passing = members.filter((member) => findingOf(member).passed);
  const corroborating = members.filter((member) => isCorroboration(findingOf(member)));
  const completed = members.filter((member) => findingOf(member).completed).length;
  const primaryFailed = hasPrimaryFailed(input.primary, pendingPrimary);
  const isEvidence = (finding: Finding | undefined) => finding?.allowedNetworks.length === 0;
  const baseline = reportBaseline(input, members.length, primaryFailed, {
    corroborating,
    evident: corroborating.filter((member) => isEvidence(findingOf(member))),
    primaryInLab:
      'code' in input.primary &&
      input.findings.has(input.primary.code) &&
      !isEvidence(input.findings.get(input.primary.code)),
  });

  return {
    status: 'settled',
    isValid: isValid(input, members.length, passing, baseline, primaryFailed),
    mpicCompleted: members.length - completed <= members.length - input.quorumCount,
    counts: {
      perspectives: members.length,
      answered: members.filter(({ code }) => input.findings.has(code)).length,
      completed,
      passed: passing.length,
      corroborated: corroborating.length,
    },
    corroborating: corroborating.map(({ code }) => code),
    quorum: baseline.quorum,
    rirs: baseline.rirs,
    baseline,
  };
}

/** Only an observation that was really made can corroborate, whatever else the result claims. */
function isCorroboration({ passed, corroborates, completed }: Finding): boolean {
  return passed && corroborates && completed;
}

function hasPrimaryFailed(primary: PrimaryState, pendingPrimary: boolean): boolean {
  if (primary.status === 'pending') return !pendingPrimary;
  return primary.status === 'failed';
}

function sortedRirs(members: readonly CohortMember[]): readonly Rir[] {
  return [...new Set(members.map(({ rir }) => rir))].sort();
}

function isValid(
  { policy, quorumCount, monitoring, tooLate }: DecisionInput,
  perspectiveCount: number,
  passing: readonly CohortMember[],
  baseline: BaselineReport,
  primaryFailed: boolean,
): boolean {
  if (tooLate) return false;
  if (policy === 'open-mpic' && monitoring) return true;

  // A quorum of zero is monitoring or a mistake; a mistake must not validate anything.
  const meetsQuorum = passing.length >= Math.max(1, quorumCount);
  if (policy === 'baseline-requirements') return meetsQuorum && meetsRules(baseline);

  const spansRirs = perspectiveCount <= 2 || sortedRirs(passing).length >= OPEN_MPIC_MINIMUM_RIRS;
  return meetsQuorum && spansRirs && !primaryFailed;
}

/** Who corroborates, and who of them does so from a place whose word is evidence. */
interface Corroboration {
  readonly corroborating: readonly CohortMember[];
  readonly evident: readonly CohortMember[];
  readonly primaryInLab: boolean;
}

function reportBaseline(
  { rules, quorumCount, monitoring, methodEnded, tooLate, sharedHost, primary }: DecisionInput,
  perspectiveCount: number,
  primaryFailed: boolean,
  { corroborating, evident, primaryInLab }: Corroboration,
): BaselineReport {
  const allowed = allowedNonCorroborations(perspectiveCount);
  const requiredByTable = perspectiveCount - (allowed ?? 0);
  const required = Math.max(requiredByTable, quorumCount);
  const rirs = sortedRirs(corroborating);
  // A perspective that claims a lab loses its own corroboration and not those of the others.
  const needsLab =
    evident.length < Math.min(corroborating.length, required) ||
    sortedRirs(evident).length < Math.min(rirs.length, rules.minimumRirs);

  const failing: Record<BaselineReason, boolean> = {
    'lab-network': needsLab || primaryInLab,
    'method-ended': methodEnded,
    monitoring,
    'primary-failed': primaryFailed,
    'quorum-not-met': !(corroborating.length >= quorumCount),
    'shared-host': sharedHost,
    'too-few-perspectives': allowed === null || perspectiveCount < rules.minimumPerspectives,
    'too-few-rirs': rirs.length < rules.minimumRirs,
    'too-late': tooLate,
    'too-many-non-corroborations': corroborating.length < requiredByTable,
  };
  const reasons = BASELINE_REASONS.filter((reason) => failing[reason]);
  return {
    satisfied: reasons.length === 0,
    quorum: `${corroborating.length}/${perspectiveCount}`,
    required,
    minimumPerspectives: rules.minimumPerspectives,
    rirs,
    rulesAsOf: rules.asOf,
    rulebook: rulebookIdentity(),
    // One that gave no answer by the deadline has failed.
    primary: 'code' in primary && primaryFailed ? { status: 'failed', code: primary.code } : primary,
    reasons,
  };
}

/**
 * A designated primary perspective passes only with data that its resolver has validated: TLS BR 4.2.2.2.2
 * [dnssec-primary] demands DNSSEC validation there, from 2026-03-15.
 */
export function primaryPasses(
  policy: Policy,
  { primaryDnssecRequired }: DatedRules,
  result: Finding & SeenLookups,
): boolean {
  const needsValidation = policy !== 'open-mpic' && primaryDnssecRequired;
  return isCorroboration(result) && (!needsValidation || isDnssecValidated(result));
}
