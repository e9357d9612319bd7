import { describe, expect, it } from 'vitest';
import {
  type DcvParameters,
  type NameLookup,
  type Target,
  VALIDATION_METHODS,
  type ValidationMethod,
} from '../../../../shared/domain/check/check.ts';
import {
  identifierAllowed,
  isMethodEnded,
  METHOD_RULES,
  methodsOf,
  usesOnlyDns,
} from '../../../../shared/domain/dcv/methods.ts';
import { RULEBOOK, type SectionId } from '../../../../shared/domain/rules/rulebook.ts';

const NAME: Target = { kind: 'domain', name: 'shop.example', wildcard: false };
const WILDCARD: Target = { kind: 'domain', name: 'shop.example', wildcard: true };
const IP: Target = { kind: 'ip', address: '192.0.2.5', family: 4 };
const REVERSE: Target = {
  kind: 'reverse-name',
  name: '5.2.0.192.in-addr.arpa',
  address: '192.0.2.5',
  family: 4,
};

const numberOf = (section: SectionId | null) => (section === null ? null : RULEBOOK.sections[section].number);

describe('identifierAllowed (TLS BR 3.2.2.4 [dcv] and 3.2.2.5 [ip])', () => {
  it.each<[ValidationMethod, name: boolean, wildcard: boolean, ip: boolean, reverse: boolean]>([
    ['website-change', true, false, true, false],
    ['acme-http-01', true, false, true, false],
    ['acme-tls-alpn-01', true, false, true, false],
    ['acme-dns-01', true, true, false, false],
    ['dns-account-01', true, true, false, false],
    ['dns-change', true, true, false, false],
    ['dns-persistent', true, true, true, false],
    ['contact-email-txt', true, true, false, false],
    ['contact-email-caa', true, true, false, false],
    ['contact-phone-txt', true, true, false, false],
    ['contact-phone-caa', true, true, false, false],
    ['ip-address', true, false, false, false],
    ['reverse-address-lookup', false, false, true, true],
  ])('%s allows a name: %s, a wildcard: %s, an address: %s, a reverse name: %s', (method, ...expected) => {
    expect([NAME, WILDCARD, IP, REVERSE].map((target) => identifierAllowed(method, target))).toEqual(
      expected,
    );
  });
});

describe('isMethodEnded', () => {
  it.each<{ method: ValidationMethod; lastDay: string; firstDayAfter: string }>([
    { method: 'ip-address', lastDay: '2026-03-14', firstDayAfter: '2026-03-15' },
    { method: 'contact-phone-txt', lastDay: '2027-03-14', firstDayAfter: '2027-03-15' },
    { method: 'contact-phone-caa', lastDay: '2027-03-14', firstDayAfter: '2027-03-15' },
    { method: 'reverse-address-lookup', lastDay: '2027-03-14', firstDayAfter: '2027-03-15' },
    { method: 'contact-email-txt', lastDay: '2028-03-14', firstDayAfter: '2028-03-15' },
    { method: 'contact-email-caa', lastDay: '2028-03-14', firstDayAfter: '2028-03-15' },
  ])('returns true for $method after $lastDay in UTC', ({ method, lastDay, firstDayAfter }) => {
    expect(isMethodEnded(method, new Date(`${lastDay}T23:59:59.999Z`))).toBe(false);
    expect(isMethodEnded(method, new Date(`${firstDayAfter}T00:00:00.000Z`))).toBe(true);
    expect(isMethodEnded(method, new Date('2050-01-01'))).toBe(true);
  });

  it('returns true for an invalid date, so that no end date lapses', () => {
    expect(isMethodEnded('ip-address', new Date(Number.NaN))).toBe(true);
    expect(isMethodEnded('acme-dns-01', new Date(Number.NaN))).toBe(false);
  });

  it('returns false for methods without an end date', () => {
    const open = VALIDATION_METHODS.filter((method) => !isMethodEnded(method, new Date('2100-01-01')));
    expect(open).toEqual([
      'website-change',
      'acme-http-01',
      'acme-dns-01',
      'acme-tls-alpn-01',
      'dns-change',
      'dns-account-01',
      'dns-persistent',
    ]);
  });
});

