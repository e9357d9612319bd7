import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPerspectiveItem, toSilentItem } from '../../../../shared/contract/api/perspective-item.ts';
import type { CheckResult } from '../../../../shared/domain/check/check-result.ts';
import { buildHttpDcvDetails, buildTlsAlpnDetails, readable, unreadable } from '../../../support/builders.ts';
import {
  answered,
  COMPLETED_AT,
  caaDetails,
  DECIDED_AT,
  dnsDetails,
  NO_ANSWER,
  recordFor,
} from '../../api/builders.ts';

const CAA = recordFor({
  request: { check_type: 'caa', domain_or_ip_target: 'shop.example' },
  cohorts: [['p1']],
});

const dcvRecord = (parameters: Record<string, unknown>) =>
  recordFor({
    request: { check_type: 'dcv', domain_or_ip_target: 'shop.example', dcv_check_parameters: parameters },
    cohorts: [['p1']],
  });
const DNS = dcvRecord({ validation_method: 'acme-dns-01', key_authorization_hash: 'q83v' });

const detailsOf = (facts: typeof CAA, changes: Partial<CheckResult>) =>
  toPerspectiveItem(facts, readable(answered('p1', changes)), DECIDED_AT).check_response.details;

describe('toPerspectiveItem', () => {
  it('has the members of the API in their order', () => {
    const item = toPerspectiveItem(CAA, readable(answered('p1')), DECIDED_AT);
    expect(Object.keys(item)).toEqual(['perspective_code', 'check_response']);
    expect(Object.keys(item.check_response)).toEqual([
      'check_completed',
      'check_passed',
      'errors',
      'timestamp_ns',
      'check_type',
      'details',
    ]);
  });

  it('has null for no errors, and wire names for those there are', () => {
    expect(toPerspectiveItem(CAA, readable(answered('p1')), DECIDED_AT).check_response.errors).toBeNull();
    const errors = [{ type: 'mpic_error:caa_checker:lookup', message: 'SERVFAIL' }];
    expect(
      toPerspectiveItem(CAA, readable(answered('p1', { errors })), DECIDED_AT).check_response.errors,
    ).toEqual([{ error_type: 'mpic_error:caa_checker:lookup', error_message: 'SERVFAIL' }]);
  });

  it('says of what is not a result that it is none, as a failed check of the time of the decision', () => {
    const record = { ...CAA, traceIdentifier: 't-7' };
    const { check_response } = toPerspectiveItem(record, unreadable('p1'), DECIDED_AT);
    expect(check_response).toEqual({
      check_completed: false,
      check_passed: false,
      errors: [
        {
          error_type: 'mpic_error:coordinator:unreadable_result',
          error_message:
            'What the perspective stored is not a result: it is not a JSON object. Trace ID: t-7',
        },
      ],
      timestamp_ns: DECIDED_AT * 1e6,
      check_type: 'caa',
      details: { caa_record_present: null, found_at: null, records_seen: null },
    });
    expect(toPerspectiveItem(CAA, unreadable('p1'), null).check_response.timestamp_ns).toBeNull();
  });

  it('keeps a pass apart from a completed check', () => {
    const item = toPerspectiveItem(
      CAA,
      readable(answered('p1', { completed: false, passed: true })),
      DECIDED_AT,
    );
    expect(item.check_response).toMatchObject({ check_completed: false, check_passed: true });
  });

  it('gives the evidence of a CAA check after the members of the API', () => {
    const details = detailsOf(CAA, {
      details: caaDetails({
        recordPresent: true,
        foundAt: 'shop.example',
        recordsSeen: ['0 issue "other.example"'],
        recordsTruncated: true,
        reason: 'issuer-not-authorised',
        permissibleAccountUris: ['https://ca.example/acct/9'],
      }),
    });
    expect(details).toEqual({
      caa_record_present: true,
      found_at: 'shop.example',
      records_seen: ['0 issue "other.example"'],
      records_truncated: true,
      reason: 'issuer-not-authorised',
      cname_chain: [],
      response_code: 0,
      ttl_seconds: 300,
      dnssec_status: 'insecure',
      resolver: 'system 192.0.2.53:53',
      query_tries: 1,
      ede: [],
      checked_at: new Date(COMPLETED_AT).toISOString(),
      permissible_under_account_uri: ['https://ca.example/acct/9'],
      permissible_under_validation_method: null,
      rfc8657_parameters_ignored: false,
    });
    expect(Object.keys(details).slice(0, 3)).toEqual(['caa_record_present', 'found_at', 'records_seen']);
  });

  it('gives the evidence of a DNS validation after the members of the API', () => {
    const details = detailsOf(DNS, {
      details: dnsDetails('acme-dns-01', { recordsSeen: ['q83v'], foundAt: '_acme-challenge.shop.example' }),
    });
    expect(details).toEqual({
      validation_method: 'acme-dns-01',
      records_seen: ['q83v'],
      response_code: 0,
      ad_flag: false,
      found_at: '_acme-challenge.shop.example',
      cname_chain: [],
      ttl_seconds: 300,
      dnssec_status: 'insecure',
      resolver: 'system 192.0.2.53:53',
      query_tries: 1,
      ede: [],
      checked_at: new Date(COMPLETED_AT).toISOString(),
    });
  });

  it('has nulls for what was not observed when no answer came', () => {
    const details = dnsDetails('acme-dns-01', { adFlag: null, dns: NO_ANSWER });
    expect(detailsOf(DNS, { completed: false, passed: false, details })).toMatchObject({
      records_seen: null,
      response_code: null,
      ad_flag: null,
      found_at: null,
      cname_chain: null,
      dnssec_status: null,
    });
  });

  it.each([
    { name: 'no details', facts: CAA, details: { kind: 'none' } as const },
    { name: 'details of a validation', facts: CAA, details: dnsDetails('acme-dns-01') },
  ])('answers a CAA check with null CAA details when the perspective gave $name', ({ facts, details }) => {
    expect(detailsOf(facts, { details })).toEqual({
      caa_record_present: null,
      found_at: null,
      records_seen: null,
    });
  });

  it.each([
    { name: 'no details', details: { kind: 'none' } as const },
    { name: 'details of a CAA check', details: caaDetails() },
    { name: 'details of another method', details: dnsDetails('dns-change') },
  ])(
    'answers a DNS validation with null details of its method when the perspective gave $name',
    ({ details }) => {
      expect(detailsOf(DNS, { details })).toEqual({
        validation_method: 'acme-dns-01',
        records_seen: null,
        response_code: null,
        ad_flag: null,
        found_at: null,
        cname_chain: null,
      });
    },
  );

  const http = {
    response_history: null,
    response_url: null,
    response_status_code: null,
    response_page: null,
  };
  it.each([
    {
      parameters: { validation_method: 'website-change', challenge_value: 'a', http_token_path: 'b' },
      members: http,
    },
    { parameters: { validation_method: 'acme-http-01', token: 'a', key_authorization: 'b' }, members: http },
    {
      parameters: { validation_method: 'acme-tls-alpn-01', key_authorization_hash: 'a'.repeat(64) },
      members: { common_name: null },
    },
  ])('has null details of the family of $parameters.validation_method', ({ parameters, members }) => {
    const expected = { validation_method: parameters.validation_method, ...members };
    const facts = dcvRecord(parameters);
    expect(detailsOf(facts, { details: { kind: 'none' } })).toEqual(expected);
    expect(toSilentItem(facts, 'p1', DECIDED_AT).check_response.details).toEqual(expected);
  });
});

