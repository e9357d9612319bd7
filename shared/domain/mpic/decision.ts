import * as z from 'zod';
import type { Policy } from '../check/check.ts';
import { isDnssecValidated, type SeenLookups } from '../check/dnssec-status.ts';
import { type PerspectiveCode, RIRS, type Rir } from '../check/perspective.ts';
import { rulebookIdentity, rulebookIdentitySchema } from '../rules/citation.ts';
import { allowedNonCorroborations, type DatedRules } from '../rules/rules.ts';

/** The members of a perspective's result that the decision uses. */
export interface Finding {
  readonly passed: boolean;
  readonly corroborates: boolean;
  readonly completed: boolean;
  /** Reserved networks that the perspective may connect to, as in a lab: such a result is not evidence. */
  readonly allowedNetworks: readonly string[];
}

/**
 * State of the primary perspective.
 *
 * - `not-declared`: the configuration does not declare it, so it cannot be shown that the others are remote from it.
 * - `site`: the CA's own site with a declared place; the CA makes that check itself, outside this service.
 * - otherwise: one of the configured perspectives, and the result of its check.
 */
export const primaryStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('not-declared') }),
  z.object({ status: z.literal('site'), name: z.string() }),
  z.object({ status: z.enum(['pending', 'passed', 'failed']), code: z.string() }),
]);
export type PrimaryState = Readonly<z.infer<typeof primaryStateSchema>>;

export const cohortMemberSchema = z.object({ code: z.string(), rir: z.enum(RIRS) });
export interface CohortMember extends Readonly<z.infer<typeof cohortMemberSchema>> {}

/** Current state of one attempt. Results of other attempts are excluded (TLS BR 3.2.2.9 [mpic]). */
export interface DecisionInput {
  readonly policy: Policy;
  readonly rules: DatedRules;
  /** The perspectives that received a job. Fixed at dispatch; perspectives that do not respond stay in it. */
  readonly cohort: readonly CohortMember[];
  readonly quorumCount: number;
  /** The caller asked for a quorum of zero: a report of the results, never a corroboration. */
  readonly monitoring: boolean;
  /** The validation method has ended on the day of the rules. */
  readonly methodEnded: boolean;
  /**
   * The decision is made so long after the deadline that the observations are outdated: the attempt ends as not valid.
   */
  readonly tooLate: boolean;
  /** By perspective code; codes outside the cohort are ignored. */
  readonly findings: ReadonlyMap<PerspectiveCode, Finding>;
  readonly primary: PrimaryState;
  /** All perspectives run on one machine. */
  readonly sharedHost: boolean;
  /** The deadline has passed: a perspective without a result counts as a non-corroboration. */
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

/** Reasons about where the perspectives run: the verdict is not evidence, and a lab's `isValid` is unaffected. */
const EVIDENCE_REASONS: readonly BaselineReason[] = ['lab-network', 'shared-host'];

export const baselineReportSchema = z.object({
  satisfied: z.boolean(),
  /** Corroborations out of all perspectives that received a job, for instance `5/6`. */
  quorum: z.string(),
  /** Required corroborations: from the quorum table, or a stricter quorum from the request. */
  required: z.int(),
  minimumPerspectives: z.int(),
  rirs: z.array(z.enum(RIRS)).readonly(),
  /** The rulebook that was used; null for a verdict of an earlier version, which did not record it. */
  rulebook: rulebookIdentitySchema.nullable().default(null),
  rulesAsOf: z.string(),
  /** Null for a verdict of an earlier version, which did not record it. */
  primary: primaryStateSchema.nullable().default(null),
  /** Sorted; empty when satisfied. */
  reasons: z.array(z.enum(BASELINE_REASONS)).readonly(),
});
export interface BaselineReport extends Readonly<z.infer<typeof baselineReportSchema>> {}

export interface PendingDecision {
  readonly status: 'pending';
  /** Codes of perspectives without a result, in cohort order. */
  readonly awaited: readonly PerspectiveCode[];
  readonly primaryAwaited: boolean;
}

export interface SettledDecision {
  readonly status: 'settled';
  readonly isValid: boolean;
  /**
   * Whether the number of perspectives that did not complete is within what the quorum allows. A perspective without a
   * result counts as not complete.
   */
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
  /** Corroborations out of all perspectives that received a job, for instance `5/6`. */
  readonly quorum: string;
  /** Service regions of the corroborating perspectives, sorted. */
  readonly rirs: readonly Rir[];
  readonly baseline: BaselineReport;
}

export type Decision = PendingDecision | SettledDecision;

/** The Open MPIC API requires two regions if a cohort has more than two members, on any date. */
const OPEN_MPIC_MINIMUM_RIRS = 2;

/** The finding for a perspective without a result. */
export const SILENCE: Finding = { passed: false, corroborates: false, completed: false, allowedNetworks: [] };
const CORROBORATION: Finding = { passed: true, corroborates: true, completed: true, allowedNetworks: [] };

/**
 * Decide one attempt from the results so far.
 *
 * The attempt is settled as soon as no missing result can change `isValid`, whether the rules are met, or `satisfied`.
 * A corroboration never makes any of them false, so comparing the worst completion with the best is enough. Monitoring
 * is the exception: its purpose is the report, so it waits for all perspectives.
 *
 * TLS BR 3.2.2.9 [mpic]: quorum table, minimum of remote perspectives and RIR regions by date. The primary perspective
 * is not counted, and the others cannot outvote it.
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

  // The same verdict, but a primary perspective without a result is not reported as failed.
  return primaryAwaited ? judge(input, members, SILENCE, true) : worst;
}

/** Whether an attempt satisfies the Baseline Requirements apart from {@link EVIDENCE_REASONS}. */
function meetsRules({ reasons }: BaselineReport): boolean {
  return reasons.every((reason) => EVIDENCE_REASONS.includes(reason));
}

/** A perspective listed twice counts once (TLS BR 3.2.2.9 [mpic]: distinct remote perspectives). */
function distinctMembers(cohort: readonly CohortMember[]): readonly CohortMember[] {
  return cohort.filter(({ code }, index) => cohort.findIndex((member) => member.code === code) === index);
}

/** Judge the attempt as if every missing result were `unanswered` and a pending primary passed if `pendingPrimary`. */
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

/** Only a completed observation can corroborate, whatever else the result claims. */
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

  // Only monitoring has a quorum of zero; otherwise it is a mistake and must not make an attempt valid.
  const meetsQuorum = passing.length >= Math.max(1, quorumCount);
  if (policy === 'baseline-requirements') return meetsQuorum && meetsRules(baseline);

  const spansRirs = perspectiveCount <= 2 || sortedRirs(passing).length >= OPEN_MPIC_MINIMUM_RIRS;
  return meetsQuorum && spansRirs && !primaryFailed;
}

/** The corroborating perspectives, and those of them whose results are evidence. */
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
  // A perspective that reports lab networks loses its own corroboration, not those of the others.
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
    // A primary without a result at the deadline has failed.
    primary: 'code' in primary && primaryFailed ? { status: 'failed', code: primary.code } : primary,
    reasons,
  };
}

/**
 * A designated primary perspective passes only with data that its resolver validated: TLS BR 4.2.2.2.2 [dnssec-primary]
 * demands DNSSEC validation there from 2026-03-15.
 */
export function primaryPasses(
  policy: Policy,
  { primaryDnssecRequired }: DatedRules,
  result: Finding & SeenLookups,
): boolean {
  const needsValidation = policy !== 'open-mpic' && primaryDnssecRequired;
  return isCorroboration(result) && (!needsValidation || isDnssecValidated(result));
}
