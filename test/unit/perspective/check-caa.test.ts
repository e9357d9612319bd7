import { describe, expect, it } from 'vitest';
import { type CaaCheck, checkCaa } from '../../../services/perspective/check-caa.ts';
import type { Target } from '../../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../../shared/domain/check/check-result.ts';
import type { Lookup } from '../../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';
import { CAA_DEFAULTS } from '../../support/caa-cases.ts';
import {
  type AnswerFacts,
  caa,
  cname,
  createZoneResolver,
  fails,
  issue,
  type Zone,
} from '../../support/zone-resolver.ts';

const domain = (name: string, wildcard = false): Target => ({ kind: 'domain', name, wildcard });

function check(zone: Zone, change: Partial<CaaCheck> = {}, facts: Record<string, AnswerFacts> = {}) {
  return checkCaa({
    target: domain('www.example.com'),
    parameters: CAA_DEFAULTS,
    policy: 'baseline-requirements',
    resolver: createZoneResolver(zone, facts),
    deadline: 10_000,
    ...change,
  });
}

function caaDetails({ details }: CheckOutcome) {
  if (details.kind !== 'caa') throw new TypeError('not the details of a CAA check');
  return details;
}

describe('checkCaa: what it reports', () => {
  it('reports a permitting set with its name, its records and its DNS evidence', async () => {
    const zone = {
      'www.example.com': [cname('t.example.net')],
      't.example.net': [caa(0, 'issue', 'ca.example'), caa(0, 'iodef', 'mailto:"a"@b')],
    };
    const facts = { 'www.example.com': { ttl: 60, tries: 2, dnssec: 'secure' as const } };
    expect(await check(zone, {}, facts)).toEqual({
      completed: true,
      passed: true,
      corroborates: true,
      errors: [],
      details: {
        kind: 'caa',
        recordPresent: true,
        foundAt: 'www.example.com',
        recordsSeen: ['0 issue "ca.example"', '0 iodef "mailto:\\"a\\"@b"'],
        recordsTruncated: false,
        reason: 'authorised',
        permissibleAccountUris: null,
        permissibleValidationMethods: null,
        rfc8657Ignored: false,
        dns: {
          resolver: 'zone 192.0.2.53:53',
          dnssec: 'secure',
          rcode: 0,
          ttl: 60,
          tries: 2,
          cnameChain: ['t.example.net.'],
          extendedErrors: [],
        },
      },
    });
  });

  it('reports a denial as a completed check without errors, with its reason', async () => {
    const outcome = await check({
      'example.com': [issue('ca.example; accounturi=https://ca.example/acct/2')],
    });
    expect(outcome).toMatchObject({ completed: true, passed: false, corroborates: false, errors: [] });
    expect(outcome.details).toMatchObject({
      recordPresent: true,
      foundAt: 'example.com',
      reason: 'account-not-authorised',
      permissibleAccountUris: ['https://ca.example/acct/2'],
      permissibleValidationMethods: null,
    });
  });

  it('reports that no level has records, with the response for the name itself', async () => {
    const outcome = await check({ com: [] }, {}, { 'www.example.com': { ttl: 900 }, com: { ttl: 30 } });
    expect(outcome).toMatchObject({ completed: true, passed: true, corroborates: true, errors: [] });
    expect(outcome.details).toMatchObject({
      recordPresent: false,
      foundAt: null,
      recordsSeen: null,
      reason: 'no-records',
      dns: { rcode: 3, ttl: 30 },
    });
  });

  it('reports ignored limits of RFC 8657', async () => {
    const parameters = { ...CAA_DEFAULTS, accountUris: null, enforceRfc8657: false };
    const outcome = await check({ com: [issue('ca.example; accounturi=a:b')] }, { parameters });
    expect(outcome).toMatchObject({ corroborates: true, details: { rfc8657Ignored: true } });
  });

  it('limits the records reported for a huge set, and reports that it did', async () => {
    const set = Array.from({ length: 1000 }, (_, at) => issue(`ca-${at}.${'x'.repeat(90)}`));
    const details = caaDetails(await check({ com: set }));
    expect(details.recordsTruncated).toBe(true);
    expect(details.recordsSeen?.join('').length).toBeLessThanOrEqual(64 * 1024);
    expect(details.reason).toBe('issuer-not-authorised');
  });

  it('judges the records that it does not report', async () => {
    const set = [
      ...Array.from({ length: 1000 }, () => issue('x'.repeat(90))),
      caa(128, 'tbs', 'x'.repeat(70_000)),
    ];
    expect(await check({ com: set })).toMatchObject({
      passed: false,
      details: { reason: 'unknown-critical-property' },
    });
  });
});

