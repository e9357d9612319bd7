import { describe, expect, it } from 'vitest';
import { type CaaRequest, judgeCaaSet } from '../../../../shared/domain/caa/judge.ts';
import type { CaaRecord } from '../../../../shared/domain/dns/lookup.ts';

const ACCOUNT_1 = 'https://ca.example/acct/1';
const ACCOUNT_2 = 'https://ca.example/acct/2';

const REQUEST: CaaRequest = {
  certificateType: 'tls-server',
  wildcard: false,
  caaDomains: ['ca.example'],
  accountUris: [ACCOUNT_1],
  validationMethods: ['dns-01', 'ca-tbr-7'],
  enforceRfc8657: true,
};

const record = (flags: number, tag: string, value: string): CaaRecord => ({ flags, tag, value });
const issue = (value: string) => record(0, 'issue', value);

const judge = (records: readonly CaaRecord[], request: Partial<CaaRequest> = {}) =>
  judgeCaaSet(records, { ...REQUEST, ...request });

describe('judgeCaaSet (RFC 8659 section 4)', () => {
  it.each<{
    name: string;
    records: CaaRecord[];
    request?: Partial<CaaRequest>;
    permitted: boolean;
    reason: string;
  }>([
    {
      name: 'does not permit a CA without issuer names',
      records: [issue('ca.example')],
      request: { caaDomains: [] },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'permits a CA without issuer names if the set does not restrict',
      records: [record(0, 'iodef', 'mailto:a@b')],
      request: { caaDomains: [] },
      permitted: true,
      reason: 'not-restricted',
    },
    {
      name: 'does not match an empty CA name with an empty issuer',
      records: [issue(';')],
      request: { caaDomains: ['', 'ca.example'] },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'permits on any of the names of the CA',
      records: [issue('two.example')],
      request: { caaDomains: ['one.example', 'two.example'] },
      permitted: true,
      reason: 'authorised',
    },
    {
      name: 'compares the names of the CA without case',
      records: [issue('ca.example')],
      request: { caaDomains: ['CA.EXAMPLE'] },
      permitted: true,
      reason: 'authorised',
    },
    {
      name: 'does not match a name that equals the issuer only by Unicode case folding',
      records: [issue('kca.example')],
      request: { caaDomains: ['\u212aca.example'] },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'applies the critical bit to S/MIME',
      records: [record(0, 'issuemail', 'ca.example'), record(128, 'tbs', '')],
      request: { certificateType: 's-mime' },
      permitted: false,
      reason: 'unknown-critical-property',
    },
    {
      name: 'denies on an unknown critical property even if the set names the CA for wildcards',
      records: [record(0, 'issuewild', 'ca.example'), record(255, 'tbs', '')],
      request: { wildcard: true },
      permitted: false,
      reason: 'unknown-critical-property',
    },
    {
      name: 'understands a critical issuevmc',
      records: [record(128, 'issuevmc', ';')],
      permitted: true,
      reason: 'not-restricted',
    },
    {
      name: 'understands a critical contactphone',
      records: [record(128, 'contactphone', '1')],
      permitted: true,
      reason: 'not-restricted',
    },
    {
      name: 'treats a tag with a space as unknown',
      records: [record(128, 'issue ', 'ca.example')],
      permitted: false,
      reason: 'unknown-critical-property',
    },
    {
      name: 'uses an upper-case issuewild instead of issue',
      records: [issue('ca.example'), record(0, 'IssueWild', ';')],
      request: { wildcard: true },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'ignores the wildcard of an S/MIME request',
      records: [record(0, 'issuemail', 'ca.example'), record(0, 'issuewild', ';')],
      request: { certificateType: 's-mime', wildcard: true },
      permitted: true,
      reason: 'authorised',
    },
  ])('$name', ({ records, request, permitted, reason }) => {
    expect(judge(records, request)).toMatchObject({ permitted, reason, rfc8657Ignored: false });
  });
});

