import { describe, expect, it } from 'vitest';
import { checkCaa } from '../../../services/perspective/check-caa.ts';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import { toPerspectiveItem } from '../../../shared/contract/api/perspective-item.ts';
import type { DcvParameters, Policy, Target } from '../../../shared/domain/check/check.ts';
import { accountLabel } from '../../../shared/domain/dcv/account-label.ts';
import { MAX_REDIRECTS } from '../../../shared/domain/net/redirect.ts';
import { acceptBody } from '../../support/accepting.ts';
import { buildCheckResult, buildRequestRecord, readable } from '../../support/builders.ts';
import { createFakeResolver, txt } from '../../support/fake-resolver.ts';
import { createFakeWeb, type Pages, redirect } from '../../support/fake-web.ts';
import { dnsOnly } from '../../support/network-view.ts';
import { createZoneResolver, issue, issuemail, type ZoneRecord } from '../../support/zone-resolver.ts';
import { BASE64URL_DIGEST } from '../../unit/api/dcv-requests.ts';

const OPEN_MPIC = { policy: 'open-mpic' } as const;
const ACCOUNT = 'https://ca.example/acct/9';
const NOW = Date.UTC(2026, 10, 29, 10);

async function caaPasses(record: ZoneRecord, parameters: Record<string, unknown>) {
  const { check, policy } = acceptBody(
    {
      check_type: 'caa',
      domain_or_ip_target: 'shop.example.com',
      caa_check_parameters: { caa_domains: ['ca.example'], ...parameters },
    },
    OPEN_MPIC,
  );
  if (check.checkType !== 'caa') throw new Error('not a CAA check');
  const { passed } = await checkCaa({
    target: check.target,
    parameters: check.caa,
    policy,
    resolver: createZoneResolver({ 'example.com': [record] }),
    deadline: 10_000,
  });
  return passed;
}

describe('names and rules of the Open MPIC reference', () => {
  it.each([
    { name: 'OM-01 the name of version 6.6', member: 'acme_account_url' },
    { name: 'OM-01 the interim name', member: 'account_uri' },
  ])('$name of dns-account-01 determines the label', async ({ member }) => {
    const { check } = acceptBody({
      check_type: 'dcv',
      domain_or_ip_target: 'shop.example.com',
      dcv_check_parameters: {
        validation_method: 'dns-account-01',
        key_authorization_hash: BASE64URL_DIGEST,
        [member]: ACCOUNT,
      },
    });
    if (check.checkType !== 'dcv') throw new Error('not a validation');
    const owner = `_${accountLabel(ACCOUNT)}._acme-challenge.shop.example.com`;
    const run = (record: string) =>
      checkDcv({
        target: check.target,
        parameters: check.dcv,
        policy: 'baseline-requirements',
        view: dnsOnly(createFakeResolver({ [`TXT ${owner}`]: [txt(record)] })),
        deadline: 5_000,
        monotonic: () => 0,
        now: NOW,
      });
    expect(await run(BASE64URL_DIGEST)).toMatchObject({ corroborates: true });
    // Its case matters.
    expect(await run(BASE64URL_DIGEST.toUpperCase())).toMatchObject({ passed: false });
  });

  it.each<{ name: string; record: ZoneRecord; parameters: Record<string, unknown>; passes: boolean }>([
    {
      name: 'OM-02 an expected account',
      record: issue(`ca.example; accounturi=${ACCOUNT}`),
      parameters: { expected_account_uris: [ACCOUNT] },
      passes: true,
    },
    {
      name: 'OM-02 an account in different case',
      record: issue(`ca.example; accounturi=${ACCOUNT}`),
      parameters: { expected_account_uris: [ACCOUNT.toUpperCase()] },
      passes: false,
    },
    {
      name: 'OM-02 a method without expected methods, with the member names of 6.6',
      record: issue('ca.example; validationmethods=dns-01'),
      parameters: { expected_account_uris: [ACCOUNT] },
      passes: false,
    },
    {
      name: "OM-02 a method without expected methods, with the interim member names before the rule's date",
      record: issue('ca.example; validationmethods=dns-01'),
      parameters: { accounturi_values: [ACCOUNT] },
      passes: true,
    },
    {
      name: 'OM-02 an expected method',
      record: issue('ca.example; validationmethods=dns-01'),
      parameters: { expected_validation_methods: ['dns-01'] },
      passes: true,
    },
    {
      name: 'OM-02 a repeated list, which the reference intersects and this service never accepts',
      record: issue('ca.example; validationmethods=dns-01; validationmethods=dns-01'),
      parameters: { expected_validation_methods: ['dns-01'] },
      passes: false,
    },
    {
      name: 'OM-02 issuemail, whose parameters are left to the CA',
      record: issuemail('ca.example; validationmethods=dns-01'),
      parameters: { certificate_type: 's-mime', expected_validation_methods: [] },
      passes: true,
    },
  ])('$name: $passes', async ({ record, parameters, passes }) => {
    expect(await caaPasses(record, parameters)).toBe(passes);
  });

  it('OM-03 no response has an api_version, because it was not compared with one', () => {
    const item = toPerspectiveItem(buildRequestRecord(), readable(buildCheckResult()), null);
    expect(item.check_response).not.toHaveProperty('api_version');
  });
});

