import { describe, expect, it } from 'vitest';
import type { DcvParameters, Target } from '../../../shared/domain/check/check.ts';
import {
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
  PERSISTENT,
  PHONE_TXT,
  run,
  SHOP,
  type Verdict,
  verdictOf,
  WILDCARD,
} from '../../support/dcv-checks.ts';
import { addressRecord, caaProperty, cnameTo, type Script, txt } from '../../support/fake-resolver.ts';

describe('dns-persistent (TLS BR 3.2.2.4.22 [dcv-dns-persistent])', () => {
  const now = 1_790_000_000_000;
  const base = 'ca.example; accounturi=https://ca.example/acct/1';
  const expired = `${base}; persistUntil=1789999999`;

  it.each<{ name: string; records: string[][]; verdict: Verdict; wildcard?: boolean; demand?: boolean }>([
    { name: 'P01 issuer and account', records: [[base]], verdict: 'corroborates' },
    {
      name: 'P02 the last valid second',
      records: [['ca.example;accounturi=https://ca.example/acct/1;persistUntil=1790000000']],
      verdict: 'corroborates',
    },
    { name: 'P03 one second after persistUntil', records: [[expired]], verdict: 'fails' },
    {
      name: 'P04 a persistUntil that is not a number',
      records: [[`${base}; persistUntil=tomorrow`]],
      verdict: 'fails',
    },
    {
      name: 'P05 the account in different case',
      records: [['ca.example; accounturi=https://ca.example/ACCT/1']],
      verdict: 'fails',
    },
    { name: 'P06 no account', records: [['ca.example']], verdict: 'fails' },
    {
      name: 'P07 another issuer',
      records: [['other.example; accounturi=https://ca.example/acct/1']],
      verdict: 'fails',
    },
    { name: 'P08 an unknown parameter', records: [[`${base}; x-new=1`]], verdict: 'corroborates' },
    { name: 'P09 a trailing semicolon', records: [[`${base};`]], verdict: 'fails' },
    { name: 'P10 an expired record and a valid one', records: [[expired], [base]], verdict: 'corroborates' },
    {
      name: 'P11 one record in two strings',
      records: [[base.slice(0, 30), base.slice(30)]],
      verdict: 'corroborates',
    },
    {
      name: 'two records that are valid only when joined',
      records: [[base.slice(0, 30)], [base.slice(30)]],
      verdict: 'fails',
    },
    {
      name: 'P12 a wildcard without policy=wildcard',
      records: [[base]],
      wildcard: true,
      verdict: 'corroborates',
    },
    {
      name: 'P12 a wildcard without policy=wildcard, which is required',
      records: [[base]],
      wildcard: true,
      demand: true,
      verdict: 'fails',
    },
    {
      name: 'P12 a wildcard with policy=wildcard, which is required',
      records: [[`${base}; policy=wildcard`]],
      wildcard: true,
      demand: true,
      verdict: 'corroborates',
    },
    {
      name: 'P12 policy=wildcard required, for a name that is not a wildcard',
      records: [[base]],
      demand: true,
      verdict: 'corroborates',
    },
  ])('$name: $verdict', async ({ records, verdict, wildcard = false, demand = false }) => {
    const { outcome } = run({
      target: wildcard ? WILDCARD : SHOP,
      parameters: { ...PERSISTENT, requireWildcardPolicy: demand },
      script: { 'TXT _validation-persist.shop.example': records.map((strings) => txt(...strings)) },
      now,
    });
    expect(verdictOf(await outcome)).toBe(verdict);
  });
});

describe('persistUntil in the details of a persistent record', () => {
  const persist = 'TXT _validation-persist.shop.example';
  const proof = (end: string) => txt(`ca.example; accounturi=${PERSISTENT.expectedAccountUri}${end}`);
  const another = txt('other.example; accounturi=https://ca.example/acct/1; persistUntil=1990000000');

  it.each<{ name: string; records: ReturnType<typeof txt>[]; persistUntil: number | null | undefined }>([
    {
      name: 'the value of the record',
      records: [proof('; persistUntil=1900000000')],
      persistUntil: 1_900_000_000,
    },
    { name: 'null without one in the record', records: [proof('')], persistUntil: null },
    {
      name: "the latest value of several records, ignoring another CA's",
      records: [another, proof('; persistUntil=1800000000'), proof('; persistUntil=1900000000')],
      persistUntil: 1_900_000_000,
    },
    { name: 'absent if no record proves control', records: [another], persistUntil: undefined },
  ])('is $name', async ({ records, persistUntil }) => {
    const { outcome } = run({ parameters: PERSISTENT, script: { [persist]: records } });
    expect(dnsDetails(await outcome).persistUntil).toBe(persistUntil);
  });

  it('is absent for other methods', async () => {
    const { outcome } = run({
      parameters: DNS_01,
      script: { 'TXT _acme-challenge.shop.example': [txt(HASH)] },
    });
    expect(dnsDetails(await outcome)).not.toHaveProperty('persistUntil');
  });
});

