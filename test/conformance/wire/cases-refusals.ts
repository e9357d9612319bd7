import type { Policy } from '../../../shared/domain/check/check.ts';
import { caaRequest } from '../../support/harness.ts';
import { TWELVE } from '../../support/perspectives.ts';
import { SMALLEST } from '../../unit/api/dcv-requests.ts';
import { dcvRequest, HASH, VALUE } from './dcv-row.ts';
import { post, type ServiceOptions, type WireCase } from './wire-case.ts';

interface RefusalRow {
  readonly name: string;
  readonly body: unknown;
  readonly policy?: Policy;
  readonly config?: ServiceOptions['config'];
}

const caaOf = (target: string, changes: Record<string, unknown> = {}) =>
  caaRequest({ domain_or_ip_target: target, ...changes });
const caa = (parameters: Record<string, unknown>) =>
  caaRequest({ caa_check_parameters: { caa_domains: ['ca.example'], ...parameters } });
const orchestration = (parameters: Record<string, unknown>) =>
  caaRequest({ orchestration_parameters: parameters });
const dcv = (
  method: keyof typeof SMALLEST,
  more: Record<string, unknown> = {},
  changes: Record<string, unknown> = {},
) => dcvRequest({ validation_method: method, ...SMALLEST[method], ...more }, changes);
const dcvOf = (target: string, method: keyof typeof SMALLEST) =>
  dcv(method, {}, { domain_or_ip_target: target, applied_for: undefined });
const website = (more: Record<string, unknown>) => dcv('website-change', more);

const TARGETS: Readonly<Record<string, string>> = {
  'a single label': 'shop',
  'an empty target': '',
  'a target with an empty label': 'shop..test',
  'a target with an underscore': 'a_b.shop.test',
  'a target with a label of 64 characters': `${'a'.repeat(64)}.shop.test`,
  'a target above 253 characters': `${'a.'.repeat(125)}shop.test`,
  'a target with a space': 'shop .test',
  'a target whose last label is a number': 'shop.123',
  'a target with a port': 'shop.test:443',
  'a URL as a target': 'https://shop.test/',
  'a target with control characters': 'shop\u0000\u202e.test',
  'a target with a label that begins with a hyphen': '-a.shop.test',
  'a target with an A-label that is none': 'xn--a.shop.test',
  'a U-label': 'fa\u00df.test',
  'a target with a final dot': 'shop.test.',
  'a wildcard within a label': 'a*.shop.test',
  'a wildcard in the second place': 'a.*.shop.test',
  'a wildcard alone': '*',
  'a wildcard twice': '*.*.shop.test',
  'a name below local': 'printer.local',
  'a name below internal': 'db.internal',
  'a name below onion': `${'a'.repeat(56)}.onion`,
  'a name below example': 'shop.example',
  'a name below home.arpa': 'a.home.arpa',
  'a reverse name': '1.0.0.11.in-addr.arpa',
  'an address': '11.0.0.1',
  'an IPv6 address': '2a00:1450:4001::1',
  'an IPv6 address with a zone': 'fe80::1%eth0',
  'an IPv6 address with too many groups': '1:2:3:4:5:6:7:8:9',
  'an IPv4 address in octal': '011.0.0.1',
};
const TARGET_ROWS: readonly RefusalRow[] = [
  ...Object.entries(TARGETS).map(([name, target]) => ({
    name: `CAA for ${name} is refused`,
    body: caaOf(target),
  })),
  { name: 'a validation of a private address is refused', body: dcvOf('10.0.0.1', 'website-change') },
  { name: 'a validation of a loopback address is refused', body: dcvOf('[::1]', 'acme-http-01') },
  {
    name: 'a validation of an address by a method of names is refused',
    body: dcvOf('11.0.0.1', 'acme-dns-01'),
  },
  {
    name: 'a validation of a wildcard name by a method without is refused',
    body: dcvOf('*.shop.test', 'website-change'),
  },
  {
    name: 'a validation of a part of a reverse zone is refused',
    body: dcvOf('0.0.11.in-addr.arpa', 'reverse-address-lookup'),
  },
  {
    name: 'a validation of a reverse name by another method is refused',
    body: dcvOf('1.0.0.11.in-addr.arpa', 'acme-dns-01'),
  },
  {
    name: 'a validation of a private address by its reverse name is refused',
    body: dcvOf('1.0.0.10.in-addr.arpa', 'reverse-address-lookup'),
  },
];

