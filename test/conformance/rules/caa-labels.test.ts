import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../services/hosts/load-config.ts';
import { checkCaa } from '../../../services/perspective/check-caa.ts';
import { VALIDATION_METHODS, type ValidationMethod } from '../../../shared/domain/check/check.ts';
import {
  describeLabelSets,
  expandLabels,
  labelsOfMethod,
  mechanismOfLabels,
} from '../../../shared/domain/dcv/caa-labels.ts';
import { RULEBOOK } from '../../../shared/domain/rules/rulebook.ts';
import { type ACCEPTANCE, acceptBody, refusalOf, TODAY } from '../../support/accepting.ts';
import { createZoneResolver, issue, issuemail } from '../../support/zone-resolver.ts';

const request = (parameters: Record<string, unknown>, target = 'shop.example.com') => ({
  check_type: 'caa',
  domain_or_ip_target: target,
  caa_check_parameters: { caa_domains: ['ca.example'], ...parameters },
});

/** The decision of an accepted request on a single record that names the CA. */
async function verdictOf(record: ReturnType<typeof issue>, body: unknown, rules = {}) {
  const { check, policy } = acceptBody(body, rules);
  if (check.checkType !== 'caa') throw new Error('not a CAA check');
  const { passed, details } = await checkCaa({
    target: check.target,
    parameters: check.caa,
    policy,
    resolver: createZoneResolver({ 'example.com': [record] }),
    deadline: 10_000,
  });
  return { verdict: passed ? 'allow' : 'deny', reason: details.kind === 'caa' ? details.reason : null };
}

describe("validationmethods of a record and the order's method (TLS BR 4.2.2.1.2 [caa-parameters])", () => {
  it.each<{
    name: string;
    methods: string;
    method: ValidationMethod;
    verdict: 'allow' | 'deny';
    rules?: Partial<typeof ACCEPTANCE>;
  }>([
    {
      name: 'LV-01 ca-tbr-19 permits acme-http-01',
      methods: 'ca-tbr-19',
      method: 'acme-http-01',
      verdict: 'allow',
    },
    {
      name: 'LV-02 http-01 does not permit website-change',
      methods: 'http-01',
      method: 'website-change',
      verdict: 'deny',
    },
    {
      name: 'LV-03 ca-tbr-7 permits acme-dns-01',
      methods: 'ca-tbr-7',
      method: 'acme-dns-01',
      verdict: 'allow',
    },
    {
      name: 'LV-04 dns-01 does not permit dns-change',
      methods: 'dns-01',
      method: 'dns-change',
      verdict: 'deny',
    },
    {
      name: 'LV-05 CA-TBR-7 does not permit dns-change when case matters',
      methods: 'CA-TBR-7',
      method: 'dns-change',
      verdict: 'deny',
    },
    {
      name: 'LV-05 CA-TBR-7 permits dns-change when the CA has documented that case is ignored',
      methods: 'CA-TBR-7',
      method: 'dns-change',
      verdict: 'allow',
      rules: { caaLabelsIgnoreCase: true },
    },
    {
      name: 'LV-06 ca-tbr-07 does not permit dns-change',
      methods: 'ca-tbr-07',
      method: 'dns-change',
      verdict: 'deny',
    },
    {
      name: 'LV-06 ca-tbr-07 does not permit dns-change when case is ignored either',
      methods: 'ca-tbr-07',
      method: 'dns-change',
      verdict: 'deny',
      rules: { caaLabelsIgnoreCase: true },
    },
    {
      name: 'LV-07 one label of a list permits dns-persistent',
      methods: 'ca-tbr-14,ca-tbr-22',
      method: 'dns-persistent',
      verdict: 'allow',
    },
    {
      name: 'LV-08 a space in the list permits nothing',
      methods: 'dns-01, ca-tbr-7',
      method: 'acme-dns-01',
      verdict: 'deny',
    },
    {
      name: 'LB-02 http-01 permits acme-http-01 as ca-tbr-19 does',
      methods: 'http-01',
      method: 'acme-http-01',
      verdict: 'allow',
    },
    {
      name: 'LB-02 ca-tbr-20 permits acme-tls-alpn-01 as tls-alpn-01 does',
      methods: 'ca-tbr-20',
      method: 'acme-tls-alpn-01',
      verdict: 'allow',
    },
    { name: 'LB-04 an empty list permits nothing', methods: '', method: 'acme-dns-01', verdict: 'deny' },
    {
      name: 'LB-04 a trailing comma makes the list permit nothing',
      methods: 'ca-tbr-7,',
      method: 'acme-dns-01',
      verdict: 'deny',
    },
    {
      name: 'LB-04 an underscore makes the whole list permit nothing',
      methods: 'ca-tbr-7,dns_01',
      method: 'acme-dns-01',
      verdict: 'deny',
    },
    {
      name: 'LB-03 a label with the same prefix does not permit, even when case is ignored',
      methods: 'CA-TBR-77',
      method: 'dns-change',
      verdict: 'deny',
      rules: { caaLabelsIgnoreCase: true },
    },
  ])('$name', async ({ methods, method, verdict, rules }) => {
    const record = issue(`ca.example; validationmethods=${methods}`);
    const parameters = { accounturi_values: null, validation_method: method };
    expect((await verdictOf(record, request(parameters), rules)).verdict).toBe(verdict);
  });

  it.each<{ name: string; offered: readonly string[]; methods: string; verdict: 'allow' | 'deny' }>([
    {
      name: 'LB-02 a request with http-01 satisfies ca-tbr-19',
      offered: ['http-01'],
      methods: 'ca-tbr-19',
      verdict: 'allow',
    },
    {
      name: 'LB-02 a request with ca-tbr-7 does not satisfy dns-01, because it may mean dns-change',
      offered: ['ca-tbr-7'],
      methods: 'dns-01',
      verdict: 'deny',
    },
    {
      name: 'LB-02 a request with both labels satisfies dns-01',
      offered: ['ca-tbr-7', 'dns-01'],
      methods: 'dns-01',
      verdict: 'allow',
    },
    {
      name: 'LB-06 a request without a label satisfies no list',
      offered: [],
      methods: 'dns-01',
      verdict: 'deny',
    },
  ])('$name', async ({ offered, methods, verdict }) => {
    const record = issue(`ca.example; validationmethods=${methods}`);
    expect((await verdictOf(record, request({ validation_methods: offered }))).verdict).toBe(verdict);
  });

  it('LB-04 parameters of issuemail are left to the CA (RFC 9495)', async () => {
    const record = issuemail('ca.example; validationmethods=ca-tbr-18');
    const body = request({ certificate_type: 's-mime', validation_method: 'dns-change' });
    expect(await verdictOf(record, body)).toEqual({ verdict: 'allow', reason: 'authorised' });
  });

  it.each<{ name: string; uris: readonly string[]; value: string; verdict: 'allow' | 'deny' }>([
    {
      name: 'LB-05 an acct: URI is an account',
      uris: ['acct:4711@ca.example'],
      value: 'acct:4711@ca.example',
      verdict: 'allow',
    },
    {
      name: 'LB-05 any of several recognised accounts permits, for example a parent account',
      uris: ['https://ca.example/acct/child', 'https://ca.example/acct/parent'],
      value: 'https://ca.example/acct/parent',
      verdict: 'allow',
    },
    {
      name: 'LB-05 a different acct: URI is a different account',
      uris: ['acct:4711@ca.example'],
      value: 'acct:4712@ca.example',
      verdict: 'deny',
    },
  ])('$name', async ({ uris, value, verdict }) => {
    const record = issue(`ca.example; accounturi=${value}`);
    expect((await verdictOf(record, request({ accounturi_values: uris }))).verdict).toBe(verdict);
  });
});

