import { addressRecord, caaProperty, ptrTo, txt } from '../../support/fake-resolver.ts';
import { NAME } from '../../support/views.ts';
import { type DcvRow, toDcvCase } from './dcv-row.ts';

const EMAIL = 'hostmaster@shop.example.test';
const PHONE = '+1-555-0100';
const contact = (method: string, value: string, more: Record<string, unknown> = {}) => ({
  validation_method: `contact-${method}`,
  challenge_value: value,
  ...more,
});
const EMAIL_TXT = `TXT _validation-contactemail.${NAME}`;
const PHONE_TXT = `TXT _validation-contactphone.${NAME}`;
const address = (type: string, value: string) => ({
  validation_method: 'ip-address',
  dns_record_type: type,
  challenge_value: value,
});
const reverse = (value: string) => ({ validation_method: 'reverse-address-lookup', challenge_value: value });
const REVERSE_NAME = '1.0.0.11.in-addr.arpa';
const caa = (tag: string, value: string) => ({ type: 'CAA', caa: { flags: 0, tag, value } }) as const;
/** Before the method ended. */
const WHILE_IP_ADDRESS = Date.UTC(2026, 1, 1);

const ROWS: readonly DcvRow[] = [
  {
    name: 'contact-email-txt with its address passes',
    parameters: contact('email-txt', EMAIL),
    sees: { script: { [EMAIL_TXT]: [txt(EMAIL)] } },
  },
  {
    name: 'contact-email-txt with its domain in capitals passes',
    parameters: contact('email-txt', EMAIL),
    sees: { script: { [EMAIL_TXT]: [txt('hostmaster@SHOP.example.test')] } },
  },
  {
    name: 'contact-email-txt with another address fails',
    parameters: contact('email-txt', EMAIL),
    sees: { script: { [EMAIL_TXT]: [txt('attacker@shop.example.test')] } },
  },
  { name: 'contact-email-txt without a record fails', parameters: contact('email-txt', EMAIL) },
  {
    name: 'contact-email-txt whose lookup fails is not completed',
    parameters: contact('email-txt', EMAIL),
    sees: { script: { [EMAIL_TXT]: 'refused' } },
  },
  {
    name: 'contact-phone-txt with its number passes',
    parameters: contact('phone-txt', PHONE),
    sees: { script: { [PHONE_TXT]: [txt(PHONE)] } },
  },
  {
    name: 'contact-phone-txt with another number fails',
    parameters: contact('phone-txt', PHONE),
    sees: { script: { [PHONE_TXT]: [txt('+1-555-0199')] } },
  },
  { name: 'contact-phone-txt without a record fails', parameters: contact('phone-txt', PHONE) },
  {
    name: 'contact-phone-txt whose lookup fails is not completed',
    parameters: contact('phone-txt', PHONE),
    sees: { script: { [PHONE_TXT]: 'servfail' } },
  },
  {
    name: 'contact-email-caa with its property passes',
    parameters: contact('email-caa', EMAIL),
    sees: { script: { [`CAA ${NAME}`]: [caaProperty('contactemail', EMAIL)] } },
  },
  {
    name: 'contact-email-caa with its property at the parent passes',
    parameters: contact('email-caa', EMAIL),
    sees: { zone: { 'example.test': [caa('contactemail', EMAIL)] } },
  },
  {
    name: 'contact-email-caa with another address fails',
    parameters: contact('email-caa', EMAIL),
    sees: { script: { [`CAA ${NAME}`]: [caaProperty('contactemail', 'attacker@shop.example.test')] } },
  },
  {
    name: 'contact-email-caa with a set that has no contact fails',
    parameters: contact('email-caa', EMAIL),
    sees: { zone: { [NAME]: [caa('issue', 'ca.example')], 'example.test': [caa('contactemail', EMAIL)] } },
  },
  { name: 'contact-email-caa without records fails', parameters: contact('email-caa', EMAIL) },
  {
    name: 'contact-email-caa whose lookup fails is not completed',
    parameters: contact('email-caa', EMAIL),
    sees: { script: { [`CAA ${NAME}`]: 'bogus' } },
  },
  {
    name: 'contact-email-caa with a prefix under open-mpic',
    policy: 'open-mpic',
    parameters: contact('email-caa', EMAIL, { dns_name_prefix: '_x' }),
    sees: { script: { [`CAA _x.${NAME}`]: [caaProperty('contactemail', EMAIL)] } },
  },
  {
    name: 'contact-phone-caa with its property passes',
    parameters: contact('phone-caa', PHONE),
    sees: { script: { [`CAA ${NAME}`]: [caaProperty('contactphone', PHONE)] } },
  },
  {
    name: 'contact-phone-caa with another number fails',
    parameters: contact('phone-caa', PHONE),
    sees: { script: { [`CAA ${NAME}`]: [caaProperty('contactphone', '+1-555-0199')] } },
  },
  { name: 'contact-phone-caa without records fails', parameters: contact('phone-caa', PHONE) },
  {
    name: 'contact-phone-caa whose lookup fails is not completed',
    parameters: contact('phone-caa', PHONE),
    sees: { script: { [`CAA ${NAME}`]: 'timeout' } },
  },
  {
    name: 'ip-address with its address passed before its end',
    startsAt: WHILE_IP_ADDRESS,
    parameters: address('A', '11.0.0.1'),
    sees: { script: { [`A ${NAME}`]: [addressRecord('A', '11.0.0.1')] } },
  },
  {
    name: 'ip-address with an IPv6 address in another form passed before its end',
    startsAt: WHILE_IP_ADDRESS,
    parameters: address('AAAA', '2A00:1450:4001:0::1'),
    sees: { script: { [`AAAA ${NAME}`]: [addressRecord('AAAA', '2a00:1450:4001::1')] } },
  },
  {
    name: 'ip-address with another address failed before its end',
    startsAt: WHILE_IP_ADDRESS,
    parameters: address('A', '11.0.0.1'),
    sees: { script: { [`A ${NAME}`]: [addressRecord('A', '11.0.0.2')] } },
  },
  {
    name: 'ip-address without an address failed before its end',
    startsAt: WHILE_IP_ADDRESS,
    parameters: address('A', '11.0.0.1'),
  },
  {
    name: 'ip-address whose lookup fails was not completed before its end',
    startsAt: WHILE_IP_ADDRESS,
    parameters: address('A', '11.0.0.1'),
    sees: { script: { [`A ${NAME}`]: 'servfail' } },
  },
  {
    name: 'ip-address after its end under open-mpic',
    policy: 'open-mpic',
    parameters: address('A', '11.0.0.1'),
    sees: { script: { [`A ${NAME}`]: [addressRecord('A', '11.0.0.1')] } },
  },
  { name: 'ip-address after its end is refused', parameters: address('A', '11.0.0.1') },
  {
    name: 'reverse-address-lookup of an address passes',
    target: '11.0.0.1',
    parameters: reverse('web.shop.test'),
    sees: { script: { [`PTR ${REVERSE_NAME}`]: [ptrTo('Web.shop.test.')] } },
  },
  {
    name: 'reverse-address-lookup of a reverse name passes',
    target: REVERSE_NAME,
    changes: { applied_for: undefined },
    parameters: reverse('web.shop.test.'),
    sees: { script: { [`PTR ${REVERSE_NAME}`]: [ptrTo('web.shop.test.')] } },
  },
  {
    name: 'reverse-address-lookup of an IPv6 address passes',
    target: '2a00:1450:4001::1',
    parameters: reverse('web.shop.test'),
    sees: {
      script: {
        'PTR 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.4.0.5.4.1.0.0.a.2.ip6.arpa': [
          ptrTo('web.shop.test.'),
        ],
      },
    },
  },
  {
    name: 'reverse-address-lookup with another name fails',
    target: '11.0.0.1',
    parameters: reverse('web.shop.test'),
    sees: { script: { [`PTR ${REVERSE_NAME}`]: [ptrTo('other.shop.test.')] } },
  },
  {
    name: 'reverse-address-lookup without a name fails',
    target: '11.0.0.1',
    parameters: reverse('web.shop.test'),
  },
  {
    name: 'reverse-address-lookup whose lookup fails is not completed',
    target: '11.0.0.1',
    parameters: reverse('web.shop.test'),
    sees: { script: { [`PTR ${REVERSE_NAME}`]: 'servfail' } },
  },
  { name: 'reverse-address-lookup of a plain name is refused', parameters: reverse('web.shop.test') },
];

export const DNS_CONTACT_CASES = ROWS.map(toDcvCase);