const ORCHESTRATION_ROWS: readonly RefusalRow[] = [
  { name: 'more perspectives than there are', body: orchestration({ perspective_count: 7 }) },
  { name: 'one perspective', body: orchestration({ perspective_count: 1 }) },
  { name: 'a negative count of perspectives', body: orchestration({ perspective_count: -6 }) },
  { name: 'fewer perspectives than the date demands', body: orchestration({ perspective_count: 3 }) },
  { name: 'a quorum laxer than the table', body: orchestration({ quorum_count: 3 }) },
  { name: 'a quorum above the count', body: orchestration({ quorum_count: 7 }) },
  { name: 'monitoring under the strict policy', body: orchestration({ quorum_count: 0 }) },
  {
    name: 'a quorum laxer than the table under open-mpic',
    policy: 'open-mpic',
    body: orchestration({ quorum_count: 3 }),
  },
  { name: 'a cohort that does not exist', body: orchestration({ cohort_for_single_attempt: 2 }) },
  { name: 'a cohort of number zero', body: orchestration({ cohort_for_single_attempt: 0 }) },
  {
    name: 'a count, a quorum and a cohort that are wrong at once',
    body: orchestration({ perspective_count: 99, quorum_count: 1, cohort_for_single_attempt: -1 }),
  },
  {
    name: 'a default count below the minimum of S/MIME',
    config: { defaultPerspectiveCount: 2 },
    body: caa({ certificate_type: 's-mime' }),
  },
  {
    name: 'too many perspectives of twelve',
    config: { perspectives: TWELVE },
    body: orchestration({ perspective_count: 13 }),
  },
];

const PARAMETER_ROWS: readonly RefusalRow[] = [
  { name: 'labels that are not of one method', body: caa({ validation_methods: ['dns-01', 'http-01'] }) },
  {
    name: 'labels that do not stand for the method',
    body: caa({ validation_method: 'acme-dns-01', validation_methods: ['http-01'] }),
  },
  {
    name: 'a method for CAA that has no label',
    body: caa({ validation_method: 'ip-address' }),
  },
  {
    name: 'a method for CAA that takes no wildcard name',
    body: caaOf('*.shop.test', { caa_check_parameters: { validation_method: 'acme-http-01' } }),
  },
  { name: 'a challenge value that is empty', body: dcv('dns-change', { challenge_value: '' }) },
  { name: 'a challenge value that is empty without a pattern', body: website({ challenge_value: '' }) },
  {
    name: 'a pattern alone under the strict policy',
    body: website({ challenge_value: '', match_regex: 'rv-.*' }),
  },
  { name: 'a challenge value of one space', body: dcv('dns-change', { challenge_value: ' ' }) },
  { name: 'a challenge value below 19 characters', body: dcv('dns-change', { challenge_value: 'short' }) },
  {
    name: 'a challenge value for a CNAME whose labels are short',
    body: dcv('dns-change', { dns_record_type: 'CNAME', challenge_value: 'a.b.c.d.e.f.g.h.i.j.ca.test' }),
  },
  { name: 'a challenge value in the path', body: website({ http_token_path: `${VALUE}.txt` }) },
  { name: 'a challenge value in a header', body: website({ http_headers: { 'user-agent': VALUE } }) },
  { name: 'a path that leaves its directory', body: website({ http_token_path: '../secret' }) },
  {
    name: 'a path that leaves its directory by escapes',
    body: website({ http_token_path: '%252e%252e/secret' }),
  },
  { name: 'a path with a query', body: website({ http_token_path: 'a?b' }) },
  { name: 'a path with a leading slash', body: website({ http_token_path: '/a' }) },
  {
    name: 'a header that is not the caller’s to set',
    body: website({ http_headers: { Host: 'evil.test' } }),
  },
  { name: 'a header that may mislead', body: website({ http_headers: { 'X-Original-URL': '/x' } }) },
  { name: 'a pattern that cannot be compiled', body: website({ match_regex: '(' }) },
  { name: 'a pattern with a look-ahead', body: website({ match_regex: '(?=a)' }) },
  { name: 'a pattern above 512 characters', body: website({ match_regex: 'a'.repeat(513) }) },
  {
    name: 'a token that is short',
    body: dcv('acme-http-01', { token: 'short', key_authorization: `short.${HASH}` }),
  },
  {
    name: 'a key authorization of another token',
    body: dcv('acme-http-01', { key_authorization: `other.${HASH}` }),
  },
  { name: 'a digest of another length', body: dcv('acme-dns-01', { key_authorization_hash: 'abc' }) },
  {
    name: 'a prefix for a method that looks at the name',
    body: dcv('contact-email-caa', { dns_name_prefix: '_x' }),
  },
  { name: 'a prefix without an underscore', body: dcv('dns-change', { dns_name_prefix: 'dcv' }) },
  { name: 'a prefix of two labels', body: dcv('dns-change', { dns_name_prefix: '_a.b' }) },
  {
    name: 'a prefix that makes the name too long',
    policy: 'open-mpic',
    body: dcv('dns-change', { dns_name_prefix: `${'a.'.repeat(120)}b` }),
  },
  {
    name: 'a contact that is no address is looked up in vain',
    body: dcv('contact-email-txt', { challenge_value: 'no address' }),
  },
  {
    name: 'a contact that is no number is looked up in vain',
    body: dcv('contact-phone-txt', { challenge_value: 'call me' }),
  },
  {
    name: 'an expected address that is none is looked up in vain under open-mpic',
    policy: 'open-mpic',
    body: dcv('ip-address', { challenge_value: 'none' }),
  },
];

export const REFUSAL_CASES: readonly WireCase[] = [
  ...TARGET_ROWS,
  ...ORCHESTRATION_ROWS,
  ...PARAMETER_ROWS,
].map(({ name, body, policy, config }) => ({
  name,
  service: () => ({ config: { ...config, ...(policy === undefined ? {} : { policy }) } }),
  steps: [post(body)],
}));
