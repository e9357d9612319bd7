import { describe, expect, it } from 'vitest';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import { listAdvisories } from '../../../shared/contract/api/advisories.ts';
import type { Check, DcvParameters, NameLookup, Target } from '../../../shared/domain/check/check.ts';
import { accountLabel } from '../../../shared/domain/dcv/account-label.ts';
import { validationUsableUntil } from '../../../shared/domain/mpic/usable-until.ts';
import { acceptBody, refusalOf } from '../../support/accepting.ts';
import {
  addressRecord,
  cnameTo,
  createFakeResolver,
  ptrTo,
  type Script,
  txt,
} from '../../support/fake-resolver.ts';
import { dnsOnly } from '../../support/network-view.ts';

const VALUE = 'rv_7f3c90e1b2d4a6f8091b';
const HASH = 'lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM';

const request = (target: string, changes: Record<string, unknown> = {}) => ({
  check_type: 'dcv',
  domain_or_ip_target: target,
  dcv_check_parameters: { validation_method: 'dns-change', dns_record_type: 'TXT', challenge_value: VALUE },
  ...changes,
});
const cname = (to: string) => ({ step: 'cname', to });
const prune = (to: string) => ({ step: 'prune', to });

describe('applied_for and adn_steps of a request (TLS BR 3.2.2.4 [adn])', () => {
  it.each<{ name: string; body: unknown; adn: object; order: object }>([
    {
      name: 'AD-01 steps are replayed with names in canonical form',
      body: request('example.net', {
        applied_for: 'W.Example.Com',
        adn_steps: [cname('T.D.example.net.'), prune('Example.NET')],
      }),
      adn: {
        wildcard: false,
        lookups: [{ type: 'CNAME', name: 'w.example.com', expected: 't.d.example.net' }],
      },
      order: {
        appliedFor: 'w.example.com',
        adnSteps: [
          { step: 'cname', to: 't.d.example.net' },
          { step: 'prune', to: 'example.net' },
        ],
      },
    },
    {
      name: 'AD-01 a name validated as applied for needs no steps',
      body: request('shop.example.com', { applied_for: 'shop.example.com' }),
      adn: { wildcard: false, lookups: [] },
      order: { appliedFor: 'shop.example.com', adnSteps: [] },
    },
    {
      name: 'AD-01 a wildcard name is stripped and pruned',
      body: request('example.com', {
        applied_for: '*.w.example.com',
        adn_steps: [{ step: 'strip' }, prune('example.com')],
      }),
      adn: { wildcard: true, lookups: [] },
      order: { appliedFor: '*.w.example.com' },
    },
    {
      name: 'AE-10 an address is validated by the name of its PTR record',
      body: request('h.example.net', {
        applied_for: '2a00:1450:4001::1',
        adn_steps: [{ step: 'ptr', to: 'h.example.net' }],
      }),
      adn: {
        wildcard: false,
        lookups: [
          {
            type: 'PTR',
            name: `1.${'0.'.repeat(19)}1.0.0.4.0.5.4.1.0.0.a.2.ip6.arpa`,
            expected: 'h.example.net',
          },
        ],
      },
      order: { appliedFor: '2a00:1450:4001::1' },
    },
  ])('$name', ({ body, adn, order }) => {
    const record = acceptBody(body);
    expect(record.check).toMatchObject({ checkType: 'dcv', adn });
    expect(record.order).toMatchObject(order);
  });

  it.each<{ name: string; body: unknown; refusal: RegExp }>([
    {
      name: 'AE-02 a public suffix',
      body: request('co.uk', { applied_for: 'a.example.co.uk', adn_steps: [prune('co.uk')] }),
      refusal: /^invalid-adn-steps: adn_steps\[0\]: "co\.uk" is above the Base Domain Name "example\.co\.uk"/,
    },
    {
      name: 'AD-01 steps without applied_for',
      body: request('example.com', { adn_steps: [prune('example.com')] }),
      refusal: /^invalid-applied-for: adn_steps lead from applied_for/,
    },
    {
      name: 'AD-01 a parent without the step to it',
      body: request('example.com', { applied_for: 'a.example.com' }),
      refusal: /^invalid-applied-for: applied_for is "a\.example\.com", and the target is "example\.com"/,
    },
    {
      name: 'AD-01 a reserved address as applied_for',
      body: request('h.example.net', {
        applied_for: '192.0.2.9',
        adn_steps: [{ step: 'ptr', to: 'h.example.net' }],
      }),
      refusal: /^invalid-applied-for: applied_for: "192\.0\.2\.9" is a reserved IP address/,
    },
    {
      name: 'AD-01 a name of a reverse zone as applied_for',
      body: request('shop.example.com', { applied_for: '1.0.0.11.in-addr.arpa' }),
      refusal: /^invalid-applied-for: applied_for: .*reverse zone/,
    },
    {
      name: 'AD-01 an unknown step',
      body: request('example.com', { applied_for: 'a.example.com', adn_steps: [{ step: 'shorten' }] }),
      refusal: /^enum: Input should be 'strip', 'cname', 'prune' or 'ptr'/,
    },
    {
      name: 'AD-01 a step without its result',
      body: request('example.com', { applied_for: 'a.example.com', adn_steps: [{ step: 'prune' }] }),
      refusal: /^value_error: .*should have "to"/,
    },
    {
      name: 'AD-01 a step with a member that it does not have',
      body: request('example.com', {
        applied_for: '*.example.com',
        adn_steps: [{ step: 'strip', to: 'example.com' }],
      }),
      refusal: /^value_error: .*should have "to"/,
    },
    {
      name: 'AD-01 a step to an invalid name',
      body: request('example.com', { applied_for: 'a.example.com', adn_steps: [prune('exam ple.com')] }),
      refusal: /^value_error: .*should be a domain name in A-labels/,
    },
    {
      name: 'AD-01 more than 16 steps',
      body: request('example.com', {
        applied_for: 'a.example.com',
        adn_steps: Array.from({ length: 17 }, () => prune('example.com')),
      }),
      refusal: /at most 16 steps/,
    },
    {
      name: 'SI-03 an address for an S/MIME certificate',
      body: {
        ...request('11.0.0.1', { certificate_type: 's-mime' }),
        dcv_check_parameters: { validation_method: 'acme-tls-alpn-01', key_authorization_hash: HASH },
      },
      refusal: /^invalid-certificate-type: .*S\/MIME BR 3\.2\.2\.1/,
    },
    {
      name: 'AD-01 for CAA, an applied_for other than the target',
      body: { check_type: 'caa', domain_or_ip_target: 'example.com', applied_for: 'a.example.com' },
      refusal: /^invalid-applied-for: .*TLS BR 4\.2\.2\.1\)/,
    },
    {
      name: 'AD-01 for CAA, a wildcard name as applied_for of a plain target',
      body: { check_type: 'caa', domain_or_ip_target: 'example.com', applied_for: '*.example.com' },
      refusal: /^invalid-applied-for: /,
    },
    {
      name: 'SI-05 for CAA of an S/MIME certificate, an applied_for other than the target',
      body: {
        check_type: 'caa',
        domain_or_ip_target: 'example.com',
        applied_for: 'a.example.com',
        caa_check_parameters: { certificate_type: 's-mime' },
      },
      refusal: /^invalid-applied-for: .*S\/MIME BR 4\.2\.2\.1\)/,
    },
    {
      name: 'an order reference with a line break',
      body: request('example.com', { order_reference: 'a\nb' }),
      refusal: /printable characters only/,
    },
    {
      name: 'an order reference of 257 characters',
      body: request('example.com', { order_reference: 'a'.repeat(257) }),
      refusal: /at most 256 characters/,
    },
    {
      name: 'an empty order reference',
      body: request('example.com', { order_reference: '' }),
      refusal: /should not be empty/,
    },
  ])('$name is rejected under both policies', ({ body, refusal }) => {
    expect(refusalOf(body)).toMatch(refusal);
    expect(refusalOf(body, { policy: 'open-mpic' })).toMatch(refusal);
  });

  it('DT-16 no address is validated by its reverse lookup from 2027-03-15 on, whatever the method', () => {
    const body = request('h.example.net', {
      applied_for: '11.0.0.1',
      adn_steps: [{ step: 'ptr', to: 'h.example.net' }],
    });
    const eve = Date.UTC(2027, 2, 14, 12);
    expect(acceptBody(body, {}, eve).order?.appliedFor).toBe('11.0.0.1');
    expect(refusalOf(body, {}, eve + 86_400_000)).toMatch(
      /^baseline-requirements: .*2027-03-15.*3\.2\.2\.5\.3/,
    );
  });

  it('AD-03 a validation without applied_for gets the advisory that the choice was not checked', () => {
    const codes = (body: unknown) => listAdvisories(acceptBody(body), []).map(({ code }) => code);
    expect(codes(request('example.com'))).toContain('adn-not-checked');
    expect(codes(request('example.com', { applied_for: 'example.com' }))).not.toContain('adn-not-checked');
    expect(codes({ check_type: 'caa', domain_or_ip_target: 'example.com' })).not.toContain('adn-not-checked');
  });

  it('AD-05 a validation made before the steps became binding may be used until it expires', () => {
    const startedAt = Date.UTC(2026, 10, 14);
    const validation = {
      startedAt,
      methods: ['dns-change'],
      certificateType: 'tls-server',
      persistUntil: null,
    } as const;
    expect(validationUsableUntil(validation)).toBe(Date.UTC(2027, 2, 14, 23, 59, 59));
  });
});

