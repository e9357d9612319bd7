import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Target,
  VALIDATION_METHODS,
  type ValidationMethod,
} from '../../../shared/domain/check/check.ts';
import { type AdnChoice, type AdnStep, type AppliedFor, replayAdn } from '../../../shared/domain/dcv/adn.ts';
import { METHOD_RULES } from '../../../shared/domain/dcv/methods.ts';
import { baseDomainName } from '../../../shared/domain/net/base-domain.ts';
import { RULEBOOK } from '../../../shared/domain/rules/rulebook.ts';

const IP = { kind: 'ip', address: '192.0.2.9', family: 4 } as const satisfies AppliedFor;

/** A leading `*.` makes a wildcard name; the literal address makes an address. */
function nameOf(text: string): AppliedFor {
  if (text === IP.address) return IP;
  const wildcard = text.startsWith('*.');
  return { kind: 'domain', name: wildcard ? text.slice(2) : text, wildcard };
}

const strip: AdnStep = { step: 'strip' };
const cname = (to: string): AdnStep => ({ step: 'cname', to });
const prune = (to: string): AdnStep => ({ step: 'prune', to });
const ptr = (to: string): AdnStep => ({ step: 'ptr', to });

const replay = (
  appliedFor: string,
  method: ValidationMethod,
  target: string,
  steps: readonly AdnStep[],
  changes: Partial<AdnChoice> = {},
) =>
  replayAdn({
    appliedFor: nameOf(appliedFor),
    target: nameOf(target),
    method,
    steps,
    baseDomainName,
    ...changes,
  });

interface Row {
  readonly name: string;
  readonly appliedFor: string;
  readonly method: ValidationMethod;
  readonly target: string;
  readonly steps: readonly AdnStep[];
}

/** `w.example.com CNAME t.d.example.net`, `e.example.com CNAME x.example.org`. */
const ALLOWED: readonly (Row & { readonly lookups?: readonly string[] })[] = [
  {
    name: 'AE-01 3.2.2.4.7 prunes down to the base domain name',
    appliedFor: 'a.b.example.com',
    method: 'dns-change',
    target: 'example.com',
    steps: [prune('b.example.com'), prune('example.com')],
  },
  {
    name: 'AE-01 labels may be pruned in one step',
    appliedFor: 'a.b.example.com',
    method: 'dns-change',
    target: 'example.com',
    steps: [prune('example.com')],
  },
  {
    name: 'AE-04 3.2.2.4.7 follows an alias and then prunes, down to the base domain name of its target',
    appliedFor: 'w.example.com',
    method: 'dns-change',
    target: 'example.net',
    steps: [cname('t.d.example.net'), prune('d.example.net'), prune('example.net')],
    lookups: ['CNAME w.example.com t.d.example.net'],
  },
  {
    name: 'AE-07 3.2.2.4.22 strips a wildcard and prunes',
    appliedFor: '*.w.example.com',
    method: 'dns-persistent',
    target: 'example.com',
    steps: [strip, prune('example.com')],
  },
  {
    name: 'AE-09 3.2.2.4.19 validates the name itself',
    appliedFor: 'w.example.com',
    method: 'acme-http-01',
    target: 'w.example.com',
    steps: [],
  },
  {
    name: 'AE-10 3.2.2.5.3 validates the name of the PTR record itself',
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: 'h.example.net',
    steps: [ptr('h.example.net')],
    lookups: ['PTR 9.2.0.192.in-addr.arpa h.example.net'],
  },
  {
    name: 'AD-01 aliases are followed one after the other',
    appliedFor: 'w.example.com',
    method: 'acme-dns-01',
    target: 't.d.example.net',
    steps: [
      cname('_alias.cdn.example.org'),
      { step: 'cname', from: '_alias.cdn.example.org', to: 't.d.example.net' },
    ],
    lookups: ['CNAME w.example.com _alias.cdn.example.org', 'CNAME _alias.cdn.example.org t.d.example.net'],
  },
  {
    name: 'AD-01 a name validated as applied for needs no step',
    appliedFor: 'shop.example.com',
    method: 'dns-change',
    target: 'shop.example.com',
    steps: [],
  },
  {
    name: 'AD-01 a wildcard name validated as applied for needs no step',
    appliedFor: '*.example.com',
    method: 'dns-change',
    target: '*.example.com',
    steps: [],
  },
  {
    name: 'AD-01 a strip step is accepted although the target keeps the wildcard label',
    appliedFor: '*.example.com',
    method: 'dns-change',
    target: '*.example.com',
    steps: [strip],
  },
  {
    name: 'AD-01 an address validated as applied for needs no step',
    appliedFor: '192.0.2.9',
    method: 'website-change',
    target: '192.0.2.9',
    steps: [],
  },
];

