import type { RequestedDcv } from '../../shared/contract/api/request-schema.ts';
import type { LogicalIssue } from '../../shared/contract/api/validation-issue.ts';
import type {
  AdnPath,
  DcvParameters,
  Policy,
  Target,
  ValidationMethod,
} from '../../shared/domain/check/check.ts';
import { findChallengeAgeProblem } from '../../shared/domain/dcv/challenge-age.ts';
import { findChallengeWeakness } from '../../shared/domain/dcv/challenge-strength.ts';
import { compilePattern } from '../../shared/domain/dcv/http/pattern.ts';
import { planHttpCheck } from '../../shared/domain/dcv/http/plan.ts';
import {
  citeMethod,
  identifierAllowed,
  identifierKindAllowed,
  isMethodEnded,
  METHOD_RULES,
  usesOnlyDns,
} from '../../shared/domain/dcv/methods.ts';
import { planDnsQuestion } from '../../shared/domain/dcv/question.ts';
import { planTlsAlpnCheck } from '../../shared/domain/dcv/tls-alpn/plan.ts';
import { quoteInput } from '../../shared/domain/net/quote.ts';
import { cite } from '../../shared/domain/rules/citation.ts';

/**
 * What stands against a validation before anybody is asked: which method may validate what and until when (TLS BR
 * 3.2.2.4 [dcv] and 3.2.2.5 [ip]), and what its parameters must be.
 *
 * @param latestEnd when the request could end at the latest.
 */
export function findDcvIssues(
  dcv: DcvParameters,
  target: Target,
  policy: Policy,
  latestEnd: Date,
): readonly LogicalIssue[] {
  const [issue] = [
    ...findMethodIssues(dcv.method, target, policy, latestEnd),
    ...findPrefixIssues(dcv, policy),
  ];
  return issue === undefined ? findParameterIssues(dcv, target, policy, latestEnd) : [issue];
}

/** Whether a method can validate the target at all, and may still be used. */
export function findMethodIssues(
  method: ValidationMethod,
  target: Target,
  policy: Policy,
  latestEnd: Date,
): readonly LogicalIssue[] {
  if (!identifierKindAllowed(method, target)) {
    const kinds = METHOD_RULES[method].identifiers.map((kind) => KIND_TEXTS[kind]).join(' or ');
    return [
      {
        issue_type: 'invalid-validation-method-target',
        message: `The method ${method} takes ${kinds}, and the target is ${KIND_TEXTS[target.kind]}; choose another method.`,
      },
    ];
  }
  if (!identifierAllowed(method, target)) {
    return [
      {
        issue_type: 'invalid-validation-method-target',
        message: `The method ${method} cannot validate a wildcard name (${citeMethod(method, target)}); use a DNS method.`,
      },
    ];
  }
  // A rule with a date, which the policy `open-mpic` does not enforce.
  if (policy === 'open-mpic' || !isMethodEnded(method, latestEnd)) return [];
  return [
    {
      issue_type: 'baseline-requirements',
      message: `The method ${method} may not be used from ${METHOD_RULES[method].endsOn} on (${citeMethod(method, target)}); use another method.`,
    },
  ];
}

function findPrefixIssues(dcv: DcvParameters, policy: Policy): readonly LogicalIssue[] {
  if (policy === 'open-mpic') return [];
  const { method } = dcv;
  const prefix = 'namePrefix' in dcv ? dcv.namePrefix : '';
  if (prefix !== '' && method !== 'dns-change') {
    return [
      {
        issue_type: 'baseline-requirements',
        message: `The method ${method} looks at the name itself: leave dns_name_prefix out (${citeMethod(method, { kind: 'domain' })}).`,
      },
    ];
  }
  if (prefix !== '' && !/^_[^.]*$/.test(prefix)) {
    return [
      {
        issue_type: 'baseline-requirements',
        message: `dns_name_prefix ${quoteInput(prefix)} is not one label that starts with an underscore (${cite('dcv-dns-change')}).`,
      },
    ];
  }
  // Of the methods that ask a server, the plan says it.
  const weakness = usesOnlyDns(dcv) ? findChallengeWeakness(dcv) : null;
  return weakness === null
    ? []
    : [{ issue_type: 'baseline-requirements', message: `${method}: ${weakness}.` }];
}

/**
 * What no perspective could use, and, of the methods that ask a server, under the BR what departs from them.
 */
function findParameterIssues(
  dcv: DcvParameters,
  target: Target,
  policy: Policy,
  latestEnd: Date,
): readonly LogicalIssue[] {
  if (usesOnlyDns(dcv)) {
    const asked = planDnsQuestion(target, dcv, latestEnd.getTime());
    return asked.status === 'refused' ? [parameterIssue(asked.error.message)] : [];
  }
  const plan = dcv.method === 'acme-tls-alpn-01' ? planTlsAlpnCheck(target, dcv) : planHttpCheck(target, dcv);
  if (plan.status === 'refused') return [parameterIssue(plan.error.message)];
  const pattern =
    dcv.method === 'website-change' && dcv.matchRegex !== null ? compilePattern(dcv.matchRegex) : null;
  if (pattern?.ok === false) return [parameterIssue(pattern.message)];
  if (policy === 'open-mpic') return [];
  return plan.deviations.map(({ message }) => ({
    issue_type: 'baseline-requirements',
    message: `${message}.`,
  }));
}

/**
 * A challenge that was made too long ago, where the caller says when; under both policies, since nobody has to say it.
 */
export function findAgeIssues(
  { dcv, challengeCreatedAt, challengeType }: RequestedDcv,
  target: Target,
  receivedAt: number,
  latestEnd: Date,
): readonly LogicalIssue[] {
  if (challengeCreatedAt === null) return [];
  const problem = findChallengeAgeProblem({
    method: dcv.method,
    target,
    type: challengeType,
    createdAt: challengeCreatedAt,
    receivedAt,
    usedAt: latestEnd.getTime(),
  });
  return problem === null ? [] : [{ issue_type: 'challenge-expired', message: `${problem}.` }];
}

/** A reverse lookup led from the address applied for to the target: that method may have ended, whatever the other. */
export function findReverseIssues(
  adn: AdnPath | null,
  policy: Policy,
  latestEnd: Date,
): readonly LogicalIssue[] {
  const isReverse = adn?.lookups.some(({ type }) => type === 'PTR') ?? false;
  if (!isReverse || policy === 'open-mpic' || !isMethodEnded('reverse-address-lookup', latestEnd)) return [];
  const { endsOn } = METHOD_RULES['reverse-address-lookup'];
  return [
    {
      issue_type: 'baseline-requirements',
      message: `No address may be validated by its reverse lookup from ${endsOn} on (${cite('ip-reverse')}); use another method.`,
    },
  ];
}

function parameterIssue(message: string): LogicalIssue {
  return { issue_type: 'invalid-dcv-parameters', message: `${message}.` };
}

const KIND_TEXTS: Readonly<Record<Target['kind'], string>> = {
  domain: 'a domain name',
  ip: 'an IP address',
  'reverse-name': 'a name in the reverse zone',
};