describe('methodsOf (TLS BR 3.2.2.5.3 [ip-reverse])', () => {
  const alias: NameLookup = { type: 'CNAME', name: 'www.shop.example', expected: 'shop.example' };
  const reverse: NameLookup = { type: 'PTR', name: '5.2.0.192.in-addr.arpa', expected: 'shop.example' };

  it.each<{ name: string; lookups: readonly NameLookup[] | null; methods: readonly ValidationMethod[] }>([
    {
      name: 'returns only the own method for the applied-for name',
      lookups: null,
      methods: ['acme-dns-01'],
    },
    { name: 'returns only the own method for an alias target', lookups: [alias], methods: ['acme-dns-01'] },
    {
      name: 'adds the reverse lookup for a target from a PTR record',
      lookups: [reverse],
      methods: ['reverse-address-lookup', 'acme-dns-01'],
    },
  ])('$name', ({ lookups, methods }) => {
    const adn = lookups === null ? undefined : { wildcard: false, lookups };
    const dcv = { method: 'acme-dns-01', keyAuthorizationHash: 'x' } as const;
    expect(methodsOf({ checkType: 'dcv', target: NAME, dcv, adn })).toEqual(methods);
  });
});

describe('METHOD_RULES', () => {
  it.each(VALIDATION_METHODS)('has a section for exactly the identifiers that %s allows', (method) => {
    const { sections, identifiers } = METHOD_RULES[method];
    expect(sections.domain !== null).toBe(identifiers.includes('domain'));
    expect(sections.ip !== null).toBe(identifiers.includes('ip'));
  });

  it('uses the section numbers in the ca-tbr labels', () => {
    for (const { sections, caaLabels } of Object.values(METHOD_RULES)) {
      const numbered = caaLabels.filter((label) => label.startsWith('ca-tbr-'));
      expect(
        numbered.every((label) => `3.2.2.4.${label.slice('ca-tbr-'.length)}` === numberOf(sections.domain)),
      ).toBe(true);
    }
  });

  it.each<{ section: string; replaceByCname: boolean; prune: boolean }>([
    { section: '3.2.2.4.7', replaceByCname: true, prune: true },
    { section: '3.2.2.4.8', replaceByCname: false, prune: false },
    { section: '3.2.2.4.13', replaceByCname: true, prune: true },
    { section: '3.2.2.4.14', replaceByCname: true, prune: true },
    { section: '3.2.2.4.16', replaceByCname: true, prune: true },
    { section: '3.2.2.4.17', replaceByCname: true, prune: true },
    { section: '3.2.2.4.18', replaceByCname: false, prune: false },
    { section: '3.2.2.4.19', replaceByCname: false, prune: false },
    { section: '3.2.2.4.20', replaceByCname: false, prune: false },
    { section: '3.2.2.4.21', replaceByCname: false, prune: true },
    { section: '3.2.2.4.22', replaceByCname: false, prune: true },
  ])('has the steps to the Authorization Domain Name of $section (SC-101)', ({ section, ...steps }) => {
    const rules = Object.values(METHOD_RULES).filter(({ sections }) => numberOf(sections.domain) === section);
    expect(rules.length).toBeGreaterThan(0);
    for (const { adn } of rules) expect(adn).toEqual(steps);
  });

  it('allows CNAME replacement only for methods that also allow pruning', () => {
    for (const { adn } of Object.values(METHOD_RULES)) expect(adn.replaceByCname && !adn.prune).toBe(false);
  });

  it.each(VALIDATION_METHODS)('usesOnlyDns is false for %s exactly if it connects to a server', (method) => {
    const connects = ['website-change', 'acme-http-01', 'acme-tls-alpn-01'].includes(method);
    expect(usesOnlyDns({ method } as DcvParameters)).toBe(!connects);
  });
});