describe('what a perspective saw of a server', () => {
  const HTTP = dcvRecord({ validation_method: 'acme-http-01', token: 'a', key_authorization: 'a.b' });
  const ALPN = dcvRecord({ validation_method: 'acme-tls-alpn-01', key_authorization_hash: 'a'.repeat(64) });
  const TLS = {
    protocol: 'TLSv1.3',
    verified: false,
    verification_error: 'CERT_HAS_EXPIRED',
    certificate_sha256: 'ab'.repeat(32),
  };

  it('has redirects in the words of the reference and of the specification', () => {
    expect(detailsOf(HTTP, { details: buildHttpDcvDetails() })).toMatchObject({
      validation_method: 'acme-http-01',
      response_history: [
        {
          status_code: 301,
          url: '/there',
          response_status_code: 301,
          response_url: 'http://example.test/.well-known/acme-challenge/t',
          resolved_ip: '192.0.2.80',
          tls: null,
        },
      ],
      challenge_url: 'http://example.test/.well-known/acme-challenge/t',
      response_url: 'https://example.test/there',
      response_status_code: 200,
      response_page: 'dC5r',
      resolved_ip: '2001:db8::80',
      tls: TLS,
      dnssec_status: expect.anything(),
    });
  });

  it('has null for a history without redirects, as the reference does', () => {
    const [, last] = buildHttpDcvDetails().hops;
    const hops = last === undefined ? [] : [last];
    expect(detailsOf(HTTP, { details: buildHttpDcvDetails({ hops }) })).toMatchObject({
      response_history: null,
      challenge_url: last?.url,
    });
  });

  it('says nothing of the DNS where nobody asked it', () => {
    const details = detailsOf(HTTP, { details: buildHttpDcvDetails({ dns: null }) });
    expect(Object.keys(details)).not.toContain('dnssec_status');
    expect(Object.keys(details)).not.toContain('resolver');
  });

  it('has nulls where nothing was asked', () => {
    const details = buildHttpDcvDetails({ hops: [], page: null, dns: null });
    expect(detailsOf(HTTP, { details })).toEqual({
      validation_method: 'acme-http-01',
      response_history: null,
      response_url: null,
      response_status_code: null,
      response_page: null,
      challenge_url: null,
      resolved_ip: null,
      tls: null,
    });
  });

  it('has the certificate of a TLS handshake', () => {
    expect(detailsOf(ALPN, { details: buildTlsAlpnDetails() })).toMatchObject({
      validation_method: 'acme-tls-alpn-01',
      common_name: 'example.test',
      resolved_ip: '192.0.2.80',
      tls_protocol: 'TLSv1.3',
      alpn_protocol: 'acme-tls/1',
      subject_alt_names: ['DNS:example.test'],
      acme_identifier: 'cd'.repeat(32),
      certificate_sha256: 'ef'.repeat(32),
    });
  });

  it.each([
    { name: 'details of an HTTP method for a TLS check', facts: ALPN, details: buildHttpDcvDetails() },
    { name: 'details of a TLS check for an HTTP method', facts: HTTP, details: buildTlsAlpnDetails() },
    {
      name: 'HTTP details that claim to be of the right method',
      facts: ALPN,
      details: buildHttpDcvDetails({ method: 'acme-tls-alpn-01' }),
    },
    {
      name: 'DNS details that claim to be of an HTTP method',
      facts: HTTP,
      details: dnsDetails('acme-http-01'),
    },
  ])('does not show $name', ({ facts, details }) => {
    expect(detailsOf(facts, { details })).toEqual(
      toSilentItem(facts, 'p1', DECIDED_AT).check_response.details,
    );
  });

  it('says which networks a lab exempted, and nothing where there are none', () => {
    const itemOf = (allowedNetworks: readonly string[]) =>
      toPerspectiveItem(CAA, readable(answered('p1', { allowedNetworks })), DECIDED_AT).check_response;
    expect(itemOf(['127.0.0.0/8'])).toMatchObject({ allowed_networks: ['127.0.0.0/8'] });
    expect(Object.keys(itemOf([]))).not.toContain('allowed_networks');
  });
});

