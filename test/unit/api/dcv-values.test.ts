import { describe, expect, it } from 'vitest';
import {
  accept,
  BASE64URL_DIGEST,
  HEX_DIGEST,
  loc,
  type Method,
  parse,
  parseMethod,
} from './dcv-requests.ts';

describe('values that are refused', () => {
  it.each<{
    name: string;
    method: Method;
    changes: Record<string, unknown>;
    type: string;
    path: (string | number)[];
  }>([
    {
      name: 'a digest with padding',
      method: 'acme-dns-01',
      changes: { key_authorization_hash: `${BASE64URL_DIGEST}=` },
      type: 'value_error',
      path: ['key_authorization_hash'],
    },
    {
      name: 'a digest in plain base64',
      method: 'dns-account-01',
      changes: { key_authorization_hash: 'a+b/c' },
      type: 'value_error',
      path: ['key_authorization_hash'],
    },
    {
      name: 'an empty digest',
      method: 'acme-dns-01',
      changes: { key_authorization_hash: '' },
      type: 'value_error',
      path: ['key_authorization_hash'],
    },
    {
      name: 'a digest followed by a line end',
      method: 'acme-dns-01',
      changes: { key_authorization_hash: 'q83v\n' },
      type: 'value_error',
      path: ['key_authorization_hash'],
    },
    {
      name: 'a TLS-ALPN digest of 63 digits',
      method: 'acme-tls-alpn-01',
      changes: { key_authorization_hash: HEX_DIGEST.slice(1) },
      type: 'value_error',
      path: ['key_authorization_hash'],
    },
    {
      name: 'a TLS-ALPN digest of 42 base64url characters',
      method: 'acme-tls-alpn-01',
      changes: { key_authorization_hash: BASE64URL_DIGEST.slice(1) },
      type: 'value_error',
      path: ['key_authorization_hash'],
    },
    {
      name: 'a token that leaves its directory',
      method: 'acme-http-01',
      changes: { token: '../../x' },
      type: 'value_error',
      path: ['token'],
    },
    {
      name: 'an empty token',
      method: 'acme-http-01',
      changes: { token: '' },
      type: 'value_error',
      path: ['token'],
    },
    {
      name: 'an empty key authorization, which every empty page would equal',
      method: 'acme-http-01',
      changes: { key_authorization: '' },
      type: 'value_error',
      path: ['key_authorization'],
    },
    {
      name: 'a record type that exists but is not for dns-change',
      method: 'dns-change',
      changes: { dns_record_type: 'A' },
      type: 'value_error',
      path: ['dns_record_type'],
    },
    {
      name: 'a record type that is none',
      method: 'dns-change',
      changes: { dns_record_type: 'TEXT' },
      type: 'enum',
      path: ['dns_record_type'],
    },
    {
      name: 'a record type without addresses',
      method: 'ip-address',
      changes: { dns_record_type: 'CNAME' },
      type: 'value_error',
      path: ['dns_record_type'],
    },
    {
      name: 'a prefix with a final dot',
      method: 'dns-change',
      changes: { dns_name_prefix: '_dcv.' },
      type: 'value_error',
      path: ['dns_name_prefix'],
    },
    {
      name: 'a prefix with an empty label',
      method: 'contact-email-caa',
      changes: { dns_name_prefix: 'a..b' },
      type: 'value_error',
      path: ['dns_name_prefix'],
    },
    {
      name: 'a prefix with a space',
      method: 'ip-address',
      changes: { dns_name_prefix: '_d cv' },
      type: 'value_error',
      path: ['dns_name_prefix'],
    },
    {
      name: 'a prefix label of 64 characters',
      method: 'reverse-address-lookup',
      changes: { dns_name_prefix: 'a'.repeat(64) },
      type: 'value_error',
      path: ['dns_name_prefix'],
    },
    {
      name: 'a null require_exact_match',
      method: 'dns-change',
      changes: { require_exact_match: null },
      type: 'bool_type',
      path: ['require_exact_match'],
    },
    {
      name: 'a textual require_exact_case',
      method: 'dns-change',
      changes: { require_exact_case: 'yes' },
      type: 'bool_type',
      path: ['require_exact_case'],
    },
    {
      name: 'a number as require_exact_case',
      method: 'website-change',
      changes: { require_exact_case: 1 },
      type: 'bool_type',
      path: ['require_exact_case'],
    },
    {
      name: 'a null url_scheme',
      method: 'website-change',
      changes: { url_scheme: null },
      type: 'enum',
      path: ['url_scheme'],
    },
    {
      name: 'another url_scheme',
      method: 'website-change',
      changes: { url_scheme: 'ftp' },
      type: 'enum',
      path: ['url_scheme'],
    },
    {
      name: 'a list of headers',
      method: 'website-change',
      changes: { http_headers: [] },
      type: 'dict_type',
      path: ['http_headers'],
    },
    {
      name: 'a header value that is no text',
      method: 'acme-http-01',
      changes: { http_headers: { 'X-A': 5 } },
      type: 'string_type',
      path: ['http_headers', 'X-A'],
    },
    {
      name: 'a header value that ends its line',
      method: 'acme-http-01',
      changes: { http_headers: { 'X-A': 'a\r\nHost: b' } },
      type: 'value_error',
      path: ['http_headers', 'X-A'],
    },
    {
      name: 'a header name with a colon',
      method: 'website-change',
      changes: { http_headers: { 'X-A: b': 'c' } },
      type: 'value_error',
      path: ['http_headers', 'X-A: b'],
    },
    {
      name: 'more than 50 headers',
      method: 'website-change',
      changes: {
        http_headers: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`X-${index}`, ''])),
      },
      type: 'value_error',
      path: ['http_headers'],
    },
    {
      name: 'a pattern of 2001 characters',
      method: 'website-change',
      changes: { match_regex: 'a'.repeat(2001) },
      type: 'value_error',
      path: ['match_regex'],
    },
    {
      name: 'no issuers',
      method: 'dns-persistent',
      changes: { issuer_domain_names: [] },
      type: 'value_error',
      path: ['issuer_domain_names'],
    },
    {
      name: 'an empty issuer',
      method: 'dns-persistent',
      changes: { issuer_domain_names: ['ca.example', ''] },
      type: 'value_error',
      path: ['issuer_domain_names', 1],
    },
    {
      name: 'an account URI without a scheme',
      method: 'dns-persistent',
      changes: { expected_account_uri: '//ca.example/acct/9' },
      type: 'value_error',
      path: ['expected_account_uri'],
    },
    {
      name: 'an account URI with a space',
      method: 'dns-account-01',
      changes: { acme_account_url: 'https://ca.example/a b' },
      type: 'value_error',
      path: ['acme_account_url'],
    },
    {
      name: 'a null require_wildcard_policy',
      method: 'dns-persistent',
      changes: { require_wildcard_policy: null },
      type: 'bool_type',
      path: ['require_wildcard_policy'],
    },
  ])('$name', ({ method, changes, type, path }) => {
    expect(parseMethod(method, changes)).toMatchObject({
      ok: false,
      issues: [{ type, loc: loc(method, ...path) }],
    });
  });

  it.each<Method>([
    'website-change',
    'dns-change',
    'contact-email-txt',
    'contact-phone-txt',
    'contact-email-caa',
    'contact-phone-caa',
    'ip-address',
    'reverse-address-lookup',
  ])('an empty challenge value of %s, which proves nothing', (method) => {
    expect(parseMethod(method, { challenge_value: '' })).toMatchObject({
      ok: false,
      issues: [{ issue_type: 'empty-challenge-value', message: expect.stringContaining(method) }],
    });
  });

  it('an empty challenge value beside an empty pattern', () => {
    expect(parseMethod('website-change', { challenge_value: '', match_regex: '' })).toMatchObject({
      ok: false,
      issues: [{ issue_type: 'empty-challenge-value' }],
    });
  });
});