const FORBIDDEN: readonly (Row & { readonly at: number | null; readonly why: RegExp })[] = [
  {
    name: 'AE-02 a public suffix is not an Authorization Domain Name',
    appliedFor: 'a.b.example.com',
    method: 'dns-change',
    target: 'com',
    steps: [prune('com')],
    at: 0,
    why: /above the Base Domain Name "example\.com".*3\.2\.2\.4.*3\.2\.2\.4\.7/,
  },
  {
    name: 'AE-03 a public suffix of two labels is not an Authorization Domain Name either',
    appliedFor: 'a.example.co.uk',
    method: 'dns-account-01',
    target: 'co.uk',
    steps: [prune('example.co.uk'), prune('co.uk')],
    at: 1,
    why: /above the Base Domain Name "example\.co\.uk"/,
  },
  {
    name: 'AE-05 no alias is followed after pruning',
    appliedFor: 'a.e.example.com',
    method: 'dns-change',
    target: 'x.example.org',
    steps: [prune('e.example.com'), cname('x.example.org')],
    at: 1,
    why: /CNAME steps come before/,
  },
  {
    name: 'AE-06 a wildcard name is not replaced by its alias',
    appliedFor: '*.w.example.com',
    method: 'dns-change',
    target: 't.d.example.net',
    steps: [strip, cname('t.d.example.net')],
    at: 1,
    why: /wildcard name is never replaced/,
  },
  {
    name: 'AE-06 a wildcard name is not replaced by its alias before stripping either',
    appliedFor: '*.w.example.com',
    method: 'dns-change',
    target: 't.d.example.net',
    steps: [cname('t.d.example.net')],
    at: 0,
    why: /wildcard name is never replaced/,
  },
  {
    name: 'AE-08 3.2.2.4.22 follows no alias',
    appliedFor: 'w.example.com',
    method: 'dns-persistent',
    target: 't.d.example.net',
    steps: [cname('t.d.example.net')],
    at: 0,
    why: /dns-persistent does not replace/,
  },
  {
    name: 'AE-09 3.2.2.4.19 prunes nothing',
    appliedFor: 'w.example.com',
    method: 'acme-http-01',
    target: 'example.com',
    steps: [prune('example.com')],
    at: 0,
    why: /acme-http-01 validates the name itself.*3\.2\.2\.4\.19/,
  },
  {
    name: 'AE-10 the name of a PTR record is not pruned',
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: 'example.net',
    steps: [ptr('h.example.net'), prune('example.net')],
    at: 1,
    why: /reverse lookup.*itself.*3\.2\.2\.5\.3/,
  },
  {
    name: 'AE-10 the name of a PTR record is not replaced by its alias',
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: 't.example.org',
    steps: [ptr('h.example.net'), cname('t.example.org')],
    at: 1,
    why: /reverse lookup.*itself/,
  },
  {
    name: 'AE-10 a target other than the name of the PTR record is rejected',
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: 'example.net',
    steps: [ptr('h.example.net')],
    at: null,
    why: /steps end at "h\.example\.net", and the target is "example\.net"/,
  },
  {
    name: 'AD-01 the steps must end at the target',
    appliedFor: 'a.b.example.com',
    method: 'dns-change',
    target: 'example.com',
    steps: [prune('b.example.com')],
    at: null,
    why: /steps end at "b\.example\.com", and the target is "example\.com"/,
  },
  {
    name: 'AD-01 without steps the target must be the name applied for',
    appliedFor: 'a.example.com',
    method: 'dns-change',
    target: 'example.com',
    steps: [],
    at: null,
    why: /applied_for is "a\.example\.com", and the target is "example\.com"/,
  },
  {
    name: 'AD-01 a wildcard name is not its plain name',
    appliedFor: '*.example.com',
    method: 'dns-change',
    target: 'example.com',
    steps: [],
    at: null,
    why: /applied_for is "\*\.example\.com", and the target is "example\.com"/,
  },
  {
    name: 'AD-01 a plain name is not its wildcard name',
    appliedFor: 'example.com',
    method: 'dns-change',
    target: '*.example.com',
    steps: [],
    at: null,
    why: /applied_for is "example\.com", and the target is "\*\.example\.com"/,
  },
  {
    name: 'AD-01 a wildcard name must be stripped before it is pruned',
    appliedFor: '*.a.example.com',
    method: 'dns-change',
    target: 'example.com',
    steps: [prune('example.com')],
    at: 0,
    why: /strip the wildcard label first/,
  },
  {
    name: 'AD-01 a plain name cannot be stripped',
    appliedFor: 'a.example.com',
    method: 'dns-change',
    target: 'example.com',
    steps: [strip, prune('example.com')],
    at: 0,
    why: /only a wildcard name/,
  },
  {
    name: 'AD-01 a wildcard name can be stripped once',
    appliedFor: '*.a.example.com',
    method: 'dns-change',
    target: 'a.example.com',
    steps: [strip, strip],
    at: 1,
    why: /only a wildcard name/,
  },
  {
    name: 'AD-01 a method that cannot validate wildcard names cannot do so through the parent name',
    appliedFor: '*.example.com',
    method: 'website-change',
    target: 'example.com',
    steps: [strip],
    at: null,
    why: /website-change cannot validate the wildcard name/,
  },
  {
    name: 'AD-01 pruning leads to a parent, not to a name with the same ending',
    appliedFor: 'a.b.example.com',
    method: 'dns-change',
    target: 'myexample.com',
    steps: [prune('myexample.com')],
    at: 0,
    why: /is not what is left/,
  },
  {
    name: 'AD-01 pruning removes whole labels',
    appliedFor: 'ab.example.com',
    method: 'dns-change',
    target: 'b.example.com',
    steps: [prune('b.example.com')],
    at: 0,
    why: /is not what is left/,
  },
  {
    name: 'AD-01 pruning removes at least one label',
    appliedFor: 'a.example.com',
    method: 'dns-change',
    target: 'a.example.com',
    steps: [prune('a.example.com')],
    at: 0,
    why: /is not what is left/,
  },
  {
    name: 'AD-01 a step must start at the current name',
    appliedFor: 'w.example.com',
    method: 'dns-change',
    target: 't.d.example.net',
    steps: [{ step: 'cname', from: 'v.example.com', to: 't.d.example.net' }],
    at: 0,
    why: /starts at "v\.example\.com", and the name is "w\.example\.com"/,
  },
  {
    name: 'AD-01 a name is not an alias of itself',
    appliedFor: 'w.example.com',
    method: 'dns-change',
    target: 'w.example.com',
    steps: [cname('w.example.com')],
    at: 0,
    why: /alias of itself/,
  },
  {
    name: 'AD-01 a name has no reverse lookup',
    appliedFor: 'w.example.com',
    method: 'dns-change',
    target: 'h.example.net',
    steps: [ptr('h.example.net')],
    at: 0,
    why: /only an address/,
  },
  {
    name: 'AD-01 an address has no alias',
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: 'h.example.net',
    steps: [cname('h.example.net')],
    at: 0,
    why: /address has no CNAME/,
  },
  {
    name: 'AD-01 an address has no labels to prune',
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: 'h.example.net',
    steps: [prune('h.example.net')],
    at: 0,
    why: /no labels to prune/,
  },
  {
    name: 'AD-01 an address is not validated by an unrelated name',
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: 'h.example.net',
    steps: [],
    at: null,
    why: /applied_for is "192\.0\.2\.9", and the target is "h\.example\.net"/,
  },
  {
    name: 'AD-01 an address is not the target after a step to a name',
    appliedFor: '192.0.2.9',
    method: 'website-change',
    target: '192.0.2.9',
    steps: [ptr('h.example.net')],
    at: null,
    why: /steps end at "h\.example\.net", and the target is "192\.0\.2\.9"/,
  },
  {
    name: 'AD-01 the wildcard of a pruned name is not what was applied for',
    appliedFor: '*.w.example.com',
    method: 'dns-change',
    target: '*.example.com',
    steps: [strip, prune('example.com')],
    at: null,
    why: /the target is "\*\.example\.com"/,
  },
  {
    name: "AD-01 the wildcard of a PTR record's name is not an address",
    appliedFor: '192.0.2.9',
    method: 'dns-change',
    target: '*.h.example.net',
    steps: [ptr('h.example.net')],
    at: null,
    why: /the target is "\*\.h\.example\.net"/,
  },
];