describe('checkCaa: DNS evidence of the deciding path', () => {
  const zone = { 'example.com': [issue('ca.example')] };

  it.each<{ name: string; facts: Record<string, AnswerFacts>; expected: object }>([
    {
      name: 'takes the TTL of a denial below the set if it is smaller',
      facts: { 'www.example.com': { ttl: 5 }, 'example.com': { ttl: 3600 } },
      expected: { ttl: 5 },
    },
    {
      name: 'ignores the TTL of a level above the set',
      facts: { 'www.example.com': { ttl: 900 }, com: { ttl: 1 } },
      expected: { ttl: 300 },
    },
    {
      name: 'keeps the TTL of the set when a denial has none',
      facts: { 'www.example.com': { ttl: null } },
      expected: { ttl: 300 },
    },
    {
      name: 'is not more secure than the denial below the set',
      facts: { 'www.example.com': { dnssec: 'not validated' }, 'example.com': { dnssec: 'secure' } },
      expected: { dnssec: 'not validated' },
    },
    {
      name: 'is insecure if one level is insecure and one secure',
      facts: { 'www.example.com': { dnssec: 'secure' }, 'example.com': { dnssec: 'insecure' } },
      expected: { dnssec: 'insecure' },
    },
    {
      name: 'is not validated if one level is not validated and one insecure',
      facts: { 'www.example.com': { dnssec: 'insecure' }, 'example.com': { dnssec: 'not validated' } },
      expected: { dnssec: 'not validated' },
    },
    {
      name: 'is secure if the path is secure, whatever is above it',
      facts: {
        'www.example.com': { dnssec: 'secure' },
        'example.com': { dnssec: 'secure' },
        com: { dnssec: 'not validated' },
      },
      expected: { dnssec: 'secure' },
    },
    {
      name: 'counts the tries of the deciding name',
      facts: { 'www.example.com': { tries: 4 }, 'example.com': { tries: 3 } },
      expected: { tries: 3 },
    },
    {
      name: 'lists each extended error of the path once',
      facts: {
        'www.example.com': {
          extendedErrors: [
            { code: 3, text: 'stale' },
            { code: 4, text: '' },
          ],
        },
        'example.com': { extendedErrors: [{ code: 3, text: 'stale' }] },
        com: { extendedErrors: [{ code: 22, text: 'above' }] },
      },
      expected: { extendedErrors: ['3 stale', '4'] },
    },
  ])('$name', async ({ facts, expected }) => {
    expect(caaDetails(await check(zone, {}, facts)).dns).toMatchObject(expected);
  });

  it.each([
    { failure: 'bogus', dnssec: 'bogus' },
    { failure: 'indeterminate', dnssec: 'indeterminate' },
    { failure: 'timeout', dnssec: 'indeterminate' },
  ] as const)('is $dnssec without a TTL after a $failure lookup', async ({ failure, dnssec }) => {
    const outcome = await check({ 'example.com': [fails(failure)] });
    expect(caaDetails(outcome).dns).toMatchObject({ dnssec, ttl: null, rcode: null });
  });
});

