import type { LogicalIssue } from '../../shared/contract/api/validation-issue.ts';
import type { ContactsParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import { planContactsQuestion } from '../../shared/domain/dcv/question.ts';
import { FEWEST_FOR_CONTACT } from '../../shared/domain/mpic/judge-contacts.ts';
import type { OrchestrationPlan } from '../../shared/domain/mpic/orchestration.ts';
import { findMethodIssues } from './dcv-issues.ts';

/**
 * What stands against a contacts check: contacts are retrieved for a validation method, which has to take the target and
 * must not have ended.
 *
 * @param latestEnd when the request could end at the latest.
 */
export function findContactsIssues(
  parameters: ContactsParameters,
  target: Target,
  policy: Policy,
  latestEnd: Date,
): readonly LogicalIssue[] {
  const issues = findMethodIssues(parameters.method, target, policy, latestEnd);
  if (issues.length > 0) return issues;
  const plan = planContactsQuestion(target, parameters, latestEnd.getTime());
  return plan.status === 'refused'
    ? [{ issue_type: 'invalid-dcv-parameters', message: `${plan.error.message}.` }]
    : [];
}

/**
 * The plan with a quorum in which no perspective alone can make up a contact: under `open-mpic` one of two would suffice.
 * Monitoring, which corroborates nothing, is rejected.
 */
export function planContactsQuorum(plan: OrchestrationPlan): OrchestrationPlan | LogicalIssue {
  if (plan.monitoring) {
    return {
      issue_type: 'invalid-quorum-count',
      message: `quorum_count 0 asks for monitoring, which corroborates no contact: leave quorum_count out, or ask for ${FEWEST_FOR_CONTACT} or more.`,
    };
  }
  return { ...plan, quorumCount: Math.max(plan.quorumCount, FEWEST_FOR_CONTACT) };
}
