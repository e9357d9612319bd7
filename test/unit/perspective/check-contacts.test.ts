import { describe, expect, it } from 'vitest';
import { checkContacts } from '../../../services/perspective/check-contacts.ts';
import type { AdnPath, ContactMethod, Policy, Target } from '../../../shared/domain/check/check.ts';
import type { CheckOutcome, ContactsDetails } from '../../../shared/domain/check/check-result.ts';
import { NOW, SHOP, WILDCARD } from '../../support/dcv-checks.ts';
import { caaProperty, cnameTo, createFakeResolver, type Script, txt } from '../../support/fake-resolver.ts';

interface Given {
  readonly method: ContactMethod;
  readonly script?: Script;
  readonly target?: Target;
  readonly policy?: Policy;
  readonly now?: number;
  readonly adn?: AdnPath;
}

async function run({
  method,
  script = {},
  target = SHOP,
  policy = 'baseline-requirements',
  now = NOW,
  adn,
}: Given) {
  const resolver = createFakeResolver(script);
  const outcome = await checkContacts({
    target,
    parameters: { method },
    adn,
    policy,
    resolver,
    deadline: 5_000,
    now,
  });
  return { asked: resolver.asked, outcome };
}

function detailsOf({ details }: CheckOutcome): ContactsDetails {
  if (details.kind !== 'contacts') throw new Error(`details of kind ${details.kind}`);
  return details;
}

const EMAIL_NAME = 'TXT _validation-contactemail.shop.example';

