import { cnameTo, type Script, txt } from '../../support/fake-resolver.ts';
import { NAME } from '../../support/views.ts';
import { type DcvRow, HASH, OTHER_VALUE, toDcvCase, VALUE } from './dcv-row.ts';

const ACCOUNT = 'https://ca.example/acct/9';
const CHALLENGE = `TXT _acme-challenge.${NAME}`;
const DNS_01 = { validation_method: 'acme-dns-01', key_authorization_hash: HASH };
const ACCOUNT_01 = {
  validation_method: 'dns-account-01',
  key_authorization_hash: HASH,
  acme_account_url: ACCOUNT,
};
const OTHER_HASH = '9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI';
const ACCOUNT_CHALLENGE = `TXT _lg4nghrcqq3nth3f._acme-challenge.${NAME}`;
const PERSISTENT = {
  validation_method: 'dns-persistent',
  issuer_domain_names: ['ca.example'],
  expected_account_uri: ACCOUNT,
};
const change = (type: string, more: Record<string, unknown> = {}) => ({
  validation_method: 'dns-change',
  dns_record_type: type,
  dns_name_prefix: '_dcv',
  challenge_value: VALUE,
  ...more,
});
const persists = (value: string): { script: Script } => ({
  script: { [`TXT _validation-persist.${NAME}`]: [txt(value)] },
});
const challenge = (...values: string[]): { script: Script } => ({
  script: { [CHALLENGE]: values.map((value) => txt(value)) },
});
const dcv = (answer: Script[string]): { script: Script } => ({ script: { [`TXT _dcv.${NAME}`]: answer } });

