import { caaProperty, txt } from '../../support/fake-resolver.ts';
import { caaRequest } from '../../support/harness.ts';
import { SIX } from '../../support/perspectives.ts';
import { NAME } from '../../support/views.ts';
import type { Sight } from './sight.ts';
import { ask, each, get, type Step, type WireCase } from './wire-case.ts';

const EMAIL_TXT = `TXT _validation-contactemail.${NAME}`;
const EMAIL = 'Hostmaster@shop.example.test';
const OTHER = 'webmaster@shop.example.test';
const [FIRST = '', SECOND = '', THIRD = ''] = SIX;

const email = (...values: string[]): Sight => ({
  script: { [EMAIL_TXT]: values.map((value) => txt(value)) },
});

function contactsRequest(
  method: string,
  changes: Record<string, unknown> = {},
): Readonly<Record<string, unknown>> {
  return {
    check_type: 'contacts',
    domain_or_ip_target: NAME,
    applied_for: NAME,
    contacts_check_parameters: { validation_method: method },
    ...changes,
  };
}

function post(body: unknown, query = '', headers: Record<string, string> = {}): Step {
  const type = { 'content-type': 'application/json' };
  return ask('POST', `/mpic/contacts${query}`, { ...type, ...headers }, JSON.stringify(body));
}

const FOR_EMAIL = contactsRequest('contact-email-txt');

export const CONTACTS_CASES: readonly WireCase[] = [
  {
    name: 'contacts that every perspective sees are corroborated',
    sees: email('webmaster@shop.example.test', 'Hostmaster@SHOP.example.test'),
    steps: [post(FOR_EMAIL)],
  },
  {
    name: 'a contact that one perspective made up is not corroborated',
    sees: email(EMAIL),
    butSees: { [FIRST]: email(EMAIL, 'attacker@evil.example') },
    steps: [post(FOR_EMAIL)],
  },
  {
    name: 'contacts of which two perspectives miss one',
    sees: email(EMAIL, OTHER),
    butSees: each([SECOND, THIRD], email(EMAIL)),
    steps: [post(FOR_EMAIL)],
  },
  {
    name: 'values that are no contacts are listed as malformed',
    sees: email('mail me', 'a@b@c', EMAIL),
    steps: [post(FOR_EMAIL)],
  },
  { name: 'a name without contacts has none', sees: {}, steps: [post(FOR_EMAIL)] },
  {
    name: 'contacts whose lookup fails are not completed',
    sees: { script: { [EMAIL_TXT]: 'refused' } },
    steps: [post(FOR_EMAIL)],
  },
  {
    name: 'telephone contacts in the CAA set of the parent',
    sees: {
      script: {
        'CAA example.test': [caaProperty('contactphone', '+1-555-0100'), caaProperty('issue', 'ca.example')],
      },
    },
    steps: [post(contactsRequest('contact-phone-caa'))],
  },
  {
    name: 'an asynchronous request for contacts is read when it is done',
    sees: email(EMAIL),
    steps: [post(FOR_EMAIL, '?async=true'), get('/mpic/{0}?wait=25')],
  },
  {
    name: 'the key of a request for contacts with the same body at another path is a 422',
    sees: email(EMAIL),
    steps: [
      post(FOR_EMAIL, '', { 'idempotency-key': 'k' }),
      post(FOR_EMAIL, '', { 'idempotency-key': 'k' }),
      ask(
        'POST',
        '/mpic',
        { 'content-type': 'application/json', 'idempotency-key': 'k' },
        JSON.stringify(FOR_EMAIL),
      ),
    ],
  },
  {
    name: 'requests for contacts that are refused',
    sees: email(EMAIL),
    steps: [
      post(contactsRequest('dns-change')),
      post(contactsRequest('contact-email-txt', { domain_or_ip_target: '11.0.0.1', applied_for: undefined })),
      post(contactsRequest('contact-email-txt', { colour: 1 })),
      post(contactsRequest('contact-email-txt', { orchestration_parameters: { quorum_count: 0 } })),
      post(caaRequest()),
      post([]),
      ask('GET', '/mpic/contacts'),
    ],
  },
];
