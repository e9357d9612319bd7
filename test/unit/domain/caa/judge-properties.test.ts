import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaaRequest, judgeCaaSet } from '../../../../shared/domain/caa/judge.ts';
import type { CaaRecord } from '../../../../shared/domain/dns/lookup.ts';

const ACCOUNT_1 = 'https://ca.example/acct/1';
const ACCOUNT_2 = 'https://ca.example/acct/2';

const record = (flags: number, tag: string, value: string): CaaRecord => ({ flags, tag, value });

const tag = fc.constantFrom('issue', 'issuewild', 'issuemail', 'iodef', 'contactemail', 'tbs');
const limit = fc.constantFrom(
  '',
  ';',
  `;accounturi=${ACCOUNT_1}`,
  `;accounturi=${ACCOUNT_2}`,
  ';accounturi=x',
  ';validationmethods=dns-01',
  ';validationmethods=http-01',
  `;accounturi=${ACCOUNT_1};validationmethods=http-01`,
  ';x=',
  ';x',
);
const issuer = fc.constantFrom(
  'ca.example',
  'CA.example',
  'other.example',
  '',
  'ca.example.',
  ' ca.example ',
  '%%',
);
const flags = fc.constantFrom(0, 0, 0, 1, 128, 130);
const anyRecord = fc.tuple(flags, tag, issuer, limit).map(([f, t, i, l]) => record(f, t, i + l));
const anySet = fc.array(anyRecord, { minLength: 1, maxLength: 6 });
const anyRequest: fc.Arbitrary<CaaRequest> = fc.record({
  certificateType: fc.constantFrom('tls-server', 's-mime'),
  wildcard: fc.boolean(),
  caaDomains: fc.constantFrom(['ca.example'], ['ca.example', 'second.example'], []),
  accountUris: fc.constantFrom([ACCOUNT_1], [ACCOUNT_1, ACCOUNT_2], [], null),
  validationMethods: fc.constantFrom(['dns-01', 'ca-tbr-7'], ['http-01'], null),
  enforceRfc8657: fc.boolean(),
});

describe('judgeCaaSet on any set', () => {
  it('does not depend on the order of the records', () => {
    const shuffled = anySet.chain((set) =>
      fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })),
    );
    fc.assert(
      fc.property(shuffled, anyRequest, ([set, other], request) => {
        expect(judgeCaaSet(other, request)).toEqual(judgeCaaSet(set, request));
      }),
    );
  });

  it('does not depend on the case of tags', () => {
    fc.assert(
      fc.property(anySet, anyRequest, fc.infiniteStream(fc.boolean()), (set, request, coins) => {
        const other = set.map((item) => ({
          ...item,
          tag: [...item.tag].map((letter) => (coins.next().value ? letter.toUpperCase() : letter)).join(''),
        }));
        expect(judgeCaaSet(other, request)).toEqual(judgeCaaSet(set, request));
      }),
    );
  });

  it('does not depend on the flag bits other than the critical one', () => {
    fc.assert(
      fc.property(anySet, anyRequest, fc.integer({ min: 0, max: 127 }), (set, request, bits) => {
        const other = set.map((item) => ({ ...item, flags: item.flags | bits }));
        expect(judgeCaaSet(other, request)).toEqual(judgeCaaSet(set, request));
      }),
    );
  });

  /*
   * A forbidding set holds an unknown critical property, which stays, or a selected property; then the selection after
   * adding one record is the old one, the old one plus the new record, or only the new `issuewild`. None of them gains
   * an authorising property if the new record names another issuer or none.
   */
  it('never permits after adding a record that does not name the CA', () => {
    const stranger = fc
      .tuple(flags, tag, fc.constantFrom('other.example', '', 'ca.example.', '%%', 'sub.ca.example'), limit)
      .map(([f, t, i, l]) => record(f, t, i + l));
    fc.assert(
      fc.property(anySet, anyRequest, stranger, (set, request, more) => {
        fc.pre(!judgeCaaSet(set, request).permitted);
        expect(judgeCaaSet([...set, more], request).permitted).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('permits on a restricting set only if the set names the CA', () => {
    fc.assert(
      fc.property(anySet, anyRequest, (set, request) => {
        const { permitted, reason } = judgeCaaSet(set, { ...request, caaDomains: ['unnamed.example'] });
        expect(permitted).toBe(reason === 'not-restricted');
      }),
    );
  });

  it('reports permissible values only if limits blocked', () => {
    fc.assert(
      fc.property(anySet, anyRequest, (set, request) => {
        const judgement = judgeCaaSet(set, request);
        const byLimits = ['account-not-authorised', 'method-not-authorised'].includes(judgement.reason);
        const reported =
          judgement.permissibleAccountUris !== null || judgement.permissibleValidationMethods !== null;
        expect(reported).toBe(byLimits);
      }),
    );
  });
});