describe('what only the reference accepts', () => {
  const email = 'TXT _validation-contactemail.shop.example';
  const persist = 'TXT _validation-persist.shop.example';
  const expected = PERSISTENT.expectedAccountUri;
  it.each<Given & { name: string; script: Script }>([
    {
      name: 'an account in different case',
      parameters: PERSISTENT,
      script: { [persist]: [txt(`ca.example; accounturi=${expected.toUpperCase()}`)] },
    },
    {
      name: 'a local part in different case',
      parameters: EMAIL_TXT,
      script: { [email]: [txt('DNS@shop.example')] },
    },
    {
      name: 'a number with spaces',
      parameters: { ...PHONE_TXT, challengeValue: '+49 30 1' } as DcvParameters,
      script: { 'TXT _validation-contactphone.shop.example': [txt('+49 30 1')] },
    },
    {
      name: 'a CAA contact in different case',
      parameters: EMAIL_CAA,
      script: { 'CAA shop.example': [caaProperty('contactemail', 'DNS@shop.example')] },
    },
    {
      name: 'a CAA value in different case',
      parameters: CHANGE_CAA,
      script: { 'CAA _dcv.shop.example': [caaProperty('x', 'RV-81-5xqnwz7gk2mtha4.ca.example')] },
    },
  ])(
    '$name passes without corroborating under open-mpic, and fails under the BR',
    async ({ parameters, script }) => {
      expect(verdictOf(await run({ parameters, script, policy: 'open-mpic' }).outcome)).toBe('passes');
      expect(verdictOf(await run({ parameters, script }).outcome)).toBe('fails');
    },
  );

  it('does not prevent corroboration by an exact record in the same set', async () => {
    const script = { [email]: [txt('DNS@shop.example'), txt('dns@shop.example')] };
    expect(verdictOf(await run({ parameters: EMAIL_TXT, script, policy: 'open-mpic' }).outcome)).toBe(
      'corroborates',
    );
  });

  it.each<Given & { name: string; script: Script; type: string }>([
    {
      name: 'a prefix of two labels',
      parameters: { ...CHANGE, namePrefix: '_a.b' },
      script: { 'TXT _a.b.shop.example': [txt(CHANGE.challengeValue)] },
      type: 'parameter',
    },
    {
      name: 'a prefix without an underscore',
      parameters: { ...CHANGE, namePrefix: 'a' },
      script: { 'TXT a.shop.example': [txt(CHANGE.challengeValue)] },
      type: 'parameter',
    },
    {
      name: 'a prefix before a CAA contact',
      parameters: { ...EMAIL_CAA, namePrefix: '_a' },
      script: { 'CAA _a.shop.example': [caaProperty('contactemail', 'dns@shop.example')] },
      type: 'parameter',
    },
    {
      name: 'a wildcard name with the method ip-address',
      target: WILDCARD,
      parameters: ADDRESS,
      script: { 'AAAA shop.example': [addressRecord('AAAA', '2001:db8::5')] },
      type: 'parameter',
    },
    {
      name: 'a method after its end date',
      parameters: ADDRESS,
      now: Date.parse('2026-03-15'),
      script: { 'AAAA shop.example': [addressRecord('AAAA', '2001:db8::5')] },
      type: 'method_ended',
    },
  ])(
    '$name causes no query under the BR, and does not corroborate under open-mpic',
    async ({ type, name: _, ...given }) => {
      const strict = run(given);
      expect(await strict.outcome).toMatchObject({
        completed: false,
        passed: false,
        corroborates: false,
        errors: [{ type: `mpic_error:dcv_checker:${type}` }],
        details: { kind: 'dns', recordsSeen: null, dns: { resolver: 'fake', tries: 0, rcode: null } },
      });
      expect(strict.resolver.asked).toEqual([]);
      expect(verdictOf(await run({ ...given, policy: 'open-mpic' }).outcome)).toBe('passes');
    },
  );
});