const ADN: Target = { kind: 'domain', name: 'example.net', wildcard: false };
const ALIAS: NameLookup = { type: 'CNAME', name: 'w.example.com', expected: 't.d.example.net' };
const REVERSE: NameLookup = { type: 'PTR', name: '1.0.0.11.in-addr.arpa', expected: 'h.example.net' };

function look(lookups: readonly NameLookup[], script: Script, target = ADN, parameters?: DcvParameters) {
  const resolver = createFakeResolver(script);
  const outcome = checkDcv({
    target,
    parameters: parameters ?? {
      method: 'dns-change',
      challengeValue: VALUE,
      recordType: 'TXT',
      namePrefix: '',
      requireExactMatch: false,
      requireExactCase: true,
    },
    adn: { wildcard: false, lookups },
    policy: 'baseline-requirements',
    view: dnsOnly(resolver),
    deadline: 5_000,
    monotonic: () => 0,
    now: Date.UTC(2026, 10, 29),
  });
  return { outcome, resolver };
}

const PROOF: Script = { 'TXT example.net': [txt(VALUE)] };

describe('looking up the names that lead to the target, at each perspective (TLS BR 3.2.2.4 [adn])', () => {
  it.each<{
    name: string;
    script: Script;
    completed: boolean;
    error: string;
    seen: readonly string[] | null;
  }>([
    {
      name: 'AD-02 an alias that leads elsewhere',
      script: { 'CNAME w.example.com': [cnameTo('parked.example.org.')] },
      completed: true,
      error: 'mpic_error:dcv_checker:adn',
      seen: ['parked.example.org.'],
    },
    {
      name: 'AD-02 a name without an alias',
      script: { 'CNAME w.example.com': { records: [] } },
      completed: true,
      error: 'mpic_error:dcv_checker:adn',
      seen: [],
    },
    {
      name: 'AD-02 a name that does not exist',
      script: {},
      completed: true,
      error: 'mpic_error:dcv_checker:adn',
      seen: [],
    },
    {
      name: 'AD-02 two aliases, one of them the expected one',
      script: { 'CNAME w.example.com': [cnameTo('t.d.example.net.'), cnameTo('parked.example.org.')] },
      completed: true,
      error: 'mpic_error:dcv_checker:adn',
      seen: ['t.d.example.net.', 'parked.example.org.'],
    },
    {
      name: 'AD-02 an alias to a name below the expected one',
      script: { 'CNAME w.example.com': [cnameTo('x.t.d.example.net.')] },
      completed: true,
      error: 'mpic_error:dcv_checker:adn',
      seen: ['x.t.d.example.net.'],
    },
    {
      name: 'AD-02 a lookup without a response',
      script: { 'CNAME w.example.com': 'timeout' },
      completed: false,
      error: 'mpic_error:dcv_checker:lookup',
      seen: null,
    },
    {
      name: 'AD-02 a bogus alias',
      script: { 'CNAME w.example.com': 'bogus' },
      completed: false,
      error: 'mpic_error:dcv_checker:lookup',
      seen: null,
    },
  ])(
    '$name does not corroborate, and the method is not tried',
    async ({ script, completed, error, seen }) => {
      const { outcome, resolver } = look([ALIAS], { ...PROOF, ...script });
      expect(await outcome).toMatchObject({
        completed,
        passed: false,
        corroborates: false,
        errors: [{ type: error }],
        adnLookups: [{ ...ALIAS, seen }],
      });
      expect(resolver.asked).toEqual(['CNAME w.example.com']);
    },
  );

  it('AD-02 an expected alias is looked up before the method is tried, and is evidence', async () => {
    const { outcome, resolver } = look([ALIAS], {
      ...PROOF,
      'CNAME w.example.com': [cnameTo('T.D.Example.Net.')],
    });
    expect(await outcome).toMatchObject({
      corroborates: true,
      adnLookups: [{ ...ALIAS, seen: ['T.D.Example.Net.'], rcode: 0, dnssec: 'not validated' }],
    });
    expect(resolver.asked).toEqual(['CNAME w.example.com', 'TXT example.net']);
  });

  it('AD-02 the second alias is looked up at the target of the first', async () => {
    const second: NameLookup = { type: 'CNAME', name: 't.d.example.net', expected: 'u.example.net' };
    const { outcome, resolver } = look([ALIAS, second], {
      ...PROOF,
      'CNAME w.example.com': [cnameTo('t.d.example.net.')],
    });
    expect(await outcome).toMatchObject({
      passed: false,
      adnLookups: [{ seen: ['t.d.example.net.'] }, { seen: [] }],
    });
    expect(resolver.asked).toEqual(['CNAME w.example.com', 'CNAME t.d.example.net']);
  });

  it.each<{ name: string; names: readonly string[]; corroborates: boolean }>([
    { name: 'the name alone', names: ['h.example.net.'], corroborates: true },
    { name: 'the name among others', names: ['a.example.net.', 'H.example.net.'], corroborates: true },
    { name: 'another name', names: ['a.example.net.'], corroborates: false },
    {
      name: 'the name beyond the first sixteen',
      names: [...Array(16).fill('a.example.net.'), 'h.example.net.'],
      corroborates: false,
    },
  ])('AE-10 a PTR set with $name: $corroborates', async ({ names, corroborates }) => {
    const target: Target = { kind: 'domain', name: 'h.example.net', wildcard: false };
    const script = { 'PTR 1.0.0.11.in-addr.arpa': names.map(ptrTo), 'TXT h.example.net': [txt(VALUE)] };
    expect(await look([REVERSE], script, target).outcome).toMatchObject({ corroborates });
  });

  it('AD-02 a method that connects to a server is not tried after a mismatch either', async () => {
    const { outcome, resolver } = look(
      [REVERSE],
      { 'A h.example.net': [addressRecord('A', '11.0.0.1')] },
      { kind: 'domain', name: 'h.example.net', wildcard: false },
      { method: 'acme-tls-alpn-01', keyAuthorizationHash: HASH },
    );
    expect(await outcome).toMatchObject({ completed: true, passed: false, details: { kind: 'none' } });
    expect(resolver.asked).toEqual(['PTR 1.0.0.11.in-addr.arpa']);
  });

  it.each<{ name: string; check: Extract<Check, { checkType: 'dcv' }>['dcv']; owner: string; value: string }>(
    [
      {
        name: 'AD-04 3.2.2.4.22 reads its record through an alias at its own label',
        check: {
          method: 'dns-persistent',
          issuerDomainNames: ['ca.example'],
          expectedAccountUri: 'https://ca.example/acct/1',
          requireWildcardPolicy: false,
        },
        owner: '_validation-persist.example.net',
        value: 'ca.example; accounturi=https://ca.example/acct/1',
      },
      {
        name: 'AD-04 3.2.2.4.21 reads its record through an alias at its own label',
        check: {
          method: 'dns-account-01',
          keyAuthorizationHash: HASH,
          accountUri: 'https://ca.example/acct/1',
        },
        owner: `_${accountLabel('https://ca.example/acct/1')}._acme-challenge.example.net`,
        value: HASH,
      },
    ],
  )('$name: ordinary DNS, not a step', async ({ check, owner, value }) => {
    const script: Script = {
      [`TXT ${owner}`]: { records: [txt(value)], cnameChain: ['delegated.dcv.example.org.'] },
    };
    const { outcome } = look([], script, ADN, check);
    expect(await outcome).toMatchObject({
      corroborates: true,
      details: { dns: { cnameChain: ['delegated.dcv.example.org.'] } },
    });
  });

  it('AE-07 a pruned wildcard order still needs policy=wildcard if the caller requires it', async () => {
    const parameters: DcvParameters = {
      method: 'dns-persistent',
      issuerDomainNames: ['ca.example'],
      expectedAccountUri: 'https://ca.example/acct/1',
      requireWildcardPolicy: true,
    };
    const run = (record: string) =>
      checkDcv({
        target: ADN,
        parameters,
        adn: { wildcard: true, lookups: [] },
        policy: 'baseline-requirements',
        view: dnsOnly(createFakeResolver({ 'TXT _validation-persist.example.net': [txt(record)] })),
        deadline: 5_000,
        monotonic: () => 0,
        now: Date.UTC(2026, 10, 29),
      });
    const plain = 'ca.example; accounturi=https://ca.example/acct/1';
    expect(await run(plain)).toMatchObject({ passed: false });
    expect(await run(`${plain}; policy=wildcard`)).toMatchObject({ corroborates: true });
  });
});
