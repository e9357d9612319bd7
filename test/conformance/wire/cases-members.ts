import type { Policy } from '../../../shared/domain/check/check.ts';
import { caaRequest } from '../../support/harness.ts';
import { SMALLEST } from '../../unit/api/dcv-requests.ts';
import { dcvRequest } from './dcv-row.ts';
import { post, type WireCase } from './wire-case.ts';

interface MemberRow {
  readonly name: string;
  readonly body: unknown;
  readonly policy?: Policy;
}

const caa = (parameters: Record<string, unknown>) =>
  caaRequest({ caa_check_parameters: { caa_domains: ['ca.example'], ...parameters } });
const orchestration = (parameters: unknown) => caaRequest({ orchestration_parameters: parameters });
const dcv = (method: keyof typeof SMALLEST, more: Record<string, unknown> = {}) =>
  dcvRequest({ validation_method: method, ...SMALLEST[method], ...more });
const website = (more: Record<string, unknown>) => dcv('website-change', more);
const change = (more: Record<string, unknown>) => dcv('dns-change', more);

const REQUEST_ROWS: readonly MemberRow[] = [
  { name: 'a request without a target', body: { check_type: 'caa' } },
  {
    name: 'a request without a check type is one for CAA',
    body: { domain_or_ip_target: 'shop.example.test', caa_check_parameters: { caa_domains: ['ca.example'] } },
  },
  {
    name: 'a request without a check type and with parameters of a validation is one for DCV',
    body: { ...dcv('acme-dns-01'), check_type: undefined },
  },
  {
    name: 'a request without a check type and with broken parameters of a validation',
    body: {
      domain_or_ip_target: 'shop.example.test',
      dcv_check_parameters: { validation_method: 'acme-dns-01' },
    },
  },
  { name: 'a request with an unknown check type', body: caaRequest({ check_type: 'dvc' }) },
  { name: 'a request with a check type of null', body: caaRequest({ check_type: null }) },
  { name: 'a request with a check type that is a list', body: caaRequest({ check_type: ['caa'] }) },
  { name: 'a request with a target of null', body: caaRequest({ domain_or_ip_target: null }) },
  { name: 'a request with a target that is a number', body: caaRequest({ domain_or_ip_target: 17 }) },
  {
    name: 'a request with a target of 1001 characters',
    body: caaRequest({ domain_or_ip_target: 'a'.repeat(1001) }),
  },
  {
    name: 'a request with a trace identifier that is an object',
    body: caaRequest({ trace_identifier: { a: 1 } }),
  },
  {
    name: 'a request with a trace identifier that cannot be printed',
    body: caaRequest({ trace_identifier: 'a\u0000b\u202ec' }),
  },
  {
    name: 'a request with a trace identifier of 257 characters',
    body: caaRequest({ trace_identifier: 'x'.repeat(257) }),
  },
  {
    name: 'a request with a trace identifier that is echoed with escapes',
    body: caaRequest({ trace_identifier: 'Bücher \u{1f4da} \u00a0"\\/' }),
  },
  {
    name: 'a request with an unknown member that is nearly a known one',
    body: caaRequest({ trace_identifer: 't' }),
  },
  { name: 'a request with an unknown member that is like none', body: caaRequest({ colour: 'blue' }) },
  { name: 'a request with a member of another place', body: caaRequest({ caa_domains: ['ca.example'] }) },
  {
    name: 'a request with a member of the orchestration in its own place',
    body: caaRequest({ quorum_count: 4 }),
  },
  {
    name: 'a request with unknown members under open-mpic names them',
    policy: 'open-mpic',
    body: caaRequest({
      colour: 'blue',
      caa_check_parameters: { caa_domains: ['ca.example'], account_uri_values: [] },
    }),
  },
  {
    name: 'a request with thirty unknown members under open-mpic names twenty',
    policy: 'open-mpic',
    body: caaRequest(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`extra_${n}`, n]))),
  },
  {
    name: 'a request with thirty unknown members has twenty-five issues',
    body: caaRequest(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`extra_${n}`, n]))),
  },
  {
    name: 'a CAA request with parameters of a validation',
    body: caaRequest({ dcv_check_parameters: { validation_method: 'acme-dns-01' } }),
  },
  {
    name: 'a CAA request with parameters of a validation under open-mpic',
    policy: 'open-mpic',
    body: caaRequest({ dcv_check_parameters: {} }),
  },
  { name: 'a validation with parameters of CAA', body: { ...dcv('acme-dns-01'), caa_check_parameters: {} } },
  { name: 'a CAA request with steps to its target', body: caaRequest({ adn_steps: [] }) },
  {
    name: 'a request with many mistakes at once',
    body: {
      check_type: 'caa',
      domain_or_ip_target: 5,
      trace_identifier: 6,
      orchestration_parameters: [],
      caa_check_parameters: 'no',
    },
  },
  { name: 'orchestration parameters that are a string', body: orchestration('six') },
  {
    name: 'orchestration parameters with a count that is text',
    body: orchestration({ perspective_count: '6' }),
  },
  { name: 'orchestration parameters with a fraction', body: orchestration({ perspective_count: 5.5 }) },
  {
    name: 'orchestration parameters with a number beyond 53 bits',
    body: orchestration({ quorum_count: 2 ** 60 }),
  },
  { name: 'orchestration parameters with a boolean', body: orchestration({ max_attempts: true }) },
  { name: 'orchestration parameters with an unknown member', body: orchestration({ perspectives: 6 }) },
  { name: 'CAA parameters that are a list', body: caaRequest({ caa_check_parameters: [] }) },
  { name: 'CAA parameters with domains that are a string', body: caa({ caa_domains: 'ca.example' }) },
  { name: 'CAA parameters with a domain that is empty', body: caa({ caa_domains: [''] }) },
  { name: 'CAA parameters with a domain that is a number', body: caa({ caa_domains: ['ca.example', 5] }) },
  {
    name: 'CAA parameters with 101 domains',
    body: caa({ caa_domains: Array.from({ length: 101 }, () => 'ca.example') }),
  },
  {
    name: 'CAA parameters with an unknown certificate type',
    body: caa({ certificate_type: 'code-signing' }),
  },
  { name: 'CAA parameters with a forgiveness that is text', body: caa({ allow_lookup_failure: 'yes' }) },
  { name: 'CAA parameters with an account that is no URI', body: caa({ expected_account_uris: ['acct/1'] }) },
  {
    name: 'CAA parameters with a label that is none',
    body: caa({ expected_validation_methods: ['dns 01'] }),
  },
  {
    name: 'CAA parameters with two names of one thing that differ',
    body: caa({
      expected_account_uris: ['https://ca.example/1'],
      accounturi_values: ['https://ca.example/2'],
    }),
  },
  {
    name: 'CAA parameters with two names of one thing that agree',
    body: caa({
      expected_account_uris: ['https://ca.example/1'],
      accounturi_values: ['https://ca.example/1'],
    }),
  },
  { name: 'CAA parameters with an unknown method', body: caa({ validation_method: 'email' }) },
  {
    name: 'CAA parameters with a misspelled limit on accounts',
    body: caa({ account_uri_values: ['https://ca.example/acct/9'] }),
  },
];

