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
      name: 'a CA without issuer names is authorised by nobody',
      records: [issue('ca.example')],
      request: { caaDomains: [] },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'a CA without issuer names may use a set that does not restrict',
      records: [record(0, 'iodef', 'mailto:a@b')],
      request: { caaDomains: [] },
      permitted: true,
      reason: 'not-restricted',
    },
    {
      name: 'an empty name among those of the CA matches no empty issuer',
      records: [issue(';')],
      request: { caaDomains: ['', 'ca.example'] },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'any of the names of the CA will do',
      records: [issue('two.example')],
      request: { caaDomains: ['one.example', 'two.example'] },
      permitted: true,
      reason: 'authorised',
    },
    {
      name: 'the names of the CA compare without case too',
      records: [issue('ca.example')],
      request: { caaDomains: ['CA.EXAMPLE'] },
      permitted: true,
      reason: 'authorised',
    },
    {
      name: 'a name that only Unicode folds to the issuer is another name',
      records: [issue('kca.example')],
      request: { caaDomains: ['\u212aca.example'] },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'the critical bit counts for S/MIME too',
      records: [record(0, 'issuemail', 'ca.example'), record(128, 'tbs', '')],
      request: { certificateType: 's-mime' },
      permitted: false,
      reason: 'unknown-critical-property',
    },
    {
      name: 'an unknown critical property outweighs a set that names the CA for wildcards',
      records: [record(0, 'issuewild', 'ca.example'), record(255, 'tbs', '')],
      request: { wildcard: true },
      permitted: false,
      reason: 'unknown-critical-property',
    },
    {
      name: 'a critical issuevmc is understood',
      records: [record(128, 'issuevmc', ';')],
      permitted: true,
      reason: 'not-restricted',
    },
    {
      name: 'a critical contactphone is understood',
      records: [record(128, 'contactphone', '1')],
      permitted: true,
      reason: 'not-restricted',
    },
    {
      name: 'a tag with a space is an unknown one',
      records: [record(128, 'issue ', 'ca.example')],
      permitted: false,
      reason: 'unknown-critical-property',
    },
    {
      name: 'an upper-case issuewild displaces issue',
      records: [issue('ca.example'), record(0, 'IssueWild', ';')],
      request: { wildcard: true },
      permitted: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'the wildcard of an S/MIME request means nothing',
      records: [record(0, 'issuemail', 'ca.example'), record(0, 'issuewild', ';')],
      request: { certificateType: 's-mime', wildcard: true },
      permitted: true,
      reason: 'authorised',
    },
  ])('$name', ({ records, request, permitted, reason }) => {
    expect(judge(records, request)).toMatchObject({ permitted, reason, rfc8657Ignored: false });
  });
});

