import { describe, expect, it } from 'vitest';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import type { DcvParameters, Policy } from '../../../shared/domain/check/check.ts';
import { LOOKUP_FAILURES } from '../../../shared/domain/dns/lookup.ts';
import {
  ACCOUNT_01,
  ADDRESS,
  CHANGE,
  CHANGE_CAA,
  CHANGE_CNAME,
  DNS_01,
  dnsDetails,
  EMAIL_CAA,
  EMAIL_TXT,
  type Given,
  HASH,
  IP,
  LABEL,
  NOW,
  PERSISTENT,
  PHONE_CAA,
  PHONE_TXT,
  REVERSE,
  run,
  SHOP,
  verdictOf,
} from '../../support/dcv-checks.ts';
import {
  addressRecord,
  caaProperty,
  cnameTo,
  createFakeResolver,
  ptrTo,
  type Script,
  txt,
} from '../../support/fake-resolver.ts';
import { dnsOnly } from '../../support/network-view.ts';

interface MethodCase extends Given {
  readonly method: string;
  readonly parameters: DcvParameters;
  readonly question: string;
  readonly proof: Script[string];
  /** Another secret, contact, address, name or account at the same name. */
  readonly other: Script[string];
  readonly seen: string;
}

const METHODS: MethodCase[] = [
  {
    method: 'acme-dns-01',
    parameters: DNS_01,
    question: 'TXT _acme-challenge.shop.example',
    proof: [txt(HASH)],
    other: [txt(HASH.replace('l', 'L'))],
    seen: HASH,
  },
  {
    method: 'dns-account-01',
    parameters: ACCOUNT_01,
    question: `TXT ${LABEL}._acme-challenge.shop.example`,
    proof: [txt(HASH)],
    other: [txt(`${HASH}=`)],
    seen: HASH,
  },
  {
    method: 'dns-change TXT',
    parameters: CHANGE,
    question: 'TXT _dcv.shop.example',
    proof: [txt('x rv-81-5xqnwz7gk2mtha4.ca.example y')],
    other: [txt('rv-82-5xqnwz7gk2mtha4.ca.example')],
    seen: 'x rv-81-5xqnwz7gk2mtha4.ca.example y',
  },
  {
    method: 'dns-change CNAME',
    parameters: CHANGE_CNAME,
    question: 'CNAME _dcv.shop.example',
    proof: [cnameTo('RV-81-5xqnwz7gk2mtha4.ca.example.')],
    other: [cnameTo('rv-82-5xqnwz7gk2mtha4.ca.example.')],
    seen: 'RV-81-5xqnwz7gk2mtha4.ca.example.',
  },
  {
    method: 'dns-change CAA',
    parameters: CHANGE_CAA,
    question: 'CAA _dcv.shop.example',
    proof: [caaProperty('any', 'rv-81-5xqnwz7gk2mtha4.ca.example')],
    other: [caaProperty('any', 'rv-82-5xqnwz7gk2mtha4')],
    seen: 'rv-81-5xqnwz7gk2mtha4.ca.example',
  },
  {
    method: 'dns-persistent',
    parameters: PERSISTENT,
    question: 'TXT _validation-persist.shop.example',
    proof: [txt('ca.example; accounturi=https://ca.example/acct/1; x=1')],
    other: [txt('ca.example; accounturi=https://ca.example/acct/2')],
    seen: 'ca.example; accounturi=https://ca.example/acct/1; x=1',
  },
  {
    method: 'dns-persistent for an address',
    target: IP,
    parameters: PERSISTENT,
    question: 'TXT _ip-validation-persist.5.2.0.192.in-addr.arpa',
    proof: [txt('ca.example; accounturi=https://ca.example/acct/1')],
    other: [txt('other.example; accounturi=https://ca.example/acct/1')],
    seen: 'ca.example; accounturi=https://ca.example/acct/1',
  },
  {
    method: 'contact-email-txt',
    parameters: EMAIL_TXT,
    question: 'TXT _validation-contactemail.shop.example',
    proof: [txt('dns@SHOP.example')],
    other: [txt('web@shop.example')],
    seen: 'dns@SHOP.example',
  },
  {
    method: 'contact-phone-txt',
    parameters: PHONE_TXT,
    question: 'TXT _validation-contactphone.shop.example',
    proof: [txt('+1-555-0100')],
    other: [txt('+1-555-0101')],
    seen: '+1-555-0100',
  },
  {
    method: 'contact-email-caa',
    parameters: EMAIL_CAA,
    question: 'CAA shop.example',
    proof: [caaProperty('ContactEmail', 'dns@shop.example')],
    other: [caaProperty('contactemail', 'web@shop.example')],
    seen: 'dns@shop.example',
  },
  {
    method: 'contact-phone-caa',
    parameters: PHONE_CAA,
    question: 'CAA shop.example',
    proof: [caaProperty('contactphone', '+1-555-0100')],
    other: [caaProperty('contactphone', '+1-555-0101')],
    seen: '+1-555-0100',
  },
  {
    method: 'ip-address',
    parameters: ADDRESS,
    question: 'AAAA shop.example',
    proof: [addressRecord('AAAA', '2001:db8::5')],
    other: [addressRecord('AAAA', '2001:db8::6')],
    seen: '2001:db8::5',
  },
  {
    method: 'reverse-address-lookup',
    target: IP,
    parameters: REVERSE,
    question: 'PTR 5.2.0.192.in-addr.arpa',
    proof: [ptrTo('Shop.Example.')],
    other: [ptrTo('shop.example.test.')],
    seen: 'Shop.Example.',
  },
];

