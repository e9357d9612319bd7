import type { CertificateType, Policy } from '../check/check.ts';
import { citeMpic } from '../rules/citation.ts';
import { allowedNonCorroborations, type DatedRules } from '../rules/rules.ts';

/** The orchestration members of the request; null if absent. */
export interface RequestedOrchestration {
  readonly perspectiveCount: number | null;
  readonly quorumCount: number | null;
  readonly maxAttempts: number | null;
  /** 1-based; forces a single attempt. */
  readonly cohortForSingleAttempt: number | null;
}

export interface OrchestrationInput {
  readonly requested: RequestedOrchestration;
  readonly policy: Policy;
  readonly certificateType: CertificateType;
  readonly rules: DatedRules;
  /** Number of configured remote perspectives, without a designated primary. */
  readonly available: number;
  readonly defaultPerspectiveCount: number;
  /** Server-side limit on attempts, so that a caller cannot try cohorts until one corroborates. */
  readonly maxAttemptsCap: number;
}

export interface OrchestrationPlan {
  readonly perspectiveCount: number;
  /** 0 when monitoring. */
  readonly quorumCount: number;
  readonly maxAttempts: number;
  /** The requested cohort number; null for the first cohort in the first attempt, and so on. */
  readonly cohortNumber: number | null;
  readonly monitoring: boolean;
}

export interface OrchestrationIssue {
  readonly issueType:
    | 'invalid-perspective-count'
    | 'invalid-quorum-count'
    | 'invalid-cohort'
    | 'baseline-requirements';
  /** One sentence with the invalid value and what to do. */
  readonly message: string;
}

export type OrchestrationResult =
  | { readonly ok: true; readonly plan: OrchestrationPlan }
  | { readonly ok: false; readonly issues: readonly OrchestrationIssue[] };

const FEWEST_PERSPECTIVES = 2;

/**
 * Turn the orchestration members of a request into a plan, or report why they are invalid.
 *
 * Under both policies the quorum is checked against the perspective count in use, from the request or the default. A
 * caller may ask for a stricter quorum than the table of TLS BR 3.2.2.9 [mpic], never for a laxer one.
 */
export function planOrchestration(input: OrchestrationInput): OrchestrationResult {
  const { requested, defaultPerspectiveCount } = input;
  const perspectiveCount = requested.perspectiveCount ?? defaultPerspectiveCount;
  const allowed = allowedNonCorroborations(perspectiveCount) ?? 0;

  const countIssue = findCountIssue(perspectiveCount, input);
  // An invalid count makes no quorum valid or invalid.
  const quorumIssue = countIssue === null ? findQuorumIssue(perspectiveCount, allowed, input) : null;
  const issues = [countIssue, quorumIssue, findCohortIssue(requested.cohortForSingleAttempt)].filter(
    (issue) => issue !== null,
  );
  if (issues.length > 0) return { ok: false, issues };

  const quorumCount = requested.quorumCount ?? perspectiveCount - allowed;
  return {
    ok: true,
    plan: {
      perspectiveCount,
      quorumCount,
      maxAttempts: requested.cohortForSingleAttempt === null ? countAttempts(input) : 1,
      cohortNumber: requested.cohortForSingleAttempt,
      monitoring: quorumCount === 0,
    },
  };
}

function countAttempts({ requested, maxAttemptsCap }: OrchestrationInput): number {
  return Math.max(1, Math.min(requested.maxAttempts ?? 1, maxAttemptsCap));
}

function findCountIssue(
  perspectiveCount: number,
  { requested, policy, certificateType, rules, available }: OrchestrationInput,
): OrchestrationIssue | null {
  const subject =
    requested.perspectiveCount === null
      ? `The default perspective count ${perspectiveCount}`
      : `perspective_count ${perspectiveCount}`;
  const isInRange =
    Number.isInteger(perspectiveCount) &&
    perspectiveCount >= FEWEST_PERSPECTIVES &&
    perspectiveCount <= available;

  if (!isInRange) {
    return {
      issueType: 'invalid-perspective-count',
      message:
        available < FEWEST_PERSPECTIVES
          ? `${subject} cannot be served: only ${available} remote perspectives are configured.`
          : `${subject} is not a whole number from ${FEWEST_PERSPECTIVES} to ${available}.`,
    };
  }
  if (policy === 'baseline-requirements' && perspectiveCount < rules.minimumPerspectives) {
    return {
      issueType: 'baseline-requirements',
      message: `${subject} ${explainMinimum(rules, certificateType)}`,
    };
  }
  return null;
}

/** TLS BR 3.2.2.9 [mpic]: the minimum number of remote perspectives, by date. */
function explainMinimum(
  { minimumPerspectives, minimumSince, nextMinimum }: DatedRules,
  certificateType: CertificateType,
): string {
  const next = nextMinimum === null ? '' : `; from ${nextMinimum.from} ${nextMinimum.minimumPerspectives}`;
  return (
    `is below the minimum of ${minimumPerspectives} remote perspectives that ${citeMpic(certificateType)} demands ` +
    `since ${minimumSince}: ask for at least ${minimumPerspectives}${next}.`
  );
}

function findQuorumIssue(
  perspectiveCount: number,
  allowed: number,
  { requested: { quorumCount }, policy, certificateType }: OrchestrationInput,
): OrchestrationIssue | null {
  if (quorumCount === null) return null;
  if (quorumCount === 0) return policy === 'open-mpic' ? null : refuseMonitoring(certificateType);

  const least = perspectiveCount - allowed;
  if (Number.isInteger(quorumCount) && quorumCount >= least && quorumCount <= perspectiveCount) return null;
  return {
    issueType: 'invalid-quorum-count',
    message:
      `quorum_count ${quorumCount} is not a whole number from ${least} to ${perspectiveCount}, ` +
      `the quorum that ${citeMpic(certificateType)} allows for ${perspectiveCount} perspectives.`,
  };
}

function refuseMonitoring(certificateType: CertificateType): OrchestrationIssue {
  return {
    issueType: 'invalid-quorum-count',
    message:
      `quorum_count 0 asks for monitoring, which never satisfies ${citeMpic(certificateType)}: ` +
      'leave quorum_count out, or use a service that runs the open-mpic policy.',
  };
}

function findCohortIssue(cohortNumber: number | null): OrchestrationIssue | null {
  if (cohortNumber === null || (Number.isInteger(cohortNumber) && cohortNumber >= 1)) return null;
  return {
    issueType: 'invalid-cohort',
    message: `cohort_for_single_attempt ${cohortNumber} is not a whole number from 1.`,
  };
}
