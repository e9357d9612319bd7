import type { RequestedCaa } from '../../shared/contract/api/request-schema.ts';
import type { LogicalIssue } from '../../shared/contract/api/validation-issue.ts';
import type { Policy, Target } from '../../shared/domain/check/check.ts';
import {
  describeLabelSets,
  expandLabels,
  labelsOfMethod,
  mechanismOfLabels,
} from '../../shared/domain/dcv/caa-labels.ts';
import { cite } from '../../shared/domain/rules/citation.ts';
import { findMethodIssues } from './dcv-issues.ts';

/**
 * What stands against the labels of a CAA check: they are those of the method by which the order is validated (TLS BR
 * 4.2.2.1.2 [caa-parameters]), so it has to be one method, and one that can validate the target.
 *
 * @param latestEnd when the request could end at the latest.
 */
export function findCaaIssues(
  { validationMethod, validationMethods }: RequestedCaa,
  target: Target,
  policy: Policy,
  latestEnd: Date,
): readonly LogicalIssue[] {
  if (validationMethod === null) return findFreeLabelIssues(validationMethods ?? [], policy);
  const labels = labelsOfMethod(validationMethod);
  const [other] = (validationMethods ?? []).filter((label) => !labels.includes(label));
  if (labels.length === 0) {
    return [
      {
        issue_type: 'invalid-validation-method-labels',
        message: `validation_method ${validationMethod} has no label for CAA; leave it out.`,
      },
    ];
  }
  if (other !== undefined) {
    return [
      {
        issue_type: 'invalid-validation-method-labels',
        message: `validation_methods has ${other}, which does not stand for the validation_method ${validationMethod} (${labels.join(', ')}); leave validation_methods out.`,
      },
    ];
  }
  return findMethodIssues(validationMethod, target, policy, latestEnd);
}

/** Labels without a method: under `open-mpic` they are taken as they are. */
function findFreeLabelIssues(labels: readonly string[], policy: Policy): readonly LogicalIssue[] {
  if (policy === 'open-mpic' || labels.length === 0 || mechanismOfLabels(labels) !== null) return [];
  return [
    {
      issue_type: 'baseline-requirements',
      message: `validation_methods ${labels.join(', ')} are not labels of one method (${cite('caa-parameters')}); send validation_method, or the labels of one of these: ${describeLabelSets()}.`,
    },
  ];
}

/** The labels that the records are compared with; null when the caller said nothing of the method. */
export function settleLabels({
  validationMethod,
  validationMethods,
}: RequestedCaa): readonly string[] | null {
  if (validationMethod !== null) return labelsOfMethod(validationMethod);
  return validationMethods === null ? null : expandLabels(validationMethods);
}