describe('values that are accepted', () => {
  it.each<{
    name: string;
    method: Method;
    changes: Record<string, unknown>;
    expected: Record<string, unknown>;
  }>([
    {
      name: 'an empty challenge value beside a pattern, which decides alone',
      method: 'website-change',
      changes: { challenge_value: '', match_regex: '^a' },
      expected: { challengeValue: '', matchRegex: '^a' },
    },
    {
      name: 'an empty pattern, which is none',
      method: 'website-change',
      changes: { match_regex: '' },
      expected: { matchRegex: null },
    },
    {
      name: 'a TLS-ALPN digest in base64url',
      method: 'acme-tls-alpn-01',
      changes: { key_authorization_hash: BASE64URL_DIGEST },
      expected: { keyAuthorizationHash: BASE64URL_DIGEST },
    },
    {
      name: 'a null prefix, which is none',
      method: 'dns-change',
      changes: { dns_name_prefix: null },
      expected: { namePrefix: '' },
    },
    {
      name: 'a prefix of two labels, for the policy to judge',
      method: 'dns-change',
      changes: { dns_name_prefix: '_a.b' },
      expected: { namePrefix: '_a.b' },
    },
    {
      name: 'comparison with case for TXT',
      method: 'dns-change',
      changes: {},
      expected: { requireExactCase: true, requireExactMatch: false },
    },
    {
      name: 'comparison without case for TXT on demand',
      method: 'dns-change',
      changes: { require_exact_case: false },
      expected: { requireExactCase: false },
    },
    {
      name: 'comparison with case for CAA, which is never made',
      method: 'dns-change',
      changes: { dns_record_type: 'CAA', require_exact_case: true },
      expected: { requireExactCase: false },
    },
    {
      name: 'a demand for the wildcard policy',
      method: 'dns-persistent',
      changes: { require_wildcard_policy: true },
      expected: { requireWildcardPolicy: true },
    },
    {
      name: 'an account URI that is little more than a scheme',
      method: 'dns-persistent',
      changes: { expected_account_uri: 'acct:' },
      expected: { expectedAccountUri: 'acct:' },
    },
    {
      name: 'null headers',
      method: 'acme-http-01',
      changes: { http_headers: null },
      expected: { httpHeaders: null },
    },
  ])('$name', ({ method, changes, expected }) => {
    expect(accept(method, changes).parameters).toMatchObject({ dcv: expected });
  });

  it('a header named __proto__ is no header and no prototype', () => {
    const parameters = JSON.parse(
      '{"validation_method":"acme-http-01","token":"t","key_authorization":"k","http_headers":{"__proto__":"x","X-A":"b"}}',
    );
    expect(parse(parameters)).toMatchObject({ ok: true });
    const parsed = parse(parameters);
    const headers =
      parsed.ok && parsed.request.parameters.checkType === 'dcv' ? parsed.request.parameters.dcv : null;
    expect(JSON.stringify(headers)).toContain('"httpHeaders":{"X-A":"b"}');
  });

  it('case is echoed as it will be compared', () => {
    const { echo } = accept('dns-change', { dns_record_type: 'CNAME', require_exact_case: true });
    expect(echo.checkParameters).toMatchObject({ require_exact_case: false });
  });
});