const METHOD_ROWS: readonly MemberRow[] = [
  {
    name: 'a validation without parameters',
    body: { check_type: 'dcv', domain_or_ip_target: 'shop.example.test' },
  },
  {
    name: 'a validation with parameters of null',
    body: { check_type: 'dcv', domain_or_ip_target: 'shop.example.test', dcv_check_parameters: null },
  },
  { name: 'a validation without a method', body: dcvRequest({ challenge_value: 'x' }) },
  { name: 'a validation with an unknown method', body: dcvRequest({ validation_method: 'dns-01' }) },
  { name: 'a validation with a method that is null', body: dcvRequest({ validation_method: null }) },
  {
    name: 'a validation with a method full of format characters',
    body: dcvRequest({ validation_method: `\u202e${'x'.repeat(300)}` }),
  },
  ...Object.keys(SMALLEST).map((method) => ({
    name: `${method} without any of its parameters`,
    body: dcvRequest({ validation_method: method }),
  })),
  { name: 'website-change with an unknown scheme', body: website({ url_scheme: 'ftp' }) },
  { name: 'website-change with headers that are a list', body: website({ http_headers: ['user-agent'] }) },
  {
    name: 'website-change with a header name that is none',
    body: website({ http_headers: { 'user agent': 'x' } }),
  },
  {
    name: 'website-change with a header value that ends its line',
    body: website({ http_headers: { 'user-agent': 'x\r\ny: z' } }),
  },
  {
    name: 'website-change with a header value that is a number',
    body: website({ http_headers: { 'user-agent': 1 } }),
  },
  {
    name: 'website-change with 51 headers',
    body: website({ http_headers: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`x-${n}`, ''])) }),
  },
  {
    name: 'website-change with a challenge value of 2001 characters',
    body: website({ challenge_value: 'x'.repeat(2001) }),
  },
  { name: 'acme-http-01 without exact case', body: dcv('acme-http-01', { require_exact_case: false }) },
  { name: 'acme-http-01 with a token that is no base64url', body: dcv('acme-http-01', { token: 'a/b' }) },
  { name: 'acme-dns-01 with another record type', body: dcv('acme-dns-01', { dns_record_type: 'CNAME' }) },
  { name: 'acme-dns-01 with another prefix', body: dcv('acme-dns-01', { dns_name_prefix: '_x' }) },
  {
    name: 'acme-tls-alpn-01 with a digest that is none',
    body: dcv('acme-tls-alpn-01', { key_authorization_hash: 'abc' }),
  },
  { name: 'dns-change with a record type that does not fit', body: change({ dns_record_type: 'A' }) },
  { name: 'dns-change with a record type that is none', body: change({ dns_record_type: 'SPF' }) },
  { name: 'dns-change with a prefix that is no label', body: change({ dns_name_prefix: '_a..b' }) },
  { name: 'dns-change with a member of another method', body: change({ http_token_path: 'x' }) },
  {
    name: 'dns-account-01 with two different names of its account',
    body: dcv('dns-account-01', { account_uri: 'https://ca.example/acct/8' }),
  },
  { name: 'dns-persistent without an issuer', body: dcv('dns-persistent', { issuer_domain_names: [] }) },
  {
    name: 'dns-persistent with an account that is no URI',
    body: dcv('dns-persistent', { expected_account_uri: '9' }),
  },
  {
    name: 'ip-address with a record type that does not fit',
    body: dcv('ip-address', { dns_record_type: 'TXT' }),
  },
  { name: 'a challenge with a time that is none', body: change({ challenge_created_at: 'yesterday' }) },
  { name: 'a challenge with a type that is none', body: change({ challenge_type: 'nonce' }) },
];

export const MEMBER_CASES: readonly WireCase[] = [...REQUEST_ROWS, ...METHOD_ROWS].map(
  ({ name, body, policy }) => ({
    name,
    ...(policy === undefined ? {} : { service: () => ({ config: { policy } }) }),
    steps: [post(body)],
  }),
);