const ROWS: readonly DcvRow[] = [
  { name: 'acme-dns-01 with its record passes', parameters: DNS_01, sees: challenge(HASH) },
  {
    name: 'acme-dns-01 with its record among others passes',
    parameters: DNS_01,
    sees: challenge('v=spf1 -all', HASH, OTHER_HASH),
  },
  {
    name: 'acme-dns-01 with its record in two strings passes',
    parameters: DNS_01,
    sees: { script: { [CHALLENGE]: [txt(HASH.slice(0, 20), HASH.slice(20))] } },
  },
  { name: 'acme-dns-01 with another hash fails', parameters: DNS_01, sees: challenge(OTHER_HASH) },
  {
    name: 'acme-dns-01 with its hash in small letters fails',
    parameters: DNS_01,
    sees: challenge(HASH.toLowerCase()),
  },
  { name: 'acme-dns-01 without a name fails', parameters: DNS_01 },
  { name: 'acme-dns-01 without a record fails', parameters: DNS_01, sees: { script: { [CHALLENGE]: [] } } },
  {
    name: 'acme-dns-01 behind an alias tells the alias',
    parameters: DNS_01,
    sees: { script: { [CHALLENGE]: { records: [txt(HASH)], cnameChain: ['proof.cdn.test.'], ttl: 60 } } },
  },
  {
    name: 'acme-dns-01 with a validated record says so',
    parameters: DNS_01,
    sees: { script: { [CHALLENGE]: { records: [txt(HASH)], dnssec: 'secure', adFlag: true } } },
  },
  {
    name: 'acme-dns-01 with a record that is no text tells its octets',
    parameters: DNS_01,
    sees: { script: { [CHALLENGE]: [{ type: 'TXT', value: '\u0000\u00ff\u0080"\\' }] } },
  },
  ...(
    [
      'servfail',
      'refused',
      'timeout',
      'unreachable',
      'bogus',
      'indeterminate',
      'malformed',
      'rcode',
      'truncated',
      'alias-loop',
      'alias-chain-too-long',
      'resolver-failed',
      'invalid-name',
    ] as const
  ).map((reason) => ({
    name: `acme-dns-01 whose lookup ends with ${reason} is not completed`,
    parameters: DNS_01,
    sees: { script: { [CHALLENGE]: reason } },
  })),
  {
    name: 'acme-dns-01 of a wildcard name passes at the name',
    target: `*.${NAME}`,
    parameters: DNS_01,
    sees: challenge(HASH),
  },
  {
    name: 'dns-account-01 with its record passes',
    parameters: ACCOUNT_01,
    sees: { script: { [ACCOUNT_CHALLENGE]: [txt(HASH)] } },
  },
  {
    name: 'dns-account-01 with another hash fails',
    parameters: ACCOUNT_01,
    sees: { script: { [ACCOUNT_CHALLENGE]: [txt(OTHER_HASH)] } },
  },
  {
    name: 'dns-account-01 under the label of another account fails',
    parameters: { ...ACCOUNT_01, acme_account_url: 'https://ca.example/acct/8' },
    sees: { script: { [ACCOUNT_CHALLENGE]: [txt(HASH)] } },
  },
  {
    name: 'dns-account-01 by the former member name is echoed as sent',
    parameters: { validation_method: 'dns-account-01', key_authorization_hash: HASH, account_uri: ACCOUNT },
    sees: { script: { [ACCOUNT_CHALLENGE]: [txt(HASH)] } },
  },
  {
    name: 'dns-account-01 whose lookup fails is not completed',
    parameters: ACCOUNT_01,
    sees: { script: { [ACCOUNT_CHALLENGE]: 'servfail' } },
  },
  { name: 'dns-change with its TXT record passes', parameters: change('TXT'), sees: dcv([txt(VALUE)]) },
  {
    name: 'dns-change with its value within a longer record passes',
    parameters: change('TXT'),
    sees: dcv([txt(`ca-proof=${VALUE};`)]),
  },
  {
    name: 'dns-change with an exact match wanted fails on a longer record',
    parameters: change('TXT', { require_exact_match: true }),
    sees: dcv([txt(`ca-proof=${VALUE};`)]),
  },
  {
    name: 'dns-change with an exact match wanted passes on the value',
    parameters: change('TXT', { require_exact_match: true }),
    sees: dcv([txt(VALUE)]),
  },
  {
    name: 'dns-change in other letters fails',
    parameters: change('TXT'),
    sees: dcv([txt(VALUE.toUpperCase())]),
  },
  {
    name: 'dns-change in other letters passes without exact case',
    parameters: change('TXT', { require_exact_case: false }),
    sees: dcv([txt(VALUE.toUpperCase())]),
  },
  { name: 'dns-change with another value fails', parameters: change('TXT'), sees: dcv([txt(OTHER_VALUE)]) },
  { name: 'dns-change without a record fails', parameters: change('TXT') },
  { name: 'dns-change whose lookup fails is not completed', parameters: change('TXT'), sees: dcv('timeout') },
  {
    name: 'dns-change without a prefix looks at the name',
    parameters: change('TXT', { dns_name_prefix: null }),
    sees: { script: { [`TXT ${NAME}`]: [txt(VALUE)] } },
  },
  {
    name: 'dns-change with a CNAME record passes',
    parameters: change('CNAME', { challenge_value: `${VALUE}.ca.test` }),
    sees: { script: { [`CNAME _dcv.${NAME}`]: [cnameTo(`${VALUE}.CA.test.`)] } },
  },
  {
    name: 'dns-change with another CNAME record fails',
    parameters: change('CNAME', { challenge_value: `${VALUE}.ca.test` }),
    sees: { script: { [`CNAME _dcv.${NAME}`]: [cnameTo(`${OTHER_VALUE}.ca.test.`)] } },
  },
  {
    name: 'dns-change with a CAA record passes',
    parameters: change('CAA'),
    sees: {
      zone: {
        [`_dcv.${NAME}`]: [
          { type: 'CAA', caa: { flags: 0, tag: 'issue', value: `ca.example; proof=${VALUE}` } },
        ],
      },
    },
  },
  {
    name: 'dns-change with another CAA record fails',
    parameters: change('CAA'),
    sees: {
      zone: { [`_dcv.${NAME}`]: [{ type: 'CAA', caa: { flags: 0, tag: 'issue', value: 'ca.example' } }] },
    },
  },
  {
    name: 'dns-change of a value below 19 characters passes under open-mpic and does not corroborate',
    policy: 'open-mpic',
    parameters: change('TXT', { challenge_value: 'short' }),
    sees: dcv([txt('short')]),
  },
  {
    name: 'dns-change of a value from a small alphabet has an advisory',
    parameters: change('TXT', { challenge_value: '0123456789012345678' }),
    sees: dcv([txt('0123456789012345678')]),
  },
  {
    name: 'dns-persistent with its record passes',
    parameters: PERSISTENT,
    sees: persists(`ca.example; accounturi=${ACCOUNT}`),
  },
  {
    name: 'dns-persistent of another account fails',
    parameters: PERSISTENT,
    sees: persists('ca.example; accounturi=https://ca.example/acct/8'),
  },
  {
    name: 'dns-persistent of another issuer fails',
    parameters: PERSISTENT,
    sees: persists(`other.example; accounturi=${ACCOUNT}`),
  },
  {
    name: 'dns-persistent until yesterday fails',
    parameters: PERSISTENT,
    sees: persists(`ca.example; accounturi=${ACCOUNT}; persistUntil=1795176000`),
  },
  {
    name: 'dns-persistent until tomorrow passes',
    parameters: PERSISTENT,
    sees: persists(`ca.example; accounturi=${ACCOUNT}; persistUntil=1795348800`),
  },
  {
    name: 'dns-persistent with a record that cannot be read fails',
    parameters: PERSISTENT,
    sees: persists(`ca.example; accounturi=${ACCOUNT}; =`),
  },
  { name: 'dns-persistent without a record fails', parameters: PERSISTENT },
  {
    name: 'dns-persistent whose lookup is bogus is not completed',
    parameters: PERSISTENT,
    sees: { script: { [`TXT _validation-persist.${NAME}`]: 'bogus' } },
  },
  {
    name: 'dns-persistent of a wildcard name without its policy fails',
    target: `*.${NAME}`,
    parameters: { ...PERSISTENT, require_wildcard_policy: true },
    sees: persists(`ca.example; accounturi=${ACCOUNT}`),
  },
  {
    name: 'dns-persistent of a wildcard name with its policy passes',
    target: `*.${NAME}`,
    parameters: { ...PERSISTENT, require_wildcard_policy: true },
    sees: persists(`ca.example; accounturi=${ACCOUNT}; policy=wildcard`),
  },
  {
    name: 'dns-persistent of an address is looked up under its reverse name',
    target: '11.0.0.1',
    parameters: PERSISTENT,
    sees: {
      script: {
        'TXT _ip-validation-persist.1.0.0.11.in-addr.arpa': [txt(`ca.example; accounturi=${ACCOUNT}`)],
      },
    },
  },
];

export const DNS_VALUE_CASES = ROWS.map(toDcvCase);
