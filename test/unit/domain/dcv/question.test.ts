import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DnsDcvParameters,
  MAX_NAME_LENGTH,
  type Target,
} from '../../../../shared/domain/check/check.ts';
import { planDnsQuestion } from '../../../../shared/domain/dcv/question.ts';
import { isQueryName } from '../../../../shared/domain/dns/dns-name.ts';

const NOW = Date.parse('2026-02-01T00:00:00Z');
const SHOP: Target = { kind: 'domain', name: 'shop.example', wildcard: false };
const WILDCARD: Target = { kind: 'domain', name: 'shop.example', wildcard: true };
const IPV4: Target = { kind: 'ip', address: '192.0.2.5', family: 4 };
const IPV6: Target = { kind: 'ip', address: '2001:db8::5', family: 6 };
const REVERSE: Target = {
  kind: 'reverse-name',
  name: '5.2.0.192.in-addr.arpa',
  address: '192.0.2.5',
  family: 4,
};
const IPV6_REVERSE = '5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa';

const HASH = 'lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM';
const DNS_01: DnsDcvParameters = { method: 'acme-dns-01', keyAuthorizationHash: HASH };
const ACCOUNT_01: DnsDcvParameters = {
  method: 'dns-account-01',
  keyAuthorizationHash: HASH,
  accountUri: 'https://example.com/acme/acct/ExampleAccount',
};
const PERSISTENT: DnsDcvParameters = {
  method: 'dns-persistent',
  issuerDomainNames: ['ca.example'],
  expectedAccountUri: 'https://ca.example/acct/1',
  requireWildcardPolicy: false,
};

function change(namePrefix: string, recordType: 'TXT' | 'CNAME' | 'CAA' = 'TXT'): DnsDcvParameters {
  return {
    method: 'dns-change',
    challengeValue: 'rv-81-5xqnwz7gk2mtha4',
    recordType,
    namePrefix,
    requireExactMatch: false,
    requireExactCase: true,
  };
}

function contact(method: 'contact-email-txt' | 'contact-phone-txt'): DnsDcvParameters {
  return { method, challengeValue: 'x' };
}

function contactCaa(method: 'contact-email-caa' | 'contact-phone-caa', namePrefix = ''): DnsDcvParameters {
  return { method, challengeValue: 'x', namePrefix };
}

const address = (recordType: 'A' | 'AAAA', namePrefix = ''): DnsDcvParameters => ({
  method: 'ip-address',
  challengeValue: '192.0.2.5',
  recordType,
  namePrefix,
});

const reverse = (namePrefix = ''): DnsDcvParameters => ({
  method: 'reverse-address-lookup',
  challengeValue: 'shop.example',
  namePrefix,
});

describe('planDnsQuestion: names and types', () => {
  it.each<{ name: string; target: Target; parameters: DnsDcvParameters; asks: string[] }>([
    { name: 'acme-dns-01', target: SHOP, parameters: DNS_01, asks: ['TXT _acme-challenge.shop.example'] },
    {
      name: 'a wildcard name without its asterisk',
      target: WILDCARD,
      parameters: DNS_01,
      asks: ['TXT _acme-challenge.shop.example'],
    },
    {
      name: 'dns-account-01',
      target: SHOP,
      parameters: ACCOUNT_01,
      asks: ['TXT _ujmmovf2vn55tgye._acme-challenge.shop.example'],
    },
    {
      name: 'dns-persistent for a name',
      target: SHOP,
      parameters: PERSISTENT,
      asks: ['TXT _validation-persist.shop.example'],
    },
    {
      name: 'dns-persistent for IPv4',
      target: IPV4,
      parameters: PERSISTENT,
      asks: ['TXT _ip-validation-persist.5.2.0.192.in-addr.arpa'],
    },
    {
      name: 'dns-persistent for IPv6',
      target: IPV6,
      parameters: PERSISTENT,
      asks: [`TXT _ip-validation-persist.${IPV6_REVERSE}`],
    },
    {
      name: 'dns-change at the name itself',
      target: SHOP,
      parameters: change(''),
      asks: ['TXT shop.example'],
    },
    {
      name: 'dns-change below a prefix',
      target: SHOP,
      parameters: change('_dcv', 'CNAME'),
      asks: ['CNAME _dcv.shop.example'],
    },
    {
      name: 'dns-change with CAA, without a climb',
      target: SHOP,
      parameters: change('', 'CAA'),
      asks: ['CAA shop.example'],
    },
    {
      name: 'a prefix in capitals',
      target: SHOP,
      parameters: change('_DCV'),
      asks: ['TXT _dcv.shop.example'],
    },
    {
      name: 'contact-email-txt',
      target: SHOP,
      parameters: contact('contact-email-txt'),
      asks: ['TXT _validation-contactemail.shop.example'],
    },
    {
      name: 'contact-phone-txt',
      target: SHOP,
      parameters: contact('contact-phone-txt'),
      asks: ['TXT _validation-contactphone.shop.example'],
    },
    {
      name: 'contact-email-caa with a climb',
      target: SHOP,
      parameters: contactCaa('contact-email-caa'),
      asks: ['CAA shop.example', 'CAA example'],
    },
    {
      name: 'contact-phone-caa with a climb',
      target: SHOP,
      parameters: contactCaa('contact-phone-caa'),
      asks: ['CAA shop.example', 'CAA example'],
    },
    {
      name: 'a climb from the prefix',
      target: SHOP,
      parameters: contactCaa('contact-email-caa', 'www'),
      asks: ['CAA www.shop.example', 'CAA shop.example', 'CAA example'],
    },
    { name: 'ip-address', target: SHOP, parameters: address('AAAA'), asks: ['AAAA shop.example'] },
    {
      name: 'the reverse name of an IPv4 address',
      target: IPV4,
      parameters: reverse(),
      asks: ['PTR 5.2.0.192.in-addr.arpa'],
    },
    {
      name: 'the reverse name of an IPv6 address',
      target: IPV6,
      parameters: reverse(),
      asks: [`PTR ${IPV6_REVERSE}`],
    },
    {
      name: 'a reverse name as given',
      target: REVERSE,
      parameters: reverse(),
      asks: ['PTR 5.2.0.192.in-addr.arpa'],
    },
  ])('plans $name', ({ target, parameters, asks }) => {
    const plan = planDnsQuestion(target, parameters, NOW);
    const question = plan.status === 'planned' ? plan.question : null;
    expect(question?.names.map((name) => `${question.type} ${name}`)).toEqual(asks);
    expect(question?.climbs).toBe(parameters.method.endsWith('-caa'));
  });
});

