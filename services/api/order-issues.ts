import type { ParsedRequest } from '../../shared/contract/api/request-schema.ts';
import type { LogicalIssue, LogicalIssueType } from '../../shared/contract/api/validation-issue.ts';
import type { AdnPath, CertificateType, Policy, Target } from '../../shared/domain/check/check.ts';
import { type AppliedFor, replayAdn } from '../../shared/domain/dcv/adn.ts';
import type { OrderFacts } from '../../shared/domain/mpic/lifecycle.ts';
import { baseDomainName } from '../../shared/domain/net/base-domain.ts';
import {
  checkedIdentifier,
  findSpellingProblem,
  normaliseTarget,
  type TargetRules,
} from '../../shared/domain/net/target.ts';
import { cite } from '../../shared/domain/rules/citation.ts';

/** The order of a request, and for a validation what perspectives have to look at of the way to its target. */
export type OrderReading =
  | { readonly ok: true; readonly order: OrderFacts; readonly adn: AdnPath | null }
  | { readonly ok: false; readonly issues: readonly LogicalIssue[] };

/**
 * Read what the caller says of the order. What was applied for has to be what is checked, or to lead there by steps that
 * the method allows (TLS BR 3.2.2.4 [adn]); where the caller says nothing, nothing is known and nothing is held against
 * the request.
 */
export function readOrder(
  { order, parameters }: ParsedRequest,
  target: Target,
  rules: Pick<TargetRules, 'allowTestNames' | 'allowedNetworks'> & { readonly policy: Policy },
): OrderReading {
  const certificateType = certificateTypeOf(order.certificateType, parameters);
  if (certificateType === 's-mime' && target.kind !== 'domain') {
    return refuse(
      'invalid-certificate-type',
      `certificate_type s-mime and an IP address do not go together: ${cite('smime-domain')} validates domains; send the domain.`,
    );
  }
  const facts = { reference: order.reference, certificateType };
  if (order.appliedFor === null) {
    return order.adnSteps === null
      ? { ok: true, order: { ...facts, appliedFor: null, adnSteps: null }, adn: null }
      : refuse(
          'invalid-applied-for',
          'adn_steps lead from applied_for to the target: send applied_for, too.',
        );
  }

  const { checkType } = parameters;
  const read = normaliseTarget(order.appliedFor, { ...rules, checkType });
  if (!read.ok) return refuse('invalid-applied-for', `applied_for: ${read.message}`);
  const appliedFor = read.target;
  const spelling =
    rules.policy === 'baseline-requirements' ? findSpellingProblem(order.appliedFor, appliedFor) : null;
  if (spelling !== null) return refuse('baseline-requirements', `applied_for: ${spelling}`);
  // Names of the reverse zones are refused above: no certificate has one.
  if (appliedFor.kind === 'reverse-name') throw new TypeError('a reverse name cannot be applied for');
  const identified = { ...facts, appliedFor: checkedIdentifier(appliedFor) };

  if (parameters.checkType === 'caa') {
    return identified.appliedFor === checkedIdentifier(target)
      ? { ok: true, order: { ...identified, adnSteps: null }, adn: null }
      : refuse(
          'invalid-applied-for',
          `applied_for is ${identified.appliedFor}, and CAA is checked for ${checkedIdentifier(target)}: it is checked for each name of the certificate itself (${cite(certificateType === 's-mime' ? 'smime-caa' : 'caa')}).`,
        );
  }
  const steps = order.adnSteps ?? [];
  const replayed = replayAdn({
    appliedFor,
    target,
    method: parameters.checkType === 'dcv' ? parameters.dcv.method : parameters.contacts.method,
    steps,
    baseDomainName,
  });
  if (!replayed.ok) return refuse(...describeRefusal(replayed));
  return {
    ok: true,
    order: { ...identified, adnSteps: steps },
    adn: { wildcard: isWildcard(appliedFor), lookups: replayed.lookups },
  };
}

function certificateTypeOf(
  given: CertificateType | null,
  parameters: ParsedRequest['parameters'],
): CertificateType {
  return parameters.checkType === 'caa' ? parameters.certificateType : (given ?? 'tls-server');
}

function isWildcard(appliedFor: AppliedFor): boolean {
  return appliedFor.kind === 'domain' && appliedFor.wildcard;
}

function describeRefusal({
  at,
  message,
}: {
  readonly at: number | null;
  readonly message: string;
}): [LogicalIssueType, string] {
  return at === null
    ? ['invalid-applied-for', `${message}.`]
    : ['invalid-adn-steps', `adn_steps[${at}]: ${message}.`];
}

function refuse(issueType: LogicalIssueType, message: string): OrderReading {
  return { ok: false, issues: [{ issue_type: issueType, message }] };
}