describe('timestamp_ns', () => {
  const digitsOf = (completedAt: number) =>
    /"timestamp_ns":([^,]*)/.exec(
      JSON.stringify(toPerspectiveItem(CAA, readable(answered('p1', { completedAt })), DECIDED_AT)),
    )?.[1];

  it.each([
    { completedAt: 1_795_301_220_619, digits: '1795301220619000000' },
    { completedAt: 1_795_301_221_100, digits: '1795301221100000000' },
    { completedAt: 9_007_199_254_741, digits: '9007199254741000000' },
    { completedAt: 1, digits: '1000000' },
    { completedAt: 0, digits: '0' },
  ])('of $completedAt ms is written as $digits', ({ completedAt, digits }) => {
    expect(digitsOf(completedAt)).toBe(digits);
  });

  it('is exact for every millisecond until the year 2100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_102_444_800_000 }), (completedAt) => {
        expect(digitsOf(completedAt)).toBe(`${completedAt}000000`);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e13, 1e300])(
    'of a clock that says %d is null, and so is checked_at',
    (completedAt) => {
      const item = toPerspectiveItem(CAA, readable(answered('p1', { completedAt })), DECIDED_AT);
      expect(item.check_response.timestamp_ns).toBeNull();
      expect(item.check_response.details).toMatchObject({ checked_at: null });
    },
  );

  it('drops fractions of a millisecond', () => {
    expect(digitsOf(1_795_301_220_619.75)).toBe('1795301220619000000');
  });
});