describe('judgeCaaSet with limits of RFC 8657', () => {
  it.each<{
    name: string;
    values: string[];
    request?: Partial<CaaRequest>;
    reason: string;
    accounts?: string[];
    methods?: string[];
    ignored?: boolean;
  }>([
    {
      name: 'reports the account of the limit as permissible',
      values: [`ca.example;accounturi=${ACCOUNT_2}`],
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_2],
    },
    {
      name: 'reports methods sorted and without duplicates',
      values: ['ca.example;validationmethods=tls-alpn-01,http-01,http-01'],
      reason: 'method-not-authorised',
      methods: ['http-01', 'tls-alpn-01'],
    },
    {
      name: 'reports several properties together',
      values: [
        `ca.example;accounturi=${ACCOUNT_2};validationmethods=dns-01`,
        `ca.example;accounturi=${ACCOUNT_1};validationmethods=http-01`,
      ],
      reason: 'method-not-authorised',
      accounts: [ACCOUNT_1, ACCOUNT_2],
      methods: ['dns-01', 'http-01'],
    },
    {
      name: 'does not report the limits of another issuer',
      values: [`other.example;accounturi=${ACCOUNT_2}`],
      reason: 'issuer-not-authorised',
    },
    {
      name: 'reports an unsatisfiable limit as an empty list',
      values: ['ca.example;accounturi=nobody'],
      reason: 'account-not-authorised',
      accounts: [],
    },
    {
      name: 'reports no values of a property with one unsatisfiable limit',
      values: [`ca.example;accounturi=${ACCOUNT_2};validationmethods=`],
      reason: 'account-not-authorised',
      accounts: [],
      methods: [],
    },
    {
      name: 'reports no methods of a property with an unsatisfiable account limit',
      values: ['ca.example;accounturi=nobody;validationmethods=http-01'],
      reason: 'account-not-authorised',
      accounts: [],
      methods: [],
    },
    {
      name: 'does not report values longer than 512 characters',
      values: [`ca.example;validationmethods=${'m'.repeat(513)},${'n'.repeat(512)}`],
      reason: 'method-not-authorised',
      methods: ['n'.repeat(512)],
    },
    {
      name: 'compares parameter tags without case',
      values: [`ca.example;AccountURI=${ACCOUNT_2}`],
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_2],
    },
    {
      name: 'compares account URIs with case',
      values: ['ca.example;accounturi=HTTPS://ca.example/acct/1'],
      reason: 'account-not-authorised',
      accounts: ['HTTPS://ca.example/acct/1'],
    },
    {
      name: 'does not normalise account URIs',
      values: ['ca.example;accounturi=https://ca.example/acct/%31'],
      reason: 'account-not-authorised',
      accounts: ['https://ca.example/acct/%31'],
    },
    {
      name: 'never satisfies an accounturi that is not a URI',
      values: ['ca.example;accounturi=acct1'],
      request: { accountUris: ['acct1'] },
      reason: 'account-not-authorised',
      accounts: [],
    },
    {
      name: 'is satisfied by any of several accounts',
      values: [`ca.example;accounturi=${ACCOUNT_2}`],
      request: { accountUris: [ACCOUNT_1, ACCOUNT_2] },
      reason: 'authorised',
    },
    {
      name: 'satisfies no account limit with an empty list of accounts',
      values: [`ca.example;accounturi=${ACCOUNT_1}`],
      request: { accountUris: [] },
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_1],
    },
    {
      name: 'never satisfies three accounturi parameters',
      values: [`ca.example;accounturi=${ACCOUNT_1};accounturi=${ACCOUNT_1};accounturi=${ACCOUNT_1}`],
      reason: 'account-not-authorised',
      accounts: [],
    },
    {
      name: 'never satisfies two validationmethods parameters',
      values: ['ca.example;validationmethods=dns-01;validationmethods=dns-01'],
      reason: 'method-not-authorised',
      methods: [],
    },
    {
      name: 'accepts no method from a list with a malformed label',
      values: ['ca.example;validationmethods=dns-01,http_01'],
      reason: 'method-not-authorised',
      methods: [],
    },
    {
      name: 'accepts no method from a list with an empty label',
      values: ['ca.example;validationmethods=dns-01,'],
      reason: 'method-not-authorised',
      methods: [],
    },
    {
      name: 'compares labels with case',
      values: ['ca.example;validationmethods=DNS-01'],
      reason: 'method-not-authorised',
      methods: ['DNS-01'],
    },
    {
      name: 'does not match a label by prefix',
      values: ['ca.example;validationmethods=dns-01x'],
      reason: 'method-not-authorised',
      methods: ['dns-01x'],
    },
    {
      name: 'blocks on a method limit without a method, with enforcement',
      values: ['ca.example;validationmethods=dns-01'],
      request: { validationMethods: null },
      reason: 'method-not-authorised',
      methods: ['dns-01'],
    },
    {
      name: 'ignores and reports a method limit without a method, without enforcement',
      values: ['ca.example;validationmethods=http-01'],
      request: { validationMethods: null, enforceRfc8657: false },
      reason: 'authorised',
      ignored: true,
    },
    {
      name: 'ignores even an unsatisfiable limit without a method, without enforcement',
      values: ['ca.example;accounturi=nobody'],
      request: { accountUris: null, enforceRfc8657: false },
      reason: 'authorised',
      ignored: true,
    },
    {
      name: 'compares a given account with and without enforcement',
      values: [`ca.example;accounturi=${ACCOUNT_2}`],
      request: { enforceRfc8657: false },
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_2],
    },
    {
      name: 'blocks on a wrong method even if the account limit is ignored',
      values: [`ca.example;accounturi=${ACCOUNT_2};validationmethods=http-01`],
      request: { accountUris: null, enforceRfc8657: false },
      reason: 'method-not-authorised',
      accounts: [ACCOUNT_2],
      methods: ['http-01'],
      ignored: true,
    },
    {
      name: 'ignores other parameters',
      values: ['ca.example;policy=ev'],
      request: { accountUris: null, validationMethods: null, enforceRfc8657: false },
      reason: 'authorised',
    },
    {
      name: 'does not report limits of another issuer as ignored',
      values: [`other.example;accounturi=${ACCOUNT_2}`, 'ca.example'],
      request: { accountUris: null, enforceRfc8657: false },
      reason: 'authorised',
    },
  ])('$name', ({ values, request, reason, accounts, methods, ignored }) => {
    expect(judge(values.map(issue), request)).toEqual({
      permitted: reason === 'authorised',
      reason,
      permissibleAccountUris: accounts ?? null,
      permissibleValidationMethods: methods ?? null,
      rfc8657Ignored: ignored ?? false,
    });
  });

  it('does not evaluate the parameters of issuemail (RFC 9495 section 3)', () => {
    const records = [record(0, 'issuemail', `ca.example;accounturi=${ACCOUNT_2};validationmethods=`)];
    expect(judge(records, { certificateType: 's-mime' })).toMatchObject({
      reason: 'authorised',
      rfc8657Ignored: false,
    });
  });

  it('applies limits to issuewild', () => {
    const records = [record(0, 'issuewild', `ca.example;accounturi=${ACCOUNT_2}`), issue('ca.example')];
    expect(judge(records, { wildcard: true })).toMatchObject({ reason: 'account-not-authorised' });
  });

  it('reports the same methods of a zone that lists too many, in any order of its records', () => {
    const values = Array.from({ length: 100 }, (_, at) => issue(`ca.example;validationmethods=m${at}`));
    const one = judge(values);
    expect(one.permissibleValidationMethods).toHaveLength(64);
    expect(judge(values.toReversed())).toEqual(one);
  });

  it('bounds the report on a zone that lists thousands of methods', () => {
    const labels = Array.from({ length: 5000 }, (_, at) => `m${at}`).join(',');
    const judgement = judge([
      issue(`ca.example;validationmethods=${labels}`),
      issue(`ca.example;validationmethods=${'m'.repeat(5000)}`),
    ]);
    expect(judgement.permissibleValidationMethods).toHaveLength(64);
    expect(judgement.permissibleValidationMethods?.join('').length).toBeLessThan(64 * 512);
  });
});
