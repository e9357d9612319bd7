import { CA, NAME } from '../../support/views.ts';
import { fails, issue, issuemail, type Zone } from '../../support/zone-resolver.ts';
import { type CaaRow, toCaaCase } from './caa-row.ts';

const PARENT = 'example.test';
const ACCOUNT = 'https://ca.example/acct/1';
const limited = (limits: string): Zone => ({ [NAME]: [issue(`${CA}; ${limits}`)] });

const ROWS: readonly CaaRow[] = [
  { name: 'CAA lookup with SERVFAIL is no permission', zone: { [NAME]: [fails('servfail')] } },
  { name: 'CAA lookup that is refused is no permission', zone: { [NAME]: [fails('refused')] } },
  { name: 'CAA lookup that times out is no permission', zone: { [NAME]: [fails('timeout')] } },
  { name: 'CAA lookup with unreachable servers is no permission', zone: { [NAME]: [fails('unreachable')] } },
  { name: 'CAA lookup that is bogus is no permission', zone: { [NAME]: [fails('bogus')] } },
  { name: 'CAA lookup that is indeterminate is no permission', zone: { [NAME]: [fails('indeterminate')] } },
  { name: 'CAA lookup with a malformed answer is no permission', zone: { [NAME]: [fails('malformed')] } },
  { name: 'CAA lookup with an odd RCODE is no permission', zone: { [NAME]: [fails('rcode')] } },
  { name: 'CAA lookup that fails at the parent is no permission', zone: { [PARENT]: [fails('servfail')] } },
  {
    name: 'CAA lookup that fails above a found set does not matter',
    zone: { [NAME]: [issue(CA)], [PARENT]: [fails('servfail')] },
  },
  {
    name: 'CAA lookup that fails with extended errors tells them',
    zone: { [NAME]: [fails('servfail')] },
    facts: {
      [NAME]: {
        retried: true,
        tries: 3,
        extendedErrors: [
          { code: 9, text: 'no DNSKEY' },
          { code: 22, text: '' },
        ],
      },
    },
  },
  {
    name: 'CAA lookup failure forgiven by the caller still forbids under the strict policy',
    zone: { [NAME]: [fails('timeout')] },
    parameters: { allow_lookup_failure: true },
  },
  {
    name: 'CAA lookup failure forgiven by the caller passes under open-mpic',
    zone: { [NAME]: [fails('timeout')] },
    parameters: { allow_lookup_failure: true },
    policy: 'open-mpic',
  },
  {
    name: 'CAA lookup failure forgiven, with another CA at the parent, forbids under open-mpic',
    zone: { [NAME]: [fails('timeout')], [PARENT]: [issue('other.example')] },
    parameters: { allow_lookup_failure: true },
    policy: 'open-mpic',
  },
  {
    name: 'CAA that is validated says secure',
    zone: { [NAME]: [issue(CA)] },
    facts: { [NAME]: { dnssec: 'secure' } },
  },
  {
    name: 'CAA that nobody validated says so',
    zone: { [NAME]: [issue(CA)] },
    facts: { [NAME]: { dnssec: 'not validated' } },
  },
  { name: 'CAA with a TTL of zero', zone: { [NAME]: [issue(CA)] }, facts: { [NAME]: { ttl: 0 } } },
  {
    name: 'CAA with a TTL of a day may be used for a day',
    zone: { [NAME]: [issue(CA)] },
    facts: { [NAME]: { ttl: 86_400 } },
  },
  { name: 'CAA without a known TTL', zone: { [NAME]: [issue(CA)] }, facts: { [NAME]: { ttl: null } } },
  {
    name: 'CAA for the account of the request permits',
    zone: limited(`accounturi=${ACCOUNT}`),
    parameters: { expected_account_uris: [ACCOUNT] },
  },
  {
    name: 'CAA for another account forbids',
    zone: limited(`accounturi=${ACCOUNT}`),
    parameters: { expected_account_uris: ['https://ca.example/acct/2'] },
  },
  {
    name: 'CAA for an account under the former member name permits',
    zone: limited(`accounturi=${ACCOUNT}`),
    parameters: { accounturi_values: ['https://ca.example/acct/2', ACCOUNT] },
  },
  {
    name: 'CAA for an account when the caller gave none is not enforced yet',
    zone: limited(`accounturi=${ACCOUNT}`),
  },
  {
    name: 'CAA for an account when the caller gave null forbids',
    zone: limited(`accounturi=${ACCOUNT}`),
    parameters: { expected_account_uris: null },
  },
  {
    name: 'CAA for an account when the caller gave an empty list forbids',
    zone: limited(`accounturi=${ACCOUNT}`),
    parameters: { expected_account_uris: [] },
  },
  {
    name: 'CAA for the method of the order permits',
    zone: limited('validationmethods=dns-01'),
    parameters: { validation_method: 'acme-dns-01' },
  },
  {
    name: 'CAA for another method forbids',
    zone: limited('validationmethods=http-01'),
    parameters: { validation_method: 'acme-dns-01' },
  },
  {
    name: 'CAA for a method by labels permits',
    zone: limited('validationmethods=ca-tbr-7,http-01'),
    parameters: { expected_validation_methods: ['dns-01'] },
  },
  {
    name: 'CAA for a method by labels under the former member name forbids',
    zone: limited('validationmethods=tls-alpn-01'),
    parameters: { validation_methods: ['dns-01', 'ca-tbr-7'] },
  },
  {
    name: 'CAA with free labels of several methods under open-mpic',
    zone: limited('validationmethods=custom'),
    parameters: { validation_methods: ['custom', 'dns-01'] },
    policy: 'open-mpic',
  },
  {
    name: 'CAA for account and method in two properties forbids',
    zone: {
      [NAME]: [
        issue(`${CA}; accounturi=${ACCOUNT}; validationmethods=http-01`),
        issue(`${CA}; accounturi=https://ca.example/acct/2`),
      ],
    },
    parameters: { expected_account_uris: [ACCOUNT], validation_method: 'acme-dns-01' },
  },
  {
    name: 'several caa_domains, of which one is named, permit',
    zone: { [NAME]: [issue('second.example')] },
    parameters: { caa_domains: ['First.example', 'SECOND.example'] },
  },
  {
    name: 'several caa_domains, of which none is named, are forbidden',
    zone: { [NAME]: [issue('third.example')] },
    parameters: { caa_domains: ['first.example', 'second.example'] },
  },
  {
    name: 'caa_domains that are empty are those of the service',
    zone: { [NAME]: [issue(CA)] },
    parameters: { caa_domains: [] },
  },
  {
    name: 'CAA parameters of null are those of the service',
    zone: { [NAME]: [issue(CA)] },
    changes: { caa_check_parameters: null },
  },
  {
    name: 'CAA for S/MIME by issuemail permits',
    zone: { [NAME]: [issuemail(CA), issue('other.example')] },
    parameters: { certificate_type: 's-mime' },
  },
  {
    name: 'CAA for S/MIME by issuemail of another forbids',
    zone: { [NAME]: [issuemail('other.example'), issue(CA)] },
    parameters: { certificate_type: 's-mime' },
  },
  {
    name: 'CAA for S/MIME without issuemail permits',
    zone: { [NAME]: [issue('other.example')] },
    parameters: { certificate_type: 's-mime' },
  },
  {
    name: 'CAA for TLS by its explicit certificate type',
    zone: { [NAME]: [issue(CA), issuemail('other.example')] },
    parameters: { certificate_type: 'tls-server' },
  },
  {
    name: 'CAA of a name in capitals is that of the name',
    target: NAME.toUpperCase(),
    zone: { [NAME]: [issue(CA)] },
  },
  {
    name: 'CAA of a U-label under open-mpic is that of its A-label',
    target: 'bücher.example.test.',
    zone: { 'xn--bcher-kva.example.test': [issue(CA)] },
    policy: 'open-mpic',
  },
  {
    name: 'CAA with many records is told in full',
    zone: { [NAME]: Array.from({ length: 12 }, (_, index) => issue(`ca-${index}.example; n=${index}`)) },
  },
];

export const CAA_LIMIT_CASES = ROWS.map(toCaaCase);