describe('checkContacts', () => {
  it.each<Given & { name: string; asked: string[]; contacts: string[]; foundAt: string }>([
    {
      name: 'email addresses in TXT records',
      method: 'contact-email-txt',
      script: { [EMAIL_NAME]: [txt('b@shop.example'), txt('a@SHOP.example')] },
      asked: [EMAIL_NAME],
      contacts: ['a@shop.example', 'b@shop.example'],
      foundAt: '_validation-contactemail.shop.example',
    },
    {
      name: 'a telephone number in a TXT record of two strings, of a wildcard name',
      method: 'contact-phone-txt',
      target: WILDCARD,
      script: { 'TXT _validation-contactphone.shop.example': [txt('+1-555', '-0100')] },
      asked: ['TXT _validation-contactphone.shop.example'],
      contacts: ['+1-555-0100'],
      foundAt: '_validation-contactphone.shop.example',
    },
    {
      name: 'properties of the CAA set of the name, their tags in any case, others aside',
      method: 'contact-email-caa',
      script: {
        'CAA shop.example': [
          caaProperty('ContactEmail', 'a@shop.example'),
          caaProperty('contactphone', '+15550100'),
          caaProperty('issue', 'ca.example'),
        ],
      },
      asked: ['CAA shop.example'],
      contacts: ['a@shop.example'],
      foundAt: 'shop.example',
    },
    {
      name: 'properties of the CAA set of the parent, where the name has none',
      method: 'contact-phone-caa',
      script: { 'CAA example': [caaProperty('contactphone', '+15550100')] },
      asked: ['CAA shop.example', 'CAA example'],
      contacts: ['+15550100'],
      foundAt: 'example',
    },
  ])('finds $name', async ({ asked, contacts, foundAt, ...given }) => {
    const { outcome, asked: questions } = await run(given);
    expect(questions).toEqual(asked);
    expect(outcome).toMatchObject({ completed: true, passed: true, corroborates: true, errors: [] });
    expect(detailsOf(outcome)).toMatchObject({ contacts, foundAt, malformed: [], valuesTruncated: false });
  });

  it.each<Given & { name: string; asked: string[]; details: Partial<ContactsDetails>; errors: string[] }>([
    {
      name: 'a name without the TXT record',
      method: 'contact-email-txt',
      asked: [EMAIL_NAME],
      details: { contacts: [], foundAt: null },
      errors: ['mpic_error:dcv_checker:lookup'],
    },
    {
      name: 'TXT records of the parent, which are not looked at',
      method: 'contact-email-txt',
      script: { 'TXT _validation-contactemail.example': [txt('a@example')] },
      asked: [EMAIL_NAME],
      details: { contacts: [] },
      errors: ['mpic_error:dcv_checker:lookup'],
    },
    {
      name: 'no CAA set up to the top-level domain',
      method: 'contact-email-caa',
      asked: ['CAA shop.example', 'CAA example'],
      details: { contacts: [], foundAt: null },
      errors: [],
    },
    {
      name: 'a nearer CAA set without the property, which ends the climb',
      method: 'contact-email-caa',
      script: {
        'CAA shop.example': [caaProperty('issue', 'ca.example')],
        'CAA example': [caaProperty('contactemail', 'a@example')],
      },
      asked: ['CAA shop.example'],
      details: { contacts: [], foundAt: 'shop.example' },
      errors: [],
    },
    {
      name: 'values that are not contacts',
      method: 'contact-email-txt',
      script: { [EMAIL_NAME]: [txt('mail me'), txt('a@b@c')] },
      asked: [EMAIL_NAME],
      details: {
        contacts: [],
        malformed: [
          { value: 'a@b@c', problem: 'not-an-email-address' },
          { value: 'mail me', problem: 'not-an-email-address' },
        ],
      },
      errors: [],
    },
  ])('is completed and finds none with $name', async ({ asked, details, errors, ...given }) => {
    const { outcome, asked: questions } = await run(given);
    expect(questions).toEqual(asked);
    expect(outcome).toMatchObject({ completed: true, passed: false, corroborates: false });
    expect(outcome.errors.map(({ type }) => type)).toEqual(errors);
    expect(detailsOf(outcome)).toMatchObject(details);
  });

  it.each<Given & { name: string; asked: string[]; error: string }>([
    ...(['timeout', 'servfail', 'bogus', 'indeterminate', 'truncated'] as const).map((reason) => ({
      name: `the lookup ends as ${reason}`,
      method: 'contact-email-txt' as const,
      script: { [EMAIL_NAME]: reason },
      asked: [EMAIL_NAME],
      error: 'mpic_error:dcv_checker:lookup',
    })),
    {
      name: 'a nearer level fails, whatever the parent has',
      method: 'contact-phone-caa',
      script: { 'CAA shop.example': 'timeout', 'CAA example': [caaProperty('contactphone', '+15550100')] },
      asked: ['CAA shop.example'],
      error: 'mpic_error:dcv_checker:lookup',
    },
    {
      name: 'the method has ended',
      method: 'contact-phone-txt',
      now: Date.UTC(2027, 2, 15),
      asked: [],
      error: 'mpic_error:dcv_checker:method_ended',
    },
    {
      name: 'the target is an IP address',
      method: 'contact-email-txt',
      target: { kind: 'ip', address: '192.0.2.5', family: 4 },
      asked: [],
      error: 'mpic_error:dcv_checker:parameter',
    },
    {
      name: 'the prefix makes the name too long',
      method: 'contact-email-txt',
      target: { kind: 'domain', name: `${'a.'.repeat(120)}example`, wildcard: false },
      asked: [],
      error: 'mpic_error:dcv_checker:parameter',
    },
  ])('is not completed when $name', async ({ asked, error, ...given }) => {
    const { outcome, asked: questions } = await run(given);
    expect(questions).toEqual(asked);
    expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
    expect(outcome.errors.map(({ type }) => type)).toEqual([error]);
    expect(detailsOf(outcome).contacts).toBeNull();
  });

  it('under open-mpic retrieves contacts of an ended method, which do not corroborate', async () => {
    const script = { 'TXT _validation-contactphone.shop.example': [txt('+15550100')] };
    const now = Date.UTC(2027, 2, 15);
    const { outcome } = await run({ method: 'contact-phone-txt', script, now, policy: 'open-mpic' });
    expect(outcome).toMatchObject({ completed: true, passed: true, corroborates: false });
  });

  const adn: AdnPath = {
    wildcard: false,
    lookups: [{ type: 'CNAME', name: 'www.other.example', expected: 'shop.example' }],
  };
  it.each([
    { name: 'leads elsewhere', to: 'evil.example.', asked: ['CNAME www.other.example'], passed: false },
    {
      name: 'leads to the target',
      to: 'shop.example.',
      asked: ['CNAME www.other.example', EMAIL_NAME],
      passed: true,
    },
  ])('looks at the alias of the name applied for first: one that $name', async ({ to, asked, passed }) => {
    const script = { 'CNAME www.other.example': [cnameTo(to)], [EMAIL_NAME]: [txt('a@shop.example')] };
    const { outcome, asked: questions } = await run({ method: 'contact-email-txt', script, adn });
    expect(questions).toEqual(asked);
    expect(outcome.passed).toBe(passed);
    expect(outcome.adnLookups).toHaveLength(1);
  });
});
