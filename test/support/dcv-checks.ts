import { expect } from 'vitest';
import { checkDcv } from '../../services/perspective/check-dcv.ts';
import type { DcvParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import type { CheckOutcome, DnsDcvDetails } from '../../shared/domain/check/check-result.ts';
import { createFakeResolver, type Script } from './fake-resolver.ts';
import { dnsOnly } from './network-view.ts';

export const NOW = Date.parse('2026-02-01T00:00:00Z');
export const SHOP: Target = { kind: 'domain', name: 'shop.example', wildcard: false };
export const WILDCARD: Target = { kind: 'domain', name: 'shop.example', wildcard: true };
export const IP: Target = { kind: 'ip', address: '192.0.2.5', family: 4 };
export const HASH = 'lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM';
export const LABEL = '_ujmmovf2vn55tgye';
export const ACCOUNT_URL = 'https://example.com/acme/acct/ExampleAccount';

export const DNS_01: DcvParameters = { method: 'acme-dns-01', keyAuthorizationHash: HASH };
export const ACCOUNT_01: DcvParameters = {
  method: 'dns-account-01',
  keyAuthorizationHash: HASH,
  accountUri: ACCOUNT_URL,
};
export const CHANGE = {
  method: 'dns-change',
  challengeValue: 'rv-81-5xqnwz7gk2mtha4.ca.example',
  recordType: 'TXT',
  namePrefix: '_dcv',
  requireExactMatch: false,
  requireExactCase: true,
} as const satisfies DcvParameters;
export const CHANGE_CNAME = { ...CHANGE, recordType: 'CNAME', requireExactCase: false } as const;
export const CHANGE_CAA = { ...CHANGE, recordType: 'CAA', requireExactCase: false } as const;
export const EMAIL_TXT: DcvParameters = { method: 'contact-email-txt', challengeValue: 'dns@shop.example' };
export const PHONE_TXT: DcvParameters = { method: 'contact-phone-txt', challengeValue: '+1-555-0100' };
export const EMAIL_CAA = {
  method: 'contact-email-caa',
  challengeValue: 'dns@shop.example',
  namePrefix: '',
} as const;
export const PHONE_CAA = {
  method: 'contact-phone-caa',
  challengeValue: '+1-555-0100',
  namePrefix: '',
} as const;
export const ADDRESS = {
  method: 'ip-address',
  challengeValue: '2001:DB8::5',
  recordType: 'AAAA',
  namePrefix: '',
} as const;
export const REVERSE = {
  method: 'reverse-address-lookup',
  challengeValue: 'shop.example.',
  namePrefix: '',
} as const;
export const PERSISTENT = {
  method: 'dns-persistent',
  issuerDomainNames: ['ca.example'],
  expectedAccountUri: 'https://ca.example/acct/1',
  requireWildcardPolicy: false,
} as const;

export interface Given {
  readonly target?: Target;
  readonly parameters: DcvParameters;
  readonly script?: Script;
  readonly policy?: Policy;
  readonly now?: number;
}

export function run({
  target = SHOP,
  parameters,
  script = {},
  policy = 'baseline-requirements',
  now = NOW,
}: Given) {
  const resolver = createFakeResolver(script);
  const outcome = checkDcv({
    target,
    parameters,
    policy,
    view: dnsOnly(resolver),
    deadline: 5_000,
    monotonic: () => 0,
    now,
  });
  return { resolver, outcome };
}

export function dnsDetails(outcome: CheckOutcome): DnsDcvDetails {
  if (outcome.details.kind !== 'dns') throw new Error(`details of kind ${outcome.details.kind}`);
  return outcome.details;
}

export type Verdict = 'corroborates' | 'passes' | 'fails';

export function verdictOf({ completed, passed, corroborates, errors }: CheckOutcome): Verdict {
  expect({ completed, errors }).toEqual({ completed: true, errors: [] });
  if (corroborates) expect(passed).toBe(true);
  if (corroborates) return 'corroborates';
  return passed ? 'passes' : 'fails';
}