describe('labels of a request (TLS BR 4.2.2.1.2 [caa-parameters])', () => {
  it('LB-01 every method that validates names has the label of its section, and ACME methods have both labels', () => {
    const labels = Object.fromEntries(
      VALIDATION_METHODS.map((method) => [method, labelsOfMethod(method).join()]).filter(
        ([, text]) => text !== '',
      ),
    );
    expect(labels).toEqual({
      'website-change': 'ca-tbr-18',
      'acme-http-01': 'http-01,ca-tbr-19',
      'acme-dns-01': 'dns-01,ca-tbr-7',
      'acme-tls-alpn-01': 'tls-alpn-01,ca-tbr-20',
      'dns-change': 'ca-tbr-7',
      'dns-account-01': 'dns-account-01,ca-tbr-21',
      'dns-persistent': 'dns-persist-01,ca-tbr-22',
      'contact-email-txt': 'ca-tbr-14',
      'contact-phone-txt': 'ca-tbr-16',
      'contact-email-caa': 'ca-tbr-13',
      'contact-phone-caa': 'ca-tbr-17',
    });
  });

  it('LB-01 labels are numbered like the sections of their methods, without leading zeros', () => {
    for (const { caaLabels, sections } of Object.values(RULEBOOK.methods)) {
      const numbered = caaLabels.filter((label) => label.startsWith('ca-tbr-'));
      const number = sections.domain === null ? null : RULEBOOK.sections[sections.domain].number;
      expect(numbered).toEqual(
        caaLabels.length === 0 ? [] : [`ca-tbr-${number?.replace(/^3\.2\.2\.4\./, '')}`],
      );
    }
  });

  it.each<{ labels: readonly string[]; expanded: readonly string[] }>([
    { labels: ['http-01'], expanded: ['ca-tbr-19', 'http-01'] },
    { labels: ['ca-tbr-19'], expanded: ['ca-tbr-19', 'http-01'] },
    { labels: ['ca-tbr-7'], expanded: ['ca-tbr-7'] },
    { labels: ['dns-01'], expanded: ['ca-tbr-7', 'dns-01'] },
    { labels: ['ca-tbr-18'], expanded: ['ca-tbr-18'] },
    { labels: ['unheard-of-01'], expanded: ['unheard-of-01'] },
    { labels: [], expanded: [] },
  ])('LB-02 $labels are expanded to $expanded', ({ labels, expanded }) => {
    expect(expandLabels(labels)).toEqual(expanded);
  });

  it.each<{ labels: readonly string[]; mechanism: ValidationMethod | null }>([
    { labels: ['dns-01', 'ca-tbr-7'], mechanism: 'acme-dns-01' },
    { labels: ['ca-tbr-22', 'dns-persist-01'], mechanism: 'dns-persistent' },
    { labels: ['http-01', 'ca-tbr-18'], mechanism: null },
    { labels: ['ca-tbr-8'], mechanism: null },
    { labels: ['ca-tbr-07'], mechanism: null },
    { labels: ['DNS-01'], mechanism: null },
  ])('LB-06 $labels identify $mechanism', ({ labels, mechanism }) => {
    expect(mechanismOfLabels(labels)).toBe(mechanism);
  });

  it('LB-06 an error message lists the label sets of all methods that have labels', () => {
    const sets = describeLabelSets().split('; ');
    expect(sets).toContain('http-01 and ca-tbr-19');
    expect(sets.filter((set) => !/^[a-z0-9-]+(?: and [a-z0-9-]+)?$/.test(set))).toEqual([]);
  });

  it("LB-06 labels are derived from the order's method, which is kept with them", () => {
    expect(acceptBody(request({ validation_method: 'acme-http-01' })).check).toMatchObject({
      caa: { validationMethods: ['http-01', 'ca-tbr-19'], validationMethod: 'acme-http-01' },
    });
  });

  it('LB-06 labels that agree with the method are accepted', () => {
    const body = request({ validation_method: 'acme-dns-01', validation_methods: ['dns-01'] });
    expect(acceptBody(body).check).toMatchObject({ caa: { validationMethods: ['dns-01', 'ca-tbr-7'] } });
  });

  it.each<{ name: string; body: unknown; refusal: RegExp; openMpic: 'refused' | 'accepted' }>([
    {
      name: 'LB-06 labels of two methods',
      body: request({ validation_methods: ['http-01', 'ca-tbr-18'] }),
      refusal: /^baseline-requirements: .*4\.2\.2\.1\.2.*http-01 and ca-tbr-19; dns-01 and ca-tbr-7;/,
      openMpic: 'accepted',
    },
    {
      name: 'LB-06 an undefined label',
      body: request({ validation_methods: ['ca-tbr-99'] }),
      refusal: /^baseline-requirements: .*ca-tbr-99/,
      openMpic: 'accepted',
    },
    {
      name: 'LB-06 labels that contradict the method',
      body: request({ validation_method: 'dns-change', validation_methods: ['dns-01'] }),
      refusal: /^invalid-validation-method-labels: .*dns-01.*dns-change \(ca-tbr-7\)/,
      openMpic: 'refused',
    },
    {
      name: 'LB-06 a method without a label',
      body: request({ validation_method: 'reverse-address-lookup' }),
      refusal: /^invalid-validation-method-labels: .*no label/,
      openMpic: 'refused',
    },
    {
      name: 'LB-06 a method that cannot validate the wildcard of the order',
      body: request({ validation_method: 'acme-http-01' }, '*.example.com'),
      refusal: /^invalid-validation-method-target: .*wildcard/,
      openMpic: 'refused',
    },
  ])('$name: rejected', ({ body, refusal, openMpic }) => {
    expect(refusalOf(body)).toMatch(refusal);
    const underReference = () => refusalOf(body, { policy: 'open-mpic' });
    if (openMpic === 'refused') expect(underReference()).toMatch(refusal);
    else expect(underReference).toThrow('accepted');
  });

  it('LB-06 a method after its end date is rejected, as for a validation', () => {
    const body = request({ validation_method: 'contact-phone-txt' });
    expect(refusalOf(body, {}, Date.UTC(2027, 2, 15))).toMatch(/may not be used from 2027-03-15/);
  });

  it.each([
    { name: 'left out', environment: {}, ignored: false },
    { name: 'false', environment: { MPIC_CAA_METHOD_LABELS_IGNORE_CASE: 'false' }, ignored: false },
    { name: 'true', environment: { MPIC_CAA_METHOD_LABELS_IGNORE_CASE: 'true' }, ignored: true },
  ])('LB-03 case is ignored, with the setting $name: $ignored', ({ environment, ignored }) => {
    expect(loadConfig([], environment, new Date(TODAY)).caaLabelsIgnoreCase).toBe(ignored);
  });

  it('LB-03 any other value of the setting stops the start', () => {
    const environment = { MPIC_CAA_METHOD_LABELS_IGNORE_CASE: 'yes' };
    expect(() => loadConfig([], environment, new Date(TODAY))).toThrow(/IGNORE_CASE: must be true or false/);
  });

  it('LB-03 the check says whether case is ignored', () => {
    const parameters = (rules: Partial<typeof ACCEPTANCE>) => acceptBody(request({}), rules).check;
    expect(parameters({})).toMatchObject({ caa: { labelsIgnoreCase: false } });
    expect(parameters({ caaLabelsIgnoreCase: true })).toMatchObject({ caa: { labelsIgnoreCase: true } });
  });
});