describe.each(METHODS)('$method', ({ target, parameters, question, proof, other, seen }) => {
  const given = { ...(target && { target }), parameters };
  const climbs = parameters.method.endsWith('-caa');

  it.each<Policy>(['baseline-requirements', 'open-mpic'])(
    'corroborates with a matching record under %s',
    async (policy) => {
      const { outcome, resolver } = run({ ...given, policy, script: { [question]: proof } });
      expect(verdictOf(await outcome)).toBe('corroborates');
      expect(resolver.asked).toEqual([question]);
      expect(resolver.deadlines).toEqual([5_000]);
      expect(dnsDetails(await outcome)).toMatchObject({
        kind: 'dns',
        method: parameters.method,
        recordsSeen: [seen],
        recordsTruncated: false,
        adFlag: false,
        foundAt: question.split(' ')[1],
        dns: {
          resolver: 'fake 192.0.2.53:53',
          rcode: 0,
          ttl: 300,
          tries: 1,
          dnssec: 'not validated',
          cnameChain: [],
        },
      });
    },
  );

  it.each<Policy>(['baseline-requirements', 'open-mpic'])(
    'fails with another value under %s',
    async (policy) => {
      const { outcome } = run({ ...given, policy, script: { [question]: other } });
      expect(verdictOf(await outcome)).toBe('fails');
      expect(dnsDetails(await outcome).recordsSeen).toHaveLength(1);
    },
  );

  it('finds the matching record among others', async () => {
    const records = [...(Array.isArray(other) ? other : []), ...(Array.isArray(proof) ? proof : [])];
    expect(verdictOf(await run({ ...given, script: { [question]: records } }).outcome)).toBe('corroborates');
  });

  it('is completed and failed when the name does not exist', async () => {
    const outcome = await run(given).outcome;
    expect(outcome).toMatchObject({ completed: true, passed: false, corroborates: false });
    expect(outcome.errors.map(({ type }) => type)).toEqual(climbs ? [] : ['mpic_error:dcv_checker:lookup']);
    if (!climbs) expect(outcome.errors[0]?.message).toContain('NXDOMAIN');
    expect(dnsDetails(outcome)).toMatchObject({
      recordsSeen: null,
      foundAt: null,
      adFlag: null,
      dns: { rcode: 3 },
    });
  });

  it('is completed and failed when the name has no such record', async () => {
    const outcome = await run({ ...given, script: { [question]: [] } }).outcome;
    expect(outcome).toMatchObject({ completed: true, passed: false, corroborates: false });
    if (!climbs) expect(outcome.errors[0]?.message).toContain('NoAnswer');
  });

  it('ignores records of another type', async () => {
    const stray = { type: question.startsWith('TXT') ? 'CNAME' : 'TXT', value: seen } as const;
    const outcome = await run({ ...given, script: { [question]: [stray] } }).outcome;
    expect(outcome).toMatchObject({ completed: true, passed: false, details: { recordsSeen: null } });
  });

  it.each(LOOKUP_FAILURES)('is not completed after %s', async (reason) => {
    const outcome = await run({ ...given, policy: 'open-mpic', script: { [question]: reason } }).outcome;
    expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
    expect(outcome.errors).toEqual([
      { type: 'mpic_error:dcv_checker:lookup', message: expect.stringContaining(reason) },
    ]);
    expect(dnsDetails(outcome)).toMatchObject({ recordsSeen: null, foundAt: null, adFlag: null });
    expect(dnsDetails(outcome).dns.dnssec).toBe(reason === 'bogus' ? 'bogus' : 'indeterminate');
  });
});

describe('checks that are rejected or aborted', () => {
  it('sends no query when prefix and target exceed the length of a name', async () => {
    const name = `${`${'a'.repeat(60)}.`.repeat(4)}example`;
    const { outcome, resolver } = run({
      target: { kind: 'domain', name, wildcard: false },
      parameters: DNS_01,
    });
    expect(await outcome).toMatchObject({
      completed: false,
      errors: [{ type: 'mpic_error:dcv_checker:parameter' }],
    });
    expect(resolver.asked).toEqual([]);
  });

  it('sends no query for an address that the method cannot validate, under either policy', async () => {
    const { outcome, resolver } = run({ target: IP, parameters: ACCOUNT_01, policy: 'open-mpic' });
    expect(await outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
    expect(resolver.asked).toEqual([]);
  });

  it('is not completed when the caller aborts it', async () => {
    const resolver = createFakeResolver({});
    const signal = AbortSignal.abort();
    const outcome = await checkDcv({
      target: SHOP,
      parameters: DNS_01,
      policy: 'open-mpic',
      view: dnsOnly(resolver),
      deadline: 1,
      monotonic: () => 0,
      now: NOW,
      signal,
    });
    expect(outcome).toMatchObject({
      completed: false,
      errors: [{ message: expect.stringContaining('aborted') }],
    });
  });
});
