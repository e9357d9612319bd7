import {
  type ParsedRequest,
  type RequestedParameters,
  requestedMethod,
} from '../../shared/contract/api/request-schema.ts';
import type { LogicalIssue } from '../../shared/contract/api/validation-issue.ts';
import { cohortSecretAt } from '../../shared/contract/settings/cohort-secret.ts';
import type { AdnPath, Check, Policy, Target } from '../../shared/domain/check/check.ts';
import type { Perspective, PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import { chooseCohorts, selectCohort } from '../../shared/domain/mpic/cohort.ts';
import { latestDecision, type RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import { type OrchestrationPlan, planOrchestration } from '../../shared/domain/mpic/orchestration.ts';
import type { IpNetwork } from '../../shared/domain/net/ip-network.ts';
import { cohortKey, findSpellingProblem, normaliseTarget } from '../../shared/domain/net/target.ts';
import { type DatedRules, rulesOfDay } from '../../shared/domain/rules/rules.ts';
import { findCaaIssues, settleLabels } from './caa-issues.ts';
import { findContactsIssues, planContactsQuorum } from './contacts-issues.ts';
import { findAgeIssues, findDcvIssues, findReverseIssues } from './dcv-issues.ts';
import { readOrder } from './order-issues.ts';

/** What a service is willing to accept; fixed at start. */
export interface AcceptanceRules {
  readonly policy: Policy;
  /** Remote perspectives, a designated primary one not among them. */
  readonly remotes: readonly Perspective[];
  readonly primary: PerspectiveCode | null;
  /** Name of the CA's own site, where that is the declared primary perspective. */
  readonly primarySite: string | null;
  readonly defaultPerspectiveCount: number;
  readonly maxAttempts: number;
  readonly caaDomains: readonly string[];
  /** Whether labels of the CAA parameter `validationmethods` compare without case. */
  readonly caaLabelsIgnoreCase: boolean;
  /** As {@link cohortSecretAt} takes it. */
  readonly cohortSecret: string;
  /** Names under `.test` are targets in local and test installations only. */
  readonly allowTestNames: boolean;
  /** Special-purpose networks that targets may lie in, for labs. */
  readonly allowedNetworks: readonly IpNetwork[];
  readonly attemptTimeoutMs: number;
  /** Every perspective runs in this process. */
  readonly sharedHost: boolean;
}

/** Who asks, and how. */
export interface Submission {
  readonly requestId: string;
  readonly caller: string;
  readonly requestDigest: string;
  readonly attemptToken: string;
  readonly async: boolean;
  /** Unix milliseconds. */
  readonly now: number;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly record: RequestRecord }
  | { readonly kind: 'refused'; readonly issues: readonly LogicalIssue[] };

/**
 * Turn a well-formed request into the record to be stored, or say what stands against it.
 *
 * The rules are those of the day on which the request could end at the latest, so that on the eve of a date the
 * stricter side holds.
 */
export function acceptRequest(
  rules: AcceptanceRules,
  request: ParsedRequest,
  submission: Submission,
): Acceptance {
  const latestEnd = new Date(latestDecision(submission.now, rules.maxAttempts, rules.attemptTimeoutMs));
  const dated = rulesOfDay(latestEnd.toISOString().slice(0, 10));
  const { parameters } = request;
  const target = normaliseTarget(request.target, {
    allowTestNames: rules.allowTestNames,
    checkType: request.checkType,
    method: requestedMethod(parameters),
    allowedNetworks: rules.allowedNetworks,
  });
  if (!target.ok) return refuse({ issue_type: target.code, message: target.message });
  const spelling =
    rules.policy === 'baseline-requirements' ? findSpellingProblem(request.target, target.target) : null;
  if (spelling !== null) return refuse({ issue_type: 'baseline-requirements', message: spelling });

  const order = readOrder(request, target.target, rules);
  if (!order.ok) return refuse(...order.issues);
  const issues = findParameterIssues(rules.policy, parameters, target.target, order.adn, {
    now: submission.now,
    latestEnd,
  });
  if (issues.length > 0) return refuse(...issues);

  const planned = planOrchestration({
    requested: request.orchestration,
    policy: rules.policy,
    certificateType: order.order.certificateType,
    rules: dated,
    available: rules.remotes.length,
    defaultPerspectiveCount: rules.defaultPerspectiveCount,
    maxAttemptsCap: rules.maxAttempts,
  });
  if (!planned.ok) {
    return refuse(...planned.issues.map(({ issueType, message }) => ({ issue_type: issueType, message })));
  }
  const plan = parameters.checkType === 'contacts' ? planContactsQuorum(planned.plan) : planned.plan;
  if ('issue_type' in plan) return refuse(plan);
  const cohorts = planCohorts(rules, plan, target.target, submission.now);
  if ('issue_type' in cohorts) return refuse(cohorts);
  const check = toCheck(rules, request, target.target, order.adn, dated);
  return {
    kind: 'accepted',
    record: {
      ...toRecord(rules, request, submission, plan, cohorts, check, dated),
      order: order.order,
    },
  };
}

function refuse(...issues: readonly LogicalIssue[]): Acceptance {
  return { kind: 'refused', issues };
}

/** What stands against the parameters of the check, by its type. */
function findParameterIssues(
  policy: Policy,
  parameters: RequestedParameters,
  target: Target,
  adn: AdnPath | null,
  { now, latestEnd }: { readonly now: number; readonly latestEnd: Date },
): readonly LogicalIssue[] {
  switch (parameters.checkType) {
    case 'caa':
      return findCaaIssues(parameters, target, policy, latestEnd);
    case 'dcv':
      return [
        ...findDcvIssues(parameters.dcv, target, policy, latestEnd),
        ...findAgeIssues(parameters, target, now, latestEnd),
        ...findReverseIssues(adn, policy, latestEnd),
      ];
    case 'contacts':
      return [
        ...findContactsIssues(parameters.contacts, target, policy, latestEnd),
        ...findReverseIssues(adn, policy, latestEnd),
      ];
  }
}

type Cohort = RequestRecord['cohorts'][number];

/** The cohorts of all attempts, or why there are none. */
function planCohorts(
  rules: AcceptanceRules,
  plan: OrchestrationPlan,
  target: Target,
  now: number,
): readonly Cohort[] | LogicalIssue {
  const all = chooseCohorts({
    perspectives: rules.remotes,
    size: plan.perspectiveCount,
    secret: cohortSecretAt(rules.cohortSecret, now),
    key: cohortKey(target),
  });
  if (all.length === 0) {
    return {
      issue_type: 'invalid-perspective-count',
      message: `The configured perspectives allow no cohort of ${plan.perspectiveCount} that keeps the distance and region rules; ask for fewer.`,
    };
  }
  const toCohort = (perspectives: readonly Perspective[]) =>
    perspectives.map(({ code, rir }) => ({ code, rir }));
  if (plan.cohortNumber === null) return all.slice(0, plan.maxAttempts).map(toCohort);
  const chosen = selectCohort(all, plan.cohortNumber);
  if (chosen !== null) return [toCohort(chosen)];
  return {
    issue_type: 'invalid-cohort',
    message: `cohort_for_single_attempt ${plan.cohortNumber} does not exist: there ${all.length === 1 ? 'is 1 cohort' : `are ${all.length} cohorts`} of ${plan.perspectiveCount}.`,
  };
}

function toCheck(
  rules: AcceptanceRules,
  request: ParsedRequest,
  target: Target,
  adn: AdnPath | null,
  dated: DatedRules,
): Check {
  const { parameters } = request;
  const way = adn === null ? {} : { adn };
  if (parameters.checkType === 'dcv') return { checkType: 'dcv', target, dcv: parameters.dcv, ...way };
  if (parameters.checkType === 'contacts')
    return { checkType: 'contacts', target, contacts: parameters.contacts, ...way };
  const { certificateType, allowLookupFailure, accountUris, validationMethod, enforceLimits } = parameters;
  return {
    checkType: 'caa',
    target,
    caa: {
      certificateType,
      caaDomains: parameters.caaDomains ?? rules.caaDomains,
      allowLookupFailure,
      accountUris,
      validationMethods: settleLabels(parameters),
      validationMethod,
      labelsIgnoreCase: rules.caaLabelsIgnoreCase,
      enforceRfc8657: enforceLimits || (rules.policy === 'baseline-requirements' && dated.rfc8657Required),
    },
  };
}

function toRecord(
  rules: AcceptanceRules,
  request: ParsedRequest,
  submission: Submission,
  plan: OrchestrationPlan,
  cohorts: readonly Cohort[],
  check: Check,
  dated: DatedRules,
): RequestRecord {
  const { requestId, caller, requestDigest, attemptToken, async, now } = submission;
  return {
    requestId,
    caller,
    requestDigest,
    async,
    traceIdentifier: request.traceIdentifier,
    echo: request.echo,
    ignoredMembers: request.ignoredMembers,
    check,
    policy: rules.policy,
    monitoring: plan.monitoring,
    rulesAsOf: dated.asOf,
    quorumCount: plan.quorumCount,
    maxAttempts: plan.maxAttempts,
    cohorts,
    primary: rules.primary,
    primarySite: rules.primarySite,
    sharedHost: rules.sharedHost,
    createdAt: now,
    attemptTimeoutMs: rules.attemptTimeoutMs,
    status: 'running',
    attempt: 1,
    attemptToken,
    attemptStartedAt: now,
    attemptDeadline: now + rules.attemptTimeoutMs,
    verdicts: [],
    completedAt: null,
    published: false,
  };
}
