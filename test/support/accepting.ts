import { type AcceptanceRules, acceptRequest } from '../../services/api/accept.ts';
import { parseMpicRequest } from '../../shared/contract/api/request-schema.ts';
import type { ValidationIssue } from '../../shared/contract/api/validation-issue.ts';
import { BUILT_IN_PERSPECTIVES } from '../../shared/contract/settings/perspective-file.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';

/** 2026-11-29 10:00 UTC. */
export const TODAY = Date.UTC(2026, 10, 29, 10);

export const ACCEPTANCE: AcceptanceRules = {
  policy: 'baseline-requirements',
  remotes: BUILT_IN_PERSPECTIVES.perspectives,
  primary: null,
  primarySite: null,
  defaultPerspectiveCount: 6,
  maxAttempts: 1,
  caaDomains: ['ca.example'],
  caaLabelsIgnoreCase: false,
  cohortSecret: 'secret of the tests',
  allowTestNames: true,
  allowedNetworks: [],
  attemptTimeoutMs: 12_000,
  sharedHost: false,
};

export type Acceptance =
  | { readonly ok: true; readonly record: RequestRecord }
  | { readonly ok: false; readonly issues: readonly ValidationIssue[] };

/** The acceptance result of a `POST /mpic` body that arrives at `now`. */
export function tryAccept(body: unknown, rules: Partial<AcceptanceRules> = {}, now = TODAY): Acceptance {
  const settled = { ...ACCEPTANCE, ...rules };
  const parsed = parseMpicRequest(body, settled.policy);
  if (!parsed.ok) return parsed;
  const acceptance = acceptRequest(settled, parsed.request, {
    requestId: '01978f00-0000-7000-8000-000000000001',
    caller: 'anonymous',
    requestDigest: 'd'.repeat(64),
    attemptToken: 'start-of-the-attempt',
    async: false,
    now,
  });
  return acceptance.kind === 'accepted'
    ? { ok: true, record: acceptance.record }
    : { ok: false, issues: acceptance.issues };
}

/** The record of an accepted body; throws if the body is rejected. */
export function acceptBody(body: unknown, rules: Partial<AcceptanceRules> = {}, now = TODAY): RequestRecord {
  const acceptance = tryAccept(body, rules, now);
  if (!acceptance.ok) throw new Error(JSON.stringify(acceptance.issues));
  return acceptance.record;
}

/** The issues of a rejected body as texts: `issue_type: message`, or type and message. */
export function refusalOf(body: unknown, rules: Partial<AcceptanceRules> = {}, now = TODAY): string {
  const acceptance = tryAccept(body, rules, now);
  if (acceptance.ok) throw new Error('accepted');
  return acceptance.issues
    .map((issue) =>
      'issue_type' in issue ? `${issue.issue_type}: ${issue.message}` : `${issue.type}: ${issue.msg}`,
    )
    .join('\n');
}
