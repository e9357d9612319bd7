import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Match } from '../../../../shared/domain/dcv/match.ts';
import {
  latestPersistUntil,
  matchPersistentRecord,
  type PersistentExpectation,
} from '../../../../shared/domain/dcv/persistent.ts';

const NOW_SECONDS = 1_790_000_000;
const ACCOUNT = 'https://ca.example/acct/1';
const EXPECTATION: PersistentExpectation = {
  issuerDomainNames: ['authority.example', 'ca.example'],
  expectedAccountUri: ACCOUNT,
  demandsWildcardPolicy: false,
  nowMs: NOW_SECONDS * 1000,
};

interface Case {
  readonly name: string;
  readonly record: string;
  readonly match: Match;
}

describe('matchPersistentRecord (TLS BR 3.2.2.4.22 [dcv-dns-persistent])', () => {
  it.each<Case>([
    { name: 'issuer and account', record: `ca.example; accounturi=${ACCOUNT}`, match: 'exact' },
    { name: 'no spaces', record: `ca.example;accounturi=${ACCOUNT}`, match: 'exact' },
    { name: 'another disclosed issuer', record: `authority.example; accounturi=${ACCOUNT}`, match: 'exact' },
    { name: 'issuer in capitals', record: `CA.Example; accounturi=${ACCOUNT}`, match: 'exact' },
    { name: 'parameter name in capitals', record: `ca.example; AccountURI=${ACCOUNT}`, match: 'exact' },
    { name: 'unknown parameter', record: `ca.example; accounturi=${ACCOUNT}; x-new=1`, match: 'exact' },
    { name: 'surrounding white space', record: ` ca.example ;\taccounturi = ${ACCOUNT} `, match: 'exact' },
    {
      name: 'account in other case',
      record: 'ca.example; accounturi=https://ca.example/ACCT/1',
      match: 'lenient',
    },
    { name: 'no account', record: 'ca.example', match: 'none' },
    { name: 'no account after a semicolon', record: 'ca.example;', match: 'none' },
    { name: 'an empty account', record: 'ca.example; accounturi=', match: 'none' },
    {
      name: 'two accounts',
      record: `ca.example; accounturi=${ACCOUNT}; accounturi=${ACCOUNT}`,
      match: 'none',
    },
    {
      name: 'two accounts in other case',
      record: `ca.example; accounturi=${ACCOUNT}; ACCOUNTURI=x:y`,
      match: 'none',
    },
    { name: 'a longer account', record: `ca.example; accounturi=${ACCOUNT}2`, match: 'none' },
    { name: 'an account with a slash', record: `ca.example; accounturi=${ACCOUNT}/`, match: 'none' },
    { name: 'another account', record: 'ca.example; accounturi=https://ca.example/acct/2', match: 'none' },
    { name: 'another issuer', record: `other.example; accounturi=${ACCOUNT}`, match: 'none' },
    { name: 'a longer issuer', record: `www.ca.example; accounturi=${ACCOUNT}`, match: 'none' },
    { name: 'a final dot', record: `ca.example.; accounturi=${ACCOUNT}`, match: 'none' },
    { name: 'no issuer', record: `; accounturi=${ACCOUNT}`, match: 'none' },
    { name: 'nothing', record: '', match: 'none' },
    { name: 'a trailing semicolon', record: `ca.example; accounturi=${ACCOUNT};`, match: 'none' },
    { name: 'an empty pair', record: `ca.example;; accounturi=${ACCOUNT}`, match: 'none' },
    { name: 'a parameter without a value', record: `ca.example; accounturi=${ACCOUNT}; flag`, match: 'none' },
    { name: 'a space inside a value', record: `ca.example; accounturi=${ACCOUNT}; x=a b`, match: 'none' },
    { name: 'non-ASCII octets', record: `ca.example; accounturi=${ACCOUNT}; x=\xe4`, match: 'none' },
    { name: 'another TXT record', record: 'v=spf1 -all', match: 'none' },
  ])('$name: $match', ({ record, match }) => {
    expect(matchPersistentRecord(record, EXPECTATION)).toBe(match);
  });

  it.each<Case>([
    { name: 'the current second', record: `${NOW_SECONDS}`, match: 'exact' },
    { name: 'later', record: `${NOW_SECONDS + 1}`, match: 'exact' },
    { name: 'leading zeros', record: `0${NOW_SECONDS}`, match: 'exact' },
    { name: 'more digits than a number can represent', record: '9'.repeat(400), match: 'exact' },
    { name: 'a second ago', record: `${NOW_SECONDS - 1}`, match: 'none' },
    { name: 'zero', record: '0', match: 'none' },
    { name: 'a word', record: 'tomorrow', match: 'none' },
    { name: 'nothing', record: '', match: 'none' },
    { name: 'a sign', record: `+${NOW_SECONDS}`, match: 'none' },
    { name: 'a negative number', record: '-1', match: 'none' },
    { name: 'a fraction', record: `${NOW_SECONDS}.5`, match: 'none' },
    { name: 'an exponent', record: '9e9', match: 'none' },
    { name: 'hexadecimal', record: '0xffffffffff', match: 'none' },
    { name: 'digit groups', record: '9_999_999_999', match: 'none' },
    { name: 'a repeated parameter', record: '9999999999; persistUntil=9999999999', match: 'none' },
    { name: 'a repetition in other case', record: '9999999999; PERSISTUNTIL=9999999999', match: 'none' },
  ])('persistUntil of $name: $match', ({ record, match }) => {
    const value = `ca.example; accounturi=${ACCOUNT}; persistUntil=${record}`;
    expect(matchPersistentRecord(value, EXPECTATION)).toBe(match);
  });

  it.each<Case & { readonly expectation: Partial<PersistentExpectation> }>([
    {
      name: 'matches no record without an issuer, even for an empty issuer name',
      record: `; accounturi=${ACCOUNT}`,
      expectation: { issuerDomainNames: ['', 'ca.example'] },
      match: 'none',
    },
    {
      name: 'matches no empty account, even if an empty account is expected',
      record: 'ca.example; accounturi=',
      expectation: { expectedAccountUri: '' },
      match: 'none',
    },
  ])('$name', ({ record, expectation, match }) => {
    expect(matchPersistentRecord(record, { ...EXPECTATION, ...expectation })).toBe(match);
  });

  it('matches up to and including the second of persistUntil', () => {
    const value = `ca.example; accounturi=${ACCOUNT}; persistUntil=${NOW_SECONDS}`;
    expect(matchPersistentRecord(value, { ...EXPECTATION, nowMs: NOW_SECONDS * 1000 + 1 })).toBe('none');
  });

  it.each<Case>([
    { name: 'the policy', record: '; policy=wildcard', match: 'exact' },
    { name: 'the policy in capitals', record: '; Policy=WildCard', match: 'exact' },
    { name: 'no policy', record: '', match: 'none' },
    { name: 'another policy', record: '; policy=subdomain', match: 'none' },
    { name: 'an empty policy', record: '; policy=', match: 'none' },
    { name: 'two policies', record: '; policy=wildcard; policy=none', match: 'none' },
  ])('with a required wildcard policy, $name: $match', ({ record, match }) => {
    const expectation = { ...EXPECTATION, demandsWildcardPolicy: true };
    expect(matchPersistentRecord(`ca.example; accounturi=${ACCOUNT}${record}`, expectation)).toBe(match);
  });

  it('matches no record that lacks the whole account URI', () => {
    const anything = fc.string({ unit: 'binary-ascii', maxLength: 60 });
    const parts = fc.array(fc.oneof(anything, fc.constantFrom('ca.example', ';', 'accounturi', '=', ' ')));
    fc.assert(
      fc.property(parts, (texts) => {
        const record = texts.join('');
        return record.includes(ACCOUNT) || matchPersistentRecord(record, EXPECTATION) === 'none';
      }),
    );
  });
});

describe('latestPersistUntil', () => {
  const record = (end: string) => `ca.example; accounturi=https://ca.example/acct/1${end}`;

  it.each<{ name: string; records: readonly string[]; until: number | null }>([
    {
      name: 'returns the end of one record',
      records: [record('; persistUntil=1790000000')],
      until: 1_790_000_000,
    },
    { name: 'returns null for one record without an end', records: [record('')], until: null },
    {
      name: 'returns the later of two ends in either order',
      records: [record('; persistUntil=1790000000'), record('; PersistUntil=1780000000')],
      until: 1_790_000_000,
    },
    {
      name: 'returns null if one of two records has no end',
      records: [record('; persistUntil=1790000000'), record('')],
      until: null,
    },
    {
      name: 'returns null for an end after the last valid time',
      records: [record(`; persistUntil=${'9'.repeat(400)}`)],
      until: null,
    },
    {
      name: 'returns the last valid second',
      records: [record('; persistUntil=8640000000000')],
      until: 8_640_000_000_000,
    },
  ])('$name', ({ records, until }) => {
    expect(latestPersistUntil(records)).toBe(until);
  });
});
