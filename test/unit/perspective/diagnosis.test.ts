import { describe, expect, it } from 'vitest';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import type { DcvParameters, Target } from '../../../shared/domain/check/check.ts';
import type { HttpDcvDetails, TlsAlpnDetails } from '../../../shared/domain/check/check-result.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import {
  ACCOUNT_01,
  ADDRESS,
  CHANGE,
  DNS_01,
  dnsDetails,
  EMAIL_CAA,
  HASH,
  NOW,
  REVERSE,
  run,
  SHOP,
} from '../../support/dcv-checks.ts';
import { addressRecord, createFakeResolver, type Script, txt } from '../../support/fake-resolver.ts';
import { createFakeWeb, type Pages } from '../../support/fake-web.ts';
import { dnsOnly } from '../../support/network-view.ts';

const VALUE = txt(HASH);

describe('names near a missing record', () => {
  it.each<{ name: string; at: string; parameters?: DcvParameters; target?: Target }>([
    { name: 'the domain itself', at: 'shop.example' },
    { name: 'the name with the zone appended once more', at: '_acme-challenge.shop.example.shop.example' },
    { name: 'the same prefix below www', at: '_acme-challenge.www.shop.example' },
    {
      name: 'the same prefix at the parent',
      at: '_acme-challenge.shop.example',
      target: { kind: 'domain', name: 'www.shop.example', wildcard: false },
    },
  ])('the right value at $name is seen and proves nothing', async ({ at, target = SHOP }) => {
    const { outcome } = run({ target, parameters: DNS_01, script: { [`TXT ${at}`]: [VALUE] } });
    const result = await outcome;
    expect(result).toMatchObject({ completed: true, passed: false, corroborates: false });
    expect(dnsDetails(result).nearbyNames).toContainEqual({ name: at, rcode: 0, records: 1, matches: true });
    expect(dnsDetails(result).recordsSeen).toBeNull();
  });

  it('are at most four, and are looked up within a second', async () => {
    const { outcome, resolver } = run({
      target: { kind: 'domain', name: 'a.b.shop.example', wildcard: true },
      parameters: DNS_01,
    });
    await outcome;
    expect(resolver.asked).toHaveLength(5);
    expect(resolver.deadlines.slice(1).every((deadline) => deadline <= 1_000)).toBe(true);
  });

  it.each<{ name: string; parameters: DcvParameters; script?: Script; target?: Target }>([
    {
      name: 'the record is there',
      parameters: DNS_01,
      script: { 'TXT _acme-challenge.shop.example': [VALUE] },
    },
    {
      name: 'another record is there',
      parameters: DNS_01,
      script: { 'TXT _acme-challenge.shop.example': [txt('x')] },
    },
    {
      name: 'the lookup failed',
      parameters: DNS_01,
      script: { 'TXT _acme-challenge.shop.example': 'servfail' },
    },
    { name: 'the method climbs', parameters: EMAIL_CAA },
    { name: 'the method looks for an address', parameters: ADDRESS },
    {
      name: 'the target is an address',
      parameters: REVERSE,
      target: { kind: 'ip', address: '192.0.2.5', family: 4 },
    },
  ])('are not looked up when $name', async ({ parameters, script = {}, target = SHOP }) => {
    const { outcome, resolver } = run({ target, parameters, script, policy: 'open-mpic' });
    expect(dnsDetails(await outcome)).not.toHaveProperty('nearbyNames');
    expect(resolver.asked.some((asked) => asked.includes('www.'))).toBe(false);
  });

  it('whose lookups fail are listed without a response code', async () => {
    const { outcome } = run({ parameters: DNS_01, script: { 'TXT shop.example': 'bogus' } });
    expect(dnsDetails(await outcome).nearbyNames?.[0]).toEqual({
      name: 'shop.example',
      rcode: null,
      records: 0,
      matches: false,
    });
  });

  it('of a resolver with a bug are left out, and the outcome stays', async () => {
    const resolver = createFakeResolver({});
    const outcome = await checkDcv({
      ...{ target: SHOP, parameters: ACCOUNT_01, policy: 'baseline-requirements' as const, now: NOW },
      ...{ deadline: 5_000, monotonic: () => 0 },
      view: dnsOnly({
        ...resolver,
        lookup: (name, type, deadline, signal) =>
          name === 'shop.example'
            ? Promise.reject(new Error('a bug'))
            : resolver.lookup(name, type, deadline, signal),
      }),
    });
    expect(outcome).toMatchObject({ completed: true, passed: false, corroborates: false });
    expect(outcome.details).not.toHaveProperty('nearbyNames');
  });

  it.each([
    { name: 'less than a second is left', deadline: 999, asked: 1 },
    { name: 'a second is left', deadline: 1_000, asked: 4 },
  ])(
    '$asked lookups are made in all when $name: they delay no result to its deadline',
    async ({ deadline, asked }) => {
      const resolver = createFakeResolver({});
      const outcome = await checkDcv({
        ...{ target: SHOP, parameters: DNS_01, policy: 'baseline-requirements' as const, now: NOW },
        ...{ deadline, monotonic: () => 0 },
        view: dnsOnly(resolver),
      });
      expect(outcome).toMatchObject({ completed: true, passed: false, corroborates: false });
      expect(resolver.asked).toHaveLength(asked);
    },
  );

  it('have the prefix of dns-change', async () => {
    const { outcome, resolver } = run({ parameters: CHANGE });
    await outcome;
    expect(resolver.asked).toContain('TXT _dcv.www.shop.example');
  });
});

