import { type ParsedRequest, parseMpicRequest } from '../../../shared/contract/api/request-schema.ts';
import type { StructuralIssue } from '../../../shared/contract/api/validation-issue.ts';
import type { Policy } from '../../../shared/domain/check/check.ts';

export const CAA = { check_type: 'caa', domain_or_ip_target: 'shop.example' };
export const DNS_01 = { validation_method: 'acme-dns-01', key_authorization_hash: 'q83v' };
export const DCV = { check_type: 'dcv', domain_or_ip_target: 'shop.example', dcv_check_parameters: DNS_01 };

/** The body as it would arrive: through JSON text. */
export function parseJson(text: string, policy: Policy = 'baseline-requirements') {
  return parseMpicRequest(JSON.parse(text), policy);
}

export function accept(body: unknown, policy: Policy = 'baseline-requirements'): ParsedRequest {
  const parsed = parseMpicRequest(body, policy);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.request;
}

export function issuesOf(
  body: unknown,
  policy: Policy = 'baseline-requirements',
): readonly StructuralIssue[] {
  const parsed = parseMpicRequest(body, policy);
  if (parsed.ok) throw new Error('accepted');
  return parsed.issues as readonly StructuralIssue[];
}
