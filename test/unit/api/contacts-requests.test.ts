import { describe, expect, it } from 'vitest';
import { type AcceptanceRules, acceptRequest } from '../../../services/api/accept.ts';
import { parseContactsRequest } from '../../../shared/contract/api/request-schema.ts';
import { CONTACT_METHODS, VALIDATION_METHODS } from '../../../shared/domain/check/check.ts';
import { ACCEPTANCE, TODAY } from '../../support/accepting.ts';

const BODY = {
  domain_or_ip_target: 'shop.example.com',
  contacts_check_parameters: { validation_method: 'contact-email-txt' },
};
const using = (method: string) => ({ contacts_check_parameters: { validation_method: method } });

/** What becomes of a body of `POST /mpic/contacts`: its record, or its issues as texts. */
function judge(body: unknown, rules: Partial<AcceptanceRules> = {}, now = TODAY) {
  const settled = { ...ACCEPTANCE, ...rules };
  const parsed = parseContactsRequest(body, settled.policy);
  const outcome = parsed.ok
    ? acceptRequest(settled, parsed.request, {
        requestId: '01978f00-0000-7000-8000-000000000001',
        caller: 'anonymous',
        requestDigest: 'd'.repeat(64),
        attemptToken: 'start',
        async: false,
        now,
      })
    : ({ kind: 'refused', issues: parsed.issues } as const);
  if (outcome.kind === 'accepted') return { record: outcome.record, issues: [] };
  const issues = outcome.issues.map((issue) =>
    'issue_type' in issue ? `${issue.issue_type}: ${issue.message}` : `${issue.type}: ${issue.loc.join('.')}`,
  );
  return { record: null, issues };
}

describe('POST /mpic/contacts takes', () => {
  it.each(CONTACT_METHODS)('a request for %s', (method) => {
    expect(judge({ ...BODY, ...using(method) }).record?.check).toEqual({
      checkType: 'contacts',
      target: { kind: 'domain', name: 'shop.example.com', wildcard: false },
      contacts: { method },
    });
  });

  it('a wildcard name, and the order that it is for', () => {
    const { record } = judge({
      ...BODY,
      domain_or_ip_target: '*.shop.example.com',
      check_type: 'contacts',
      applied_for: '*.shop.example.com',
      order_reference: '4711',
      certificate_type: 's-mime',
    });
    expect(record?.check).toMatchObject({ target: { wildcard: true }, adn: { wildcard: true, lookups: [] } });
    expect(record?.order).toMatchObject({ reference: '4711', certificateType: 's-mime' });
    expect(record?.echo.checkParameters).toEqual({ validation_method: 'contact-email-txt' });
  });

  it('a name that an alias of the name applied for leads to, which every perspective looks up', () => {
    const { record } = judge({
      ...BODY,
      applied_for: 'www.example.net',
      adn_steps: [{ step: 'cname', to: 'shop.example.com' }],
    });
    expect(record?.check).toMatchObject({
      adn: { lookups: [{ type: 'CNAME', name: 'www.example.net', expected: 'shop.example.com' }] },
    });
  });

  it.each([
    { name: 'two perspectives', orchestration: { perspective_count: 2 }, quorum: 2 },
    {
      name: 'two perspectives and a quorum of one',
      orchestration: { perspective_count: 2, quorum_count: 1 },
      quorum: 2,
    },
    { name: 'six perspectives', orchestration: { perspective_count: 6 }, quorum: 4 },
  ])('under open-mpic $name: at least two have to agree', ({ orchestration, quorum }) => {
    const { record } = judge({ ...BODY, orchestration_parameters: orchestration }, { policy: 'open-mpic' });
    expect(record).toMatchObject({ quorumCount: quorum, monitoring: false });
  });
});

describe('POST /mpic/contacts rejects', () => {
  it.each(VALIDATION_METHODS.filter((method) => !CONTACT_METHODS.some((known) => known === method)))(
    'the method %s',
    (method) => {
      expect(judge({ ...BODY, ...using(method) }).issues).toEqual([
        'enum: MpicContactsRequest.contacts_check_parameters.validation_method',
      ]);
    },
  );

  it.each<{ name: string; body: unknown; issue: string; rules?: Partial<AcceptanceRules>; now?: number }>([
    { name: 'a list', body: [], issue: 'model_type: MpicContactsRequest' },
    {
      name: 'no target',
      body: using('contact-email-txt'),
      issue: 'missing: MpicContactsRequest.domain_or_ip_target',
    },
    {
      name: 'no parameters',
      body: { domain_or_ip_target: 'shop.example.com' },
      issue: 'missing: MpicContactsRequest.contacts_check_parameters',
    },
    {
      name: 'another check type',
      body: { ...BODY, check_type: 'caa' },
      issue: 'literal_error: MpicContactsRequest.check_type',
    },
    {
      name: 'parameters of a CAA check',
      body: { ...BODY, caa_check_parameters: {} },
      issue: 'extra_forbidden: MpicContactsRequest.caa_check_parameters',
    },
    {
      name: 'an expected contact',
      body: {
        ...BODY,
        contacts_check_parameters: { validation_method: 'contact-email-txt', challenge_value: 'a@b.example' },
      },
      issue: 'extra_forbidden: MpicContactsRequest.contacts_check_parameters.challenge_value',
    },
    {
      name: 'an IP address',
      body: { ...BODY, domain_or_ip_target: '11.0.0.1' },
      issue: 'invalid-validation-method-target: ',
    },
    {
      name: 'a name of the reverse zone',
      body: { ...BODY, domain_or_ip_target: '1.0.0.11.in-addr.arpa' },
      issue: 'reverse-name-not-allowed: ',
    },
    {
      name: 'a special-use name',
      body: { ...BODY, domain_or_ip_target: 'a.local' },
      issue: 'special-use-name: ',
    },
    {
      name: 'monitoring',
      body: { ...BODY, orchestration_parameters: { quorum_count: 0 } },
      issue: 'invalid-quorum-count: ',
    },
    {
      name: 'monitoring under open-mpic',
      body: { ...BODY, orchestration_parameters: { quorum_count: 0 } },
      issue: 'invalid-quorum-count: quorum_count 0 asks for monitoring',
      rules: { policy: 'open-mpic' },
    },
    {
      name: 'a name that the prefix makes too long',
      body: { ...BODY, domain_or_ip_target: `${'a.'.repeat(119)}example.com` },
      issue: 'invalid-dcv-parameters: contact-email-txt: prefix and target make no domain name',
    },
    {
      name: 'a method on the eve of its end',
      body: { ...BODY, ...using('contact-phone-txt') },
      issue: 'baseline-requirements: The method contact-phone-txt may not be used from 2027-03-15 on',
      now: Date.UTC(2027, 2, 14, 23, 59, 59),
    },
    {
      name: 'a target that is not what was applied for',
      body: { ...BODY, applied_for: 'other.example' },
      issue: 'invalid-applied-for: ',
    },
  ])('$name', ({ body, issue, rules, now }) => {
    const { record, issues } = judge(body, rules, now);
    expect(record).toBeNull();
    expect(issues.join('\n')).toContain(issue);
  });
});