describe('dns-change (TLS BR 3.2.2.4.7 [dcv-dns-change])', () => {
  const RAW = { type: 'TXT', value: '\xff rv-81-5xqnwz7gk2mtha4.ca.example' } as const;

  it.each<{ name: string; records: Script[string]; verdict: Verdict }>([
    {
      name: 'TXT in two strings',
      records: [txt('rv-81-5xqnwz7gk2mtha4.', 'ca.example')],
      verdict: 'corroborates',
    },
    {
      name: 'TXT in two records',
      records: [txt('rv-81-5xqnwz7gk2mtha4.'), txt('ca.example')],
      verdict: 'fails',
    },
    { name: 'TXT in different case', records: [txt('RV-81-5xqnwz7gk2mtha4.CA.EXAMPLE')], verdict: 'fails' },
    { name: 'TXT with a non-text byte before the value', records: [RAW], verdict: 'corroborates' },
  ])('$name: $verdict', async ({ records, verdict }) => {
    const script = { 'TXT _dcv.shop.example': records };
    expect(verdictOf(await run({ parameters: CHANGE, script }).outcome)).toBe(verdict);
  });

  it.each<{ name: string; exact: boolean; caseCounts: boolean; value: string; verdict: Verdict }>([
    {
      name: 'the value as part of the text',
      exact: true,
      caseCounts: true,
      value: 'x rv-81-5xqnwz7gk2mtha4.ca.example',
      verdict: 'fails',
    },
    {
      name: 'the value',
      exact: true,
      caseCounts: true,
      value: 'rv-81-5xqnwz7gk2mtha4.ca.example',
      verdict: 'corroborates',
    },
    {
      name: 'the value in different case',
      exact: true,
      caseCounts: true,
      value: 'RV-81-5xqnwz7gk2mtha4.ca.example',
      verdict: 'fails',
    },
    {
      name: 'the value in different case',
      exact: true,
      caseCounts: false,
      value: 'RV-81-5xqnwz7gk2mtha4.ca.example',
      verdict: 'corroborates',
    },
  ])(
    'TXT, exact: $exact, case counts: $caseCounts, $name: $verdict',
    async ({ exact, caseCounts, value, verdict }) => {
      const parameters: DcvParameters = { ...CHANGE, requireExactMatch: exact, requireExactCase: caseCounts };
      expect(
        verdictOf(await run({ parameters, script: { 'TXT _dcv.shop.example': [txt(value)] } }).outcome),
      ).toBe(verdict);
    },
  );

  it('requires the whole CNAME target, with or without final dot, when an exact match is required', async () => {
    const parameters: DcvParameters = { ...CHANGE_CNAME, requireExactMatch: true };
    const at = (name: string) => ({ 'CNAME _dcv.shop.example': [cnameTo(name)] });
    expect(
      verdictOf(await run({ parameters, script: at('rv-81-5xqnwz7gk2mtha4.ca.example.') }).outcome),
    ).toBe('corroborates');
    expect(
      verdictOf(await run({ parameters, script: at('x.rv-81-5xqnwz7gk2mtha4.ca.example.') }).outcome),
    ).toBe('fails');
  });

  it('does not climb for a CAA value', async () => {
    const script = { 'CAA shop.example': [caaProperty('x', CHANGE.challengeValue)] };
    const { outcome, resolver } = run({ parameters: CHANGE_CAA, script });
    expect(await outcome).toMatchObject({ completed: true, passed: false, corroborates: false });
    expect(resolver.asked[0]).toBe('CAA _dcv.shop.example');
    expect(resolver.asked).not.toContain('CAA example');
  });
});

