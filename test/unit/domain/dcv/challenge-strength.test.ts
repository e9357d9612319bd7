import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DcvParameters } from '../../../../shared/domain/check/check.ts';
import {
  findChallengeWeakness,
  seemsToLackEntropy,
} from '../../../../shared/domain/dcv/challenge-strength.ts';
import { CHANGE, EMAIL_TXT, HASH, PERSISTENT, REVERSE } from '../../../support/dcv-checks.ts';

const txt = (challengeValue: string): DcvParameters => ({ ...CHANGE, challengeValue });
const cname = (challengeValue: string): DcvParameters => ({ ...CHANGE, recordType: 'CNAME', challengeValue });
const page = (challengeValue: string): DcvParameters => ({
  method: 'website-change',
  challengeValue,
  httpTokenPath: 'v.txt',
  urlScheme: 'http',
  httpHeaders: null,
  matchRegex: null,
  requireExactCase: true,
});
const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ';
const acme = (token: string, keyAuthorization: string): DcvParameters => ({
  method: 'acme-http-01',
  token,
  keyAuthorization,
  httpHeaders: null,
});

describe('findChallengeWeakness', () => {
  it.each<{ name: string; parameters: DcvParameters }>([
    { name: 'a TXT value of 19 characters', parameters: txt('abcdefghijklmnopqrS') },
    { name: 'a TXT value with dots, which counts as one value', parameters: txt('abcdefghij.klmnopqrS') },
    {
      name: 'a website-change value with dots, which counts as one value',
      parameters: page('abcdefghij.klmnopqrS'),
    },
    { name: 'a website-change value of 19 characters', parameters: page('abcdefghijklmnopqrS') },
    { name: 'an empty value with a pattern, which is a separate deviation', parameters: page('') },
    {
      name: 'an alias target with a label of 19 characters',
      parameters: cname('abcdefghijklmnopqrS.ca.example.'),
    },
    { name: 'a key authorization', parameters: acme(TOKEN, `${TOKEN}.${HASH}`) },
    { name: 'a token of 22 characters', parameters: acme('a'.repeat(22), `${'a'.repeat(22)}.${HASH}`) },
    { name: 'a digest', parameters: { method: 'acme-dns-01', keyAuthorizationHash: HASH } },
    { name: 'a contact, which is not a secret', parameters: EMAIL_TXT },
    { name: 'an account, which is not a secret', parameters: PERSISTENT },
    { name: 'a name, which is not a secret', parameters: REVERSE },
  ])('finds no weakness in $name', ({ parameters }) => {
    expect(findChallengeWeakness(parameters)).toBeNull();
  });

  it.each<{ name: string; parameters: DcvParameters; says: RegExp }>([
    { name: 'a space', parameters: txt(' '), says: /white space/ },
    { name: 'v=spf1', parameters: txt('v=spf1'), says: /has 6 characters/ },
    { name: '18 characters', parameters: page('abcdefghijklmnopqR'), says: /has 18 characters/ },
    {
      name: '19 characters with a space inside',
      parameters: txt('abcdefghi klmnopqrS'),
      says: /white space/,
    },
    { name: 'a trailing space', parameters: txt('abcdefghijklmnopqrST '), says: /white space/ },
    { name: 'a no-break space', parameters: page('abcdefghijk\u00a0lmnopqrST'), says: /white space/ },
    { name: 'a NUL', parameters: txt('abcdefghijk\0lmnopqrST'), says: /control/ },
    {
      name: '10 emoji of two UTF-16 units',
      parameters: txt('\u{1f600}'.repeat(10)),
      says: /has 10 characters/,
    },
    {
      name: 'a long alias target of short labels',
      parameters: cname('abc.dcv.validation.ca.example.'),
      says: /10/,
    },
    { name: 'a short token', parameters: acme('tok', `tok.${HASH}`), says: /token has 3/ },
    { name: 'a missing thumbprint', parameters: acme(TOKEN, TOKEN), says: /8\.1/ },
    {
      name: 'a thumbprint of 42 characters',
      parameters: acme(TOKEN, `${TOKEN}.${HASH.slice(1)}`),
      says: /8\.1/,
    },
    {
      name: 'a thumbprint with stray bits',
      parameters: acme(TOKEN, `${TOKEN}.${'A'.repeat(42)}B`),
      says: /8\.1/,
    },
    {
      name: 'a key authorization of another token',
      parameters: acme(TOKEN, `${TOKEN}x.${HASH}`),
      says: /8\.1/,
    },
    {
      name: 'a hexadecimal digest in the DNS',
      parameters: { method: 'acme-dns-01', keyAuthorizationHash: 'ab'.repeat(32) },
      says: /base64url/,
    },
    {
      name: 'a digest with padding',
      parameters: { method: 'dns-account-01', keyAuthorizationHash: `${HASH}=`, accountUri: 'acct:9' },
      says: /base64url/,
    },
  ])('reports $name', ({ parameters, says }) => {
    expect(findChallengeWeakness(parameters)).toMatch(says);
  });

  it('never includes the value in the message', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 17 }), (value) => {
        const weakness = findChallengeWeakness(txt(`#${value}`));
        expect(weakness).not.toBeNull();
        expect(weakness).not.toContain(`#${value}`);
      }),
    );
  });
});

describe('seemsToLackEntropy', () => {
  it.each([
    { value: '0123456789012345678901234567890123', lacks: false },
    { value: '012345678901234567890123456789012', lacks: true },
    { value: 'deadbeefdeadbeefdeadbeefdead', lacks: false },
    { value: 'deadbeefdeadbeefdeadbeefdea', lacks: true },
    { value: 'zyxwvutsrqponmlkjihgfe', lacks: false },
    { value: 'zyxwvutsrqponmlkjihgf', lacks: true },
    { value: 'Zyxwvutsrqponmlkjih', lacks: false },
    { value: 'zyxwvutsrq-nmlkjihg', lacks: false },
  ])('returns $lacks for "$value"', ({ value, lacks }) => {
    expect(seemsToLackEntropy({ ...CHANGE, challengeValue: value })).toBe(lacks);
  });
});