const URL = 'http://shop.example/.well-known/pki-validation/proof.txt';
const RANDOM = 'rv-7f3c90e1b2d4a6f8091b';
const V4 = addressRecord('A', '11.0.0.1');
const V6 = addressRecord('AAAA', '2a00::1');
const BOTH: Script = { 'A shop.example': [V4], 'AAAA shop.example': [V6] };
const WEBSITE: DcvParameters = {
  ...{ method: 'website-change', challengeValue: RANDOM, httpTokenPath: 'proof.txt', urlScheme: 'http' },
  ...{ httpHeaders: null, matchRegex: null, requireExactCase: true },
};

/** Other pages at the IPv4 address than at the IPv6 address. */
function runWeb(script: Script, over6: Pages, over4: Pages, deadline = 10_000) {
  const webs = { 6: createFakeWeb(over6), 4: createFakeWeb(over4) };
  const get: NetworkView['http']['get'] = (request) =>
    webs[request.addresses[0]?.includes(':') ? 6 : 4].get(request);
  const outcome = checkDcv({
    ...{ target: SHOP, parameters: WEBSITE, policy: 'baseline-requirements' as const, now: NOW },
    ...{ deadline, monotonic: () => 0 },
    view: dnsOnly(createFakeResolver(script), { http: { get } }),
  });
  return { outcome, webs };
}

describe('the IPv4 address of a host that failed over IPv6', () => {
  it('is seen to have the right page, which proves nothing', async () => {
    const { outcome, webs } = runWeb(BOTH, {}, { [URL]: RANDOM });
    const result = await outcome;
    expect(result).toMatchObject({ completed: true, passed: false, corroborates: false });
    const { overIpv4, hops } = result.details as HttpDcvDetails;
    expect(overIpv4).toEqual({ address: '11.0.0.1', statusCode: 200, proves: true });
    expect(hops).toHaveLength(1);
    expect(webs[4].asked.map(({ addresses, deadline }) => ({ addresses, deadline }))).toEqual([
      { addresses: ['11.0.0.1'], deadline: 2_000 },
    ]);
  });

  it.each<{ name: string; over4: Pages; expected: unknown }>([
    {
      name: 'another page',
      over4: { [URL]: 'other' },
      expected: { address: '11.0.0.1', statusCode: 200, proves: false },
    },
    { name: 'no page', over4: {}, expected: { address: '11.0.0.1', statusCode: 404, proves: false } },
    {
      name: 'no connection',
      over4: { [URL]: 'unreachable' },
      expected: { address: '11.0.0.1', statusCode: null, proves: false },
    },
    {
      name: 'a redirect, which is not followed',
      over4: { [URL]: { statusCode: 302, locations: ['/x'] } },
      expected: { address: '11.0.0.1', statusCode: 302, proves: false },
    },
  ])('is seen to have $name', async ({ over4, expected }) => {
    const { outcome } = runWeb(BOTH, { [URL]: 'closed' }, over4);
    expect(((await outcome).details as HttpDcvDetails).overIpv4).toEqual(expected);
  });

  it.each<{ name: string; script: Script; over6: Pages; deadline?: number }>([
    { name: 'less than two seconds are left', script: BOTH, over6: {}, deadline: 1_999 },
    { name: 'the check passed', script: BOTH, over6: { [URL]: RANDOM } },
    { name: 'there is none', script: { 'AAAA shop.example': [V6] }, over6: {} },
    { name: 'the host has no IPv6 address', script: { 'A shop.example': [V4] }, over6: {} },
    { name: 'the host has no address', script: {}, over6: {} },
  ])('is not tried when $name', async ({ script, over6, deadline }) => {
    const { outcome, webs } = runWeb(script, over6, {}, deadline);
    expect((await outcome).details).not.toHaveProperty('overIpv4');
    expect(webs[4].asked.length).toBeLessThanOrEqual(1);
  });

  it('is left out of the evidence when the client has a bug, and the outcome stays', async () => {
    const { get } = createFakeWeb({});
    const outcome = await checkDcv({
      ...{ target: SHOP, parameters: WEBSITE, policy: 'baseline-requirements' as const, now: NOW },
      ...{ deadline: 10_000, monotonic: () => 0 },
      view: dnsOnly(createFakeResolver(BOTH), {
        http: {
          get: (request) =>
            request.addresses.length === 1 ? Promise.reject(new Error('a bug')) : get(request),
        },
      }),
    });
    expect(outcome).toMatchObject({ completed: true, passed: false });
    expect(outcome.details).not.toHaveProperty('overIpv4');
  });

  it('gets a second handshake, which proves nothing either', async () => {
    const probed: (readonly string[])[] = [];
    const outcome = await checkDcv({
      ...{ target: SHOP, parameters: { method: 'acme-tls-alpn-01', keyAuthorizationHash: 'ab'.repeat(32) } },
      ...{ policy: 'baseline-requirements' as const, now: NOW, deadline: 10_000, monotonic: () => 0 },
      view: dnsOnly(createFakeResolver(BOTH), {
        tls: {
          async probe({ addresses }) {
            probed.push(addresses);
            const [address = ''] = addresses;
            return {
              status: 'failed',
              reason: 'closed',
              address,
              message: 'scripted',
              partial: null,
            } as const;
          },
        },
      }),
    });
    expect(probed).toEqual([['2a00::1', '11.0.0.1'], ['11.0.0.1']]);
    expect(outcome).toMatchObject({ completed: false, passed: false });
    expect((outcome.details as TlsAlpnDetails).overIpv4).toEqual({
      address: '11.0.0.1',
      statusCode: null,
      proves: false,
    });
  });
});