describe('limits of RFC 8657', () => {
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
      name: 'an account that no CA knows is reported as the permissible one',
      values: [`ca.example;accounturi=${ACCOUNT_2}`],
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_2],
    },
    {
      name: 'methods are reported sorted and once',
      values: ['ca.example;validationmethods=tls-alpn-01,http-01,http-01'],
      reason: 'method-not-authorised',
      methods: ['http-01', 'tls-alpn-01'],
    },
    {
      name: 'several properties are reported together',
      values: [
        `ca.example;accounturi=${ACCOUNT_2};validationmethods=dns-01`,
        `ca.example;accounturi=${ACCOUNT_1};validationmethods=http-01`,
      ],
      reason: 'method-not-authorised',
      accounts: [ACCOUNT_1, ACCOUNT_2],
      methods: ['dns-01', 'http-01'],
    },
    {
      name: 'another issuer and its limits are not reported',
      values: [`other.example;accounturi=${ACCOUNT_2}`],
      reason: 'issuer-not-authorised',
    },
    {
      name: 'a limit that nothing satisfies is reported as an empty list',
      values: ['ca.example;accounturi=nobody'],
      reason: 'account-not-authorised',
      accounts: [],
    },
    {
      name: 'a property that one limit makes hopeless promises nothing by the other',
      values: [`ca.example;accounturi=${ACCOUNT_2};validationmethods=`],
      reason: 'account-not-authorised',
      accounts: [],
      methods: [],
    },
    {
      name: 'an account that nothing can satisfy makes the methods beside it unreachable',
      values: ['ca.example;accounturi=nobody;validationmethods=http-01'],
      reason: 'account-not-authorised',
      accounts: [],
      methods: [],
    },
    {
      name: 'what is longer than 512 characters is not reported',
      values: [`ca.example;validationmethods=${'m'.repeat(513)},${'n'.repeat(512)}`],
      reason: 'method-not-authorised',
      methods: ['n'.repeat(512)],
    },
    {
      name: 'parameter tags compare without case',
      values: [`ca.example;AccountURI=${ACCOUNT_2}`],
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_2],
    },
    {
      name: 'account URIs compare with case',
      values: ['ca.example;accounturi=HTTPS://ca.example/acct/1'],
      reason: 'account-not-authorised',
      accounts: ['HTTPS://ca.example/acct/1'],
    },
    {
      name: 'account URIs are not normalised',
      values: ['ca.example;accounturi=https://ca.example/acct/%31'],
      reason: 'account-not-authorised',
      accounts: ['https://ca.example/acct/%31'],
    },
    {
      name: 'a configured account that is no URI satisfies nothing',
      values: ['ca.example;accounturi=acct1'],
      request: { accountUris: ['acct1'] },
      reason: 'account-not-authorised',
      accounts: [],
    },
    {
      name: 'any of several accounts will do',
      values: [`ca.example;accounturi=${ACCOUNT_2}`],
      request: { accountUris: [ACCOUNT_1, ACCOUNT_2] },
      reason: 'authorised',
    },
    {
      name: 'an empty list of accounts satisfies no account limit',
      values: [`ca.example;accounturi=${ACCOUNT_1}`],
      request: { accountUris: [] },
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_1],
    },
    {
      name: 'three accounturi parameters are no better than two',
      values: [`ca.example;accounturi=${ACCOUNT_1};accounturi=${ACCOUNT_1};accounturi=${ACCOUNT_1}`],
      reason: 'account-not-authorised',
      accounts: [],
    },
    {
      name: 'two validationmethods parameters are never satisfied',
      values: ['ca.example;validationmethods=dns-01;validationmethods=dns-01'],
      reason: 'method-not-authorised',
      methods: [],
    },
    {
      name: 'an ill-formed label spoils the list',
      values: ['ca.example;validationmethods=dns-01,http_01'],
      reason: 'method-not-authorised',
      methods: [],
    },
    {
      name: 'an empty label spoils the list',
      values: ['ca.example;validationmethods=dns-01,'],
      reason: 'method-not-authorised',
      methods: [],
    },
    {
      name: 'labels compare with case',
      values: ['ca.example;validationmethods=DNS-01'],
      reason: 'method-not-authorised',
      methods: ['DNS-01'],
    },
    {
      name: 'a label is not a prefix',
      values: ['ca.example;validationmethods=dns-01x'],
      reason: 'method-not-authorised',
      methods: ['dns-01x'],
    },
    {
      name: 'without a method and with enforcement a method limit is not satisfied',
      values: ['ca.example;validationmethods=dns-01'],
      request: { validationMethods: null },
      reason: 'method-not-authorised',
      methods: ['dns-01'],
    },
    {
      name: 'without a method and without enforcement it is ignored, and reported',
      values: ['ca.example;validationmethods=http-01'],
      request: { validationMethods: null, enforceRfc8657: false },
      reason: 'authorised',
      ignored: true,
    },
    {
      name: 'even an unsatisfiable limit is ignored then',
      values: ['ca.example;accounturi=nobody'],
      request: { accountUris: null, enforceRfc8657: false },
      reason: 'authorised',
      ignored: true,
    },
    {
      name: 'an account that was given is compared, enforcement or not',
      values: [`ca.example;accounturi=${ACCOUNT_2}`],
      request: { enforceRfc8657: false },
      reason: 'account-not-authorised',
      accounts: [ACCOUNT_2],
    },
    {
      name: 'an ignored account does not excuse a wrong method',
      values: [`ca.example;accounturi=${ACCOUNT_2};validationmethods=http-01`],
      request: { accountUris: null, enforceRfc8657: false },
      reason: 'method-not-authorised',
      accounts: [ACCOUNT_2],
      methods: ['http-01'],
      ignored: true,
    },
    {
      name: 'other parameters are not limits',
      values: ['ca.example;policy=ev'],
      request: { accountUris: null, validationMethods: null, enforceRfc8657: false },
      reason: 'authorised',
    },
    {
      name: 'limits of another issuer are not reported as ignored',
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

  it('leaves the parameters of issuemail to the CA (RFC 9495 section 3)', () => {
    const records = [record(0, 'issuemail', `ca.example;accounturi=${ACCOUNT_2};validationmethods=`)];
    expect(judge(records, { certificateType: 's-mime' })).toMatchObject({
      reason: 'authorised',
      rfc8657Ignored: false,
    });
  });

  it('applies limits to issuewild as to issue', () => {
    const records = [record(0, 'issuewild', `ca.example;accounturi=${ACCOUNT_2}`), issue('ca.example')];
    expect(judge(records, { wildcard: true })).toMatchObject({ reason: 'account-not-authorised' });
  });

  it('reports the same methods of a zone that lists too many, whatever the order of its records', () => {
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