describe('planDnsQuestion: limits', () => {
  const label = (length: number) => 'a'.repeat(length);
  const longName = (length: number) => {
    const name = `${`${label(60)}.`.repeat(4)}`;
    return `${name}${label(length - name.length)}`;
  };
  const named = (name: string): Target => ({ kind: 'domain', name, wildcard: false });
  const room = MAX_NAME_LENGTH - '_v.'.length;

  it.each<{ name: string; target: Target; parameters: DnsDcvParameters; accepted: boolean }>([
    {
      name: '253 characters with the prefix',
      target: named(longName(room)),
      parameters: change('_v'),
      accepted: true,
    },
    {
      name: '254 characters with the prefix',
      target: named(longName(room + 1)),
      parameters: change('_v'),
      accepted: false,
    },
    {
      name: '253 characters without a prefix',
      target: named(longName(MAX_NAME_LENGTH)),
      parameters: change(''),
      accepted: true,
    },
    {
      name: 'a fixed prefix that makes the name too long',
      target: named(longName(MAX_NAME_LENGTH)),
      parameters: DNS_01,
      accepted: false,
    },
    { name: 'a prefix of 63 octets', target: SHOP, parameters: change(`_${label(62)}`), accepted: true },
    { name: 'a prefix of 64 octets', target: SHOP, parameters: change(`_${label(63)}`), accepted: false },
    { name: 'a prefix with an empty label', target: SHOP, parameters: change('_a..b'), accepted: false },
    { name: 'a prefix with a final dot', target: SHOP, parameters: change('_a.'), accepted: false },
    { name: 'a prefix with a space', target: SHOP, parameters: change('_a b'), accepted: false },
    { name: 'a prefix with an asterisk', target: SHOP, parameters: change('*'), accepted: false },
    { name: 'a non-ASCII prefix', target: SHOP, parameters: change('_ä'), accepted: false },
    { name: 'a prefix with a Kelvin sign', target: SHOP, parameters: change('_\u212a'), accepted: false },
    { name: 'a prefix with an escape', target: SHOP, parameters: change('_a\\046b'), accepted: false },
    { name: 'an address for acme-dns-01', target: IPV4, parameters: DNS_01, accepted: false },
    { name: 'an address for dns-account-01', target: IPV6, parameters: ACCOUNT_01, accepted: false },
    { name: 'an address for dns-change', target: IPV4, parameters: change(''), accepted: false },
    { name: 'an address for ip-address', target: IPV4, parameters: address('A'), accepted: false },
    {
      name: 'an address for a contact',
      target: IPV4,
      parameters: contact('contact-email-txt'),
      accepted: false,
    },
    { name: 'a name for a reverse lookup', target: SHOP, parameters: reverse(), accepted: false },
    { name: 'a reverse name for dns-change', target: REVERSE, parameters: change(''), accepted: false },
    { name: 'a reverse name for dns-persistent', target: REVERSE, parameters: PERSISTENT, accepted: false },
    {
      name: 'an invalid address',
      target: { ...IPV4, address: '1.2.3' },
      parameters: reverse(),
      accepted: false,
    },
    {
      name: 'an empty hash',
      target: SHOP,
      parameters: { ...DNS_01, keyAuthorizationHash: '' },
      accepted: false,
    },
    {
      name: 'an empty account',
      target: SHOP,
      parameters: { ...ACCOUNT_01, accountUri: '' },
      accepted: false,
    },
    {
      name: 'an empty challenge value',
      target: SHOP,
      parameters: { ...change(''), challengeValue: '' },
      accepted: false,
    },
    {
      name: 'a lone surrogate',
      target: SHOP,
      parameters: { ...change(''), challengeValue: 'a\udc00' },
      accepted: false,
    },
    {
      name: 'no issuer name',
      target: SHOP,
      parameters: { ...PERSISTENT, issuerDomainNames: [] },
      accepted: false,
    },
    {
      name: 'an empty issuer name',
      target: SHOP,
      parameters: { ...PERSISTENT, issuerDomainNames: ['a', ''] },
      accepted: false,
    },
  ] as { name: string; target: Target; parameters: DnsDcvParameters; accepted: boolean }[])(
    '$name: accepted $accepted',
    ({ target, parameters, accepted }) => {
      const plan = planDnsQuestion(target, parameters, NOW);
      expect(plan.status).toBe(accepted ? 'planned' : 'refused');
      if (plan.status === 'refused') expect(plan.error.type).toBe('mpic_error:dcv_checker:parameter');
    },
  );

  it.each<{ name: string; target: Target; parameters: DnsDcvParameters; says: string }>([
    {
      name: 'an address',
      target: IPV4,
      parameters: change(''),
      says: 'dns-change cannot validate an IP address',
    },
    {
      name: 'a name',
      target: SHOP,
      parameters: reverse(),
      says: 'reverse-address-lookup cannot validate a domain name',
    },
    {
      name: 'a name in a reverse zone',
      target: REVERSE,
      parameters: change(''),
      says: 'dns-change cannot validate a name in a reverse zone',
    },
    {
      name: 'an invalid address',
      target: { ...IPV4, address: '1.2.3' },
      parameters: reverse(),
      says: 'the target is no IP address',
    },
    {
      name: 'an empty value',
      target: SHOP,
      parameters: { ...DNS_01, keyAuthorizationHash: '' },
      says: 'acme-dns-01: the key authorization hash is empty or no valid text',
    },
    {
      name: 'a prefix that makes the name invalid',
      target: SHOP,
      parameters: change('_a b'),
      says: 'dns-change: prefix and target make no domain name of at most 253 characters',
    },
  ])('states why it rejects $name', ({ target, parameters, says }) => {
    expect(planDnsQuestion(target, parameters, NOW)).toEqual({
      status: 'refused',
      error: { type: 'mpic_error:dcv_checker:parameter', message: says },
    });
  });

  it('plans only valid names for any prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (prefix) => {
        const plan = planDnsQuestion(SHOP, change(prefix), NOW);
        return plan.status === 'refused' || plan.question.names.every(isQueryName);
      }),
    );
  });
});