describe('checkCaa: failed lookups', () => {
  const lenient = { ...CAA_DEFAULTS, allowLookupFailure: true };
  const type = 'mpic_error:caa_checker:lookup';

  it('name the target, the level and the cause', async () => {
    const outcome = await check(
      { 'example.com': [fails('servfail')] },
      { target: domain('example.com', true) },
    );
    expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
    expect(outcome.errors).toEqual([
      { type, message: 'CAA lookup for *.example.com failed: zone 192.0.2.53:53 gave servfail' },
    ]);
    const above = await check({ 'example.com': [fails('servfail')] });
    expect(above.errors).toEqual([
      {
        type,
        message: 'CAA lookup for www.example.com failed at example.com: zone 192.0.2.53:53 gave servfail',
      },
    ]);
  });

  it.each([
    'timeout',
    'servfail',
    'refused',
    'unreachable',
    'rcode',
    'malformed',
    'bogus',
    'indeterminate',
  ] as const)(
    'a %s is not permission under the Baseline Requirements, even when the caller allows failures',
    async (failure) => {
      const zone = { 'www.example.com': [fails(failure)] };
      const outcome = await check(zone, { parameters: lenient }, { 'www.example.com': { tries: 5 } });
      expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
      expect(outcome.details).toMatchObject({ reason: 'lookup-failed', recordPresent: null });
    },
  );

  it.each(['timeout', 'servfail', 'refused', 'unreachable'] as const)(
    'a %s passes under the open-mpic policy when the caller allows failures, without corroborating',
    async (failure) => {
      const zone = { 'www.example.com': [fails(failure)] };
      const outcome = await check(zone, { parameters: lenient, policy: 'open-mpic' });
      expect(outcome).toMatchObject({
        completed: true,
        passed: true,
        corroborates: false,
        errors: [{ type }],
      });
      expect(outcome.details).toMatchObject({
        reason: 'lookup-failure-allowed',
        recordPresent: null,
        dns: { ttl: null },
      });
    },
  );

  it.each(['rcode', 'malformed', 'bogus', 'indeterminate'] as const)(
    'a %s is never permission, under either policy',
    async (failure) => {
      const zone = { 'www.example.com': [fails(failure)] };
      const outcome = await check(zone, { parameters: lenient, policy: 'open-mpic' });
      expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
    },
  );

  it('an alias loop is never permission', async () => {
    const zone = { 'www.example.com': [cname('www.example.com')] };
    const outcome = await check(zone, { parameters: lenient, policy: 'open-mpic' });
    expect(outcome).toMatchObject({ completed: false, passed: false });
  });

  it('a failure is not permission under open-mpic unless the caller asked for it', async () => {
    const outcome = await check({ 'www.example.com': [fails('timeout')] }, { policy: 'open-mpic' });
    expect(outcome).toMatchObject({ completed: false, passed: false });
  });

  it('a denying set above an accepted failure still denies', async () => {
    const zone = { 'www.example.com': [fails('timeout')], 'example.com': [issue(';')] };
    const outcome = await check(zone, { parameters: lenient, policy: 'open-mpic' });
    expect(outcome).toMatchObject({
      completed: true,
      passed: false,
      corroborates: false,
      errors: [{ type }],
    });
    expect(outcome.details).toMatchObject({ reason: 'issuer-not-authorised', foundAt: 'example.com' });
  });

  it('a permitting set above an accepted failure does not corroborate, because a nearer set may be hidden', async () => {
    const zone = { 'www.example.com': [fails('timeout')], 'example.com': [issue('ca.example')] };
    const outcome = await check(zone, { parameters: lenient, policy: 'open-mpic' });
    expect(outcome).toMatchObject({ completed: true, passed: true, corroborates: false });
    expect(outcome.details).toMatchObject({
      reason: 'lookup-failure-allowed',
      foundAt: null,
      recordPresent: null,
    });
  });

  it('bogus data above an accepted failure still fails, and both are listed', async () => {
    const zone = { 'www.example.com': [fails('timeout')], 'example.com': [fails('bogus')] };
    const outcome = await check(zone, { parameters: lenient, policy: 'open-mpic' });
    expect(outcome).toMatchObject({ completed: false, passed: false, errors: [{ type }, { type }] });
    expect(caaDetails(outcome).dns.dnssec).toBe('bogus');
  });

  it('lists at most eight accepted failures', async () => {
    const labels = Array.from({ length: 100 }, () => 'a').join('.');
    const zone = Object.fromEntries(
      labels.split('.').map((_, at, all) => [all.slice(at).join('.'), [fails('timeout')]]),
    );
    const outcome = await check(zone, { target: domain(labels), parameters: lenient, policy: 'open-mpic' });
    expect(outcome).toMatchObject({ passed: true, corroborates: false });
    expect(outcome.errors).toHaveLength(8);
  });

  it.each<{ name: string; target: Target }>([
    { name: 'an IP address', target: { kind: 'ip', address: '192.0.2.1', family: 4 } },
    {
      name: 'a reverse name',
      target: { kind: 'reverse-name', name: '1.2.0.192.in-addr.arpa', address: '192.0.2.1', family: 4 },
    },
  ])('$name is rejected without a query', async ({ target }) => {
    const resolver = createZoneResolver({});
    const outcome = await check({}, { target, resolver });
    expect(outcome).toMatchObject({
      completed: false,
      passed: false,
      corroborates: false,
      errors: [{ type }],
    });
    expect(outcome.details).toMatchObject({ reason: 'lookup-failed', dns: { resolver: 'zone', tries: 0 } });
    expect(resolver.asked).toEqual([]);
  });

  it('throws when a resolver returns records of another type, instead of dropping them', async () => {
    const inner = createZoneResolver({});
    const resolver: Resolver = {
      mode: 'wrong',
      lookup: async (name, type, deadline) =>
        ({ ...(await inner.lookup(name, type, deadline)), records: [{ type: 'TXT', value: 'x' }] }) as Lookup,
    };
    await expect(check({}, { resolver })).rejects.toThrow(TypeError);
  });
});