const NAME: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const ADDRESS: Target = { kind: 'ip', address: '11.0.0.1', family: 4 };
const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const KEY_AUTHORIZATION = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
const START = `http://shop.example.com/.well-known/acme-challenge/${TOKEN}`;

function overHttp(pages: Pages, policy: Policy) {
  return checkDcv({
    target: NAME,
    parameters: {
      method: 'acme-http-01',
      token: TOKEN,
      keyAuthorization: KEY_AUTHORIZATION,
      httpHeaders: null,
    },
    policy,
    view: dnsOnly(
      createFakeResolver({
        'A shop.example.com': [{ type: 'A', value: '11.0.0.1' }],
        'AAAA shop.example.com': { records: [] },
      }),
      { http: createFakeWeb(pages) },
    ),
    deadline: 10_000,
    monotonic: () => 0,
    now: NOW,
  });
}

/** `count` redirects in a row, then the proof. */
function chainOf(count: number): Pages {
  const url = (index: number) => (index === 0 ? START : `http://shop.example.com/${index}`);
  const hops = Array.from({ length: count }, (_, index) => [url(index), redirect(url(index + 1))] as const);
  return { ...Object.fromEntries(hops), [url(count)]: KEY_AUTHORIZATION };
}

describe('behaviour of the reference over HTTP and DNS', () => {
  it.each<{ name: string; pages: Pages; policy: Policy; passed: boolean }>([
    {
      name: 'OM-04 a final status of 206 passes, which the reference does not accept',
      pages: { [START]: { statusCode: 206, body: Buffer.from(KEY_AUTHORIZATION) } },
      policy: 'open-mpic',
      passed: true,
    },
    {
      name: 'OM-04 20 redirects pass under open-mpic',
      pages: chainOf(20),
      policy: 'open-mpic',
      passed: true,
    },
    {
      name: 'OM-04 21 redirects fail under open-mpic',
      pages: chainOf(21),
      policy: 'open-mpic',
      passed: false,
    },
    {
      name: 'OM-04 10 redirects pass under the Baseline Requirements',
      pages: chainOf(10),
      policy: 'baseline-requirements',
      passed: true,
    },
    {
      name: 'OM-04 11 redirects fail under the Baseline Requirements',
      pages: chainOf(11),
      policy: 'baseline-requirements',
      passed: false,
    },
    {
      name: 'OM-04 a port other than 80 and 443 fails',
      pages: { [START]: redirect('http://shop.example.com:8080/') },
      policy: 'open-mpic',
      passed: false,
    },
  ])('$name', async ({ pages, policy, passed }) => {
    expect(await overHttp(pages, policy)).toMatchObject({ passed });
  });

  it('OM-04 the redirect limits are 10 and 20', () => {
    expect(MAX_REDIRECTS).toEqual({ 'baseline-requirements': 10, 'open-mpic': 20 });
  });

  const persistent: DcvParameters = {
    method: 'dns-persistent',
    issuerDomainNames: ['ca.example'],
    expectedAccountUri: ACCOUNT,
    requireWildcardPolicy: false,
  };

  it.each<{ name: string; target: Target; owner: string; uri: string; policy: Policy; expected: object }>([
    {
      name: 'OM-04 the account of dns-persistent in different case passes under open-mpic without corroborating',
      target: NAME,
      owner: '_validation-persist.shop.example.com',
      uri: ACCOUNT.toUpperCase(),
      policy: 'open-mpic',
      expected: { passed: true, corroborates: false },
    },
    {
      name: 'OM-04 the account of dns-persistent in different case fails under the Baseline Requirements',
      target: NAME,
      owner: '_validation-persist.shop.example.com',
      uri: ACCOUNT.toUpperCase(),
      policy: 'baseline-requirements',
      expected: { passed: false },
    },
    {
      name: 'OM-04 dns-persistent has a form for addresses, which the reference lacks',
      target: ADDRESS,
      owner: '_ip-validation-persist.1.0.0.11.in-addr.arpa',
      uri: ACCOUNT,
      policy: 'open-mpic',
      expected: { passed: true, corroborates: true },
    },
  ])('$name', async ({ target, owner, uri, policy, expected }) => {
    const outcome = await checkDcv({
      target,
      parameters: persistent,
      policy,
      view: dnsOnly(createFakeResolver({ [`TXT ${owner}`]: [txt(`ca.example; accounturi=${uri}`)] })),
      deadline: 5_000,
      monotonic: () => 0,
      now: NOW,
    });
    expect(outcome).toMatchObject(expected);
  });
});