describe('planDnsQuestion: deviations from the Baseline Requirements', () => {
  it.each<{
    name: string;
    target?: Target;
    parameters: DnsDcvParameters;
    now?: string;
    deviations: RegExp[];
  }>([
    { name: 'no prefix', parameters: change(''), deviations: [] },
    { name: 'one label with an underscore', parameters: change('_dcv'), deviations: [] },
    {
      name: 'a label without an underscore',
      parameters: change('dcv'),
      deviations: [/one label that starts with an underscore/],
    },
    {
      name: 'a value too short for a Random Value',
      parameters: { ...change(''), challengeValue: 'v=spf1' } as DnsDcvParameters,
      deviations: [/^dns-change: challenge_value has 6 characters/],
    },
    {
      name: 'two labels',
      parameters: change('_dcv.www'),
      deviations: [/one label that starts with an underscore/],
    },
    { name: 'two underscore labels', parameters: change('_a._b'), deviations: [/one label/] },
    {
      name: 'a prefix for a CAA contact',
      parameters: contactCaa('contact-phone-caa', '_x'),
      deviations: [/must be empty/],
    },
    { name: 'a prefix for an address', parameters: address('A', 'www'), deviations: [/must be empty/] },
    {
      name: 'a prefix for a reverse lookup',
      target: IPV4,
      parameters: reverse('x'),
      deviations: [/must be empty/],
    },
    {
      name: 'a wildcard for ip-address',
      target: WILDCARD,
      parameters: address('A'),
      deviations: [/wildcard/],
    },
    { name: 'a wildcard for dns-persistent', target: WILDCARD, parameters: PERSISTENT, deviations: [] },
    {
      name: 'the day after the last day of the method',
      parameters: address('A'),
      now: '2026-03-15',
      deviations: [/2026-03-15.*3\.2\.2\.4\.8/],
    },
    {
      name: 'two deviations at once',
      target: WILDCARD,
      parameters: address('A'),
      now: '2027-01-01',
      deviations: [/since/, /wildcard/],
    },
  ])('reports the deviations for $name', ({ target = SHOP, parameters, now, deviations }) => {
    const plan = planDnsQuestion(target, parameters, now === undefined ? NOW : Date.parse(now));
    const found = plan.status === 'planned' ? plan.deviations.map(({ message }) => message) : null;
    expect(found).toEqual(deviations.map((pattern) => expect.stringMatching(pattern)));
  });
});