describe('replayAdn (TLS BR 3.2.2.4 [adn])', () => {
  it.each(ALLOWED)('$name', ({ appliedFor, method, target, steps, lookups = [] }) => {
    const replayed = replay(appliedFor, method, target, steps);
    if (!replayed.ok) throw new Error(replayed.message);
    expect(replayed.lookups.map(({ type, name, expected }) => `${type} ${name} ${expected}`)).toEqual(
      lookups,
    );
  });

  it.each(FORBIDDEN)('$name', ({ appliedFor, method, target, steps, at, why }) => {
    expect(replay(appliedFor, method, target, steps)).toEqual({
      ok: false,
      at,
      message: expect.stringMatching(why),
    });
  });

  it.each<{ section: string; wildcard: boolean; prune: boolean; cname: boolean }>([
    ...['3.2.2.4.7', '3.2.2.4.13', '3.2.2.4.14', '3.2.2.4.16', '3.2.2.4.17'].map((section) => ({
      ...{ section, wildcard: true, prune: true, cname: true },
    })),
    ...['3.2.2.4.21', '3.2.2.4.22'].map((section) => ({
      ...{ section, wildcard: true, prune: true, cname: false },
    })),
    ...['3.2.2.4.18', '3.2.2.4.19', '3.2.2.4.20'].map((section) => ({
      ...{ section, wildcard: false, prune: false, cname: false },
    })),
  ])('DT-13 allows the steps of section $section', ({ section, ...row }) => {
    const methods = VALIDATION_METHODS.filter((method) => {
      const { domain } = METHOD_RULES[method].sections;
      return domain !== null && RULEBOOK.sections[domain].number === section;
    });
    expect(methods.length).toBeGreaterThan(0);
    for (const method of methods) {
      expect({
        wildcard: replay('*.example.com', method, '*.example.com', []).ok,
        prune: replay('a.example.com', method, 'example.com', [prune('example.com')]).ok,
        cname: replay('a.example.com', method, 'example.net', [cname('example.net')]).ok,
      }).toEqual(row);
    }
  });

  it('AD-01 random steps are accepted only in the order and kinds that the method allows', () => {
    const name = fc.constantFrom(
      'example.com',
      'a.example.com',
      'b.a.example.com',
      'example.net',
      't.example.net',
      'com',
    );
    const step = fc.oneof<fc.Arbitrary<AdnStep>[]>(
      fc.constant(strip),
      name.map(cname),
      name.map(prune),
      name.map(ptr),
    );
    fc.assert(
      fc.property(
        name,
        fc.boolean(),
        fc.constantFrom(...VALIDATION_METHODS),
        fc.array(step, { maxLength: 4 }),
        name,
        (start, isWildcard, method, steps, end) => {
          const replayed = replay(`${isWildcard ? '*.' : ''}${start}`, method, end, steps);
          if (!replayed.ok) return;
          const kinds = steps.map(({ step: kind }) => kind);
          expect(kinds.lastIndexOf('cname')).toBeLessThan(
            kinds.includes('prune') ? kinds.indexOf('prune') : 5,
          );
          expect(kinds.includes('cname') && (isWildcard || !METHOD_RULES[method].adn.replaceByCname)).toBe(
            false,
          );
          expect(kinds.includes('prune') && baseDomainName(end) === null).toBe(false);
          const last = steps.findLast((each) => 'to' in each);
          expect(end).toBe(last !== undefined && 'to' in last ? last.to : start);
          expect(replayed.lookups).toHaveLength(kinds.filter((kind) => kind === 'cname').length);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('baseDomainName (TLS BR 1.6.1 [definitions])', () => {
  it.each<{ name: string; base: string | null }>([
    { name: 'a.b.example.com', base: 'example.com' },
    { name: 'example.com', base: 'example.com' },
    { name: 'com', base: null },
    { name: 'co.uk', base: null },
    { name: 'a.example.co.uk', base: 'example.co.uk' },
    { name: 'a.b.c.kobe.jp', base: 'b.c.kobe.jp' },
    { name: 'x.city.kobe.jp', base: 'city.kobe.jp' },
    { name: 'a.shop.xn--55qx5d.cn', base: 'shop.xn--55qx5d.cn' },
    { name: 'me.github.io', base: 'github.io' },
    { name: 'a.shop.test', base: 'shop.test' },
    { name: '_alias.example.com', base: 'example.com' },
  ])('of $name is $base, by the ICANN section of the Public Suffix List only', ({ name, base }) => {
    expect(baseDomainName(name)).toBe(base);
  });
});

const REVERSE: Target = {
  kind: 'reverse-name',
  name: '9.2.0.192.in-addr.arpa',
  address: '192.0.2.9',
  family: 4,
};

describe('an address validated by its reverse name', () => {
  it('AE-10 must be the address applied for', () => {
    const target = { target: REVERSE };
    expect(replay('192.0.2.9', 'reverse-address-lookup', '192.0.2.9', [], target)).toEqual({
      ok: true,
      lookups: [],
    });
  });

  it('AE-10 must not be another address', () => {
    const target = { target: { ...REVERSE, address: '192.0.2.8' } };
    expect(replay('192.0.2.9', 'reverse-address-lookup', '192.0.2.9', [], target)).toMatchObject({
      ok: false,
      at: null,
    });
  });
});