describe('CAA contacts climb (RFC 8659 section 3)', () => {
  const target: Target = { kind: 'domain', name: 'a.b.shop.example', wildcard: false };
  const contact = caaProperty('contactemail', 'dns@shop.example');

  it('uses the nearest set, and reports its name', async () => {
    const script: Script = {
      'CAA b.shop.example': { ttl: 60, dnssec: 'secure' },
      'CAA shop.example': { records: [contact], ttl: 900, adFlag: true, dnssec: 'secure' },
    };
    const { outcome, resolver } = run({ target, parameters: EMAIL_CAA, script });
    expect(verdictOf(await outcome)).toBe('corroborates');
    expect(resolver.asked).toEqual(['CAA a.b.shop.example', 'CAA b.shop.example', 'CAA shop.example']);
    // The denial at the first level was not validated, so the whole path is not.
    expect(dnsDetails(await outcome)).toMatchObject({
      foundAt: 'shop.example',
      adFlag: true,
      dns: { ttl: 60, dnssec: 'not validated' },
    });
  });

  it('stops at a set without the property, although a parent has one', async () => {
    const script = {
      'CAA b.shop.example': [caaProperty('issue', 'dns@shop.example')],
      'CAA shop.example': [contact],
    };
    const { outcome, resolver } = run({ target, parameters: EMAIL_CAA, script, policy: 'open-mpic' });
    expect(verdictOf(await outcome)).toBe('fails');
    expect(dnsDetails(await outcome)).toMatchObject({ recordsSeen: [], foundAt: 'b.shop.example' });
    expect(resolver.asked).toEqual(['CAA a.b.shop.example', 'CAA b.shop.example']);
  });

  it('stops at a failure, although a parent has the property', async () => {
    const script: Script = { 'CAA b.shop.example': 'servfail', 'CAA shop.example': [contact] };
    const { outcome } = run({ target, parameters: EMAIL_CAA, script });
    expect(await outcome).toMatchObject({
      completed: false,
      passed: false,
      errors: [{ message: expect.stringContaining('NoNameservers') }],
    });
  });

  it('does not accept a telephone contact as an email contact', async () => {
    const script = { 'CAA shop.example': [caaProperty('contactphone', 'dns@shop.example')] };
    expect(verdictOf(await run({ parameters: EMAIL_CAA, script, policy: 'open-mpic' }).outcome)).toBe(
      'fails',
    );
  });

  it('queries up to the top-level domain and fails without an error when no level has a set', async () => {
    const { outcome, resolver } = run({ parameters: EMAIL_CAA });
    expect(verdictOf(await outcome)).toBe('fails');
    expect(resolver.asked).toEqual(['CAA shop.example', 'CAA example']);
    expect(dnsDetails(await outcome).recordsSeen).toBeNull();
  });
});

describe('evidence', () => {
  const question = 'TXT _acme-challenge.shop.example';

  it('shows text that is not UTF-8, aliases, the AD flag and extended errors', async () => {
    const script: Script = {
      [question]: {
        records: [{ type: 'TXT', value: '\xff' }, txt('ä'), txt(HASH)],
        cnameChain: ['x.ca.example.'],
        adFlag: true,
        dnssec: 'secure',
        extendedErrors: [{ code: 3, text: 'stale' }],
      },
    };
    expect(dnsDetails(await run({ parameters: DNS_01, script }).outcome)).toMatchObject({
      recordsSeen: ['\ufffd', 'ä', HASH],
      adFlag: true,
      foundAt: '_acme-challenge.shop.example',
      dns: { cnameChain: ['x.ca.example.'], dnssec: 'secure', extendedErrors: ['3 stale'] },
    });
  });

  it('is limited, and keeps the record that decided', async () => {
    const flood = Array.from({ length: 300 }, (_, index) => txt(`${index}`.padEnd(1_000, 'x')));
    const outcome = await run({ parameters: DNS_01, script: { [question]: [...flood, txt(HASH)] } }).outcome;
    expect(verdictOf(outcome)).toBe('corroborates');
    const { recordsSeen, recordsTruncated } = dnsDetails(outcome);
    expect(recordsTruncated).toBe(true);
    expect(recordsSeen?.at(-1)).toBe(HASH);
    expect(recordsSeen?.join('').length).toBeLessThanOrEqual(64 * 1024);
  });

  it('never contains the expected value in an error', async () => {
    const refused = await run({ target: IP, parameters: DNS_01 }).outcome;
    const absent = await run({ parameters: DNS_01 }).outcome;
    expect(JSON.stringify([refused.errors, absent.errors])).not.toContain(HASH);
  });
});
