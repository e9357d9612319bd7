import { describe, expect, it } from 'vitest';
import type { Target } from '../../../shared/domain/check/check.ts';
import { type ChallengeAge, findChallengeAgeProblem } from '../../../shared/domain/dcv/challenge-age.ts';
import { RULEBOOK } from '../../../shared/domain/rules/rulebook.ts';
import { acceptBody, refusalOf, TODAY } from '../../support/accepting.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const NAME: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const ADDRESS: Target = { kind: 'ip', address: '11.0.0.1', family: 4 };

const problemOf = (ageMs: number, changes: Partial<ChallengeAge>) =>
  findChallengeAgeProblem({
    method: 'website-change',
    target: NAME,
    type: null,
    createdAt: TODAY - ageMs,
    receivedAt: TODAY,
    usedAt: TODAY,
    ...changes,
  });

describe('how long a secret may be used (TLS BR 3.2.2.4 [dcv] and 3.2.2.5 [ip])', () => {
  it.each<{ name: string; ageMs: number; changes?: Partial<ChallengeAge>; problem: RegExp | null }>([
    {
      name: 'RA-01 a Random Value of 3.2.2.4.18 may be used for exactly 30 days',
      ageMs: 30 * DAY_MS,
      problem: null,
    },
    {
      name: 'RA-01 a Random Value of 3.2.2.4.18 may not be used a second longer',
      ageMs: 30 * DAY_MS + SECOND_MS,
      problem: /older than the 30 days.*3\.2\.2\.4\.18/,
    },
    {
      name: 'RA-02 a token of 3.2.2.4.19 may not be used after 31 days',
      ageMs: 31 * DAY_MS,
      changes: { method: 'acme-http-01' },
      problem: /3\.2\.2\.4\.19/,
    },
    {
      name: 'RA-03 a Random Value of 3.2.2.4.7 may be used after 29 days',
      ageMs: 29 * DAY_MS,
      changes: { method: 'dns-change' },
      problem: null,
    },
    {
      name: 'RA-04 a Random Value of 3.2.2.4.7 may not be used after 45 days, although the text allows its reuse period',
      ageMs: 45 * DAY_MS,
      changes: { method: 'dns-change' },
      problem: /30 days.*3\.2\.2\.4\.7/,
    },
    {
      name: 'RA-05 a Random Value of 3.2.2.5.1 may not be used after 45 days, although the text allows its reuse period',
      ageMs: 45 * DAY_MS,
      changes: { target: ADDRESS },
      problem: /30 days.*3\.2\.2\.5\.1/,
    },
    {
      name: 'RA-06 a Random Value of 3.2.2.5.1 may not be used after 201 days',
      ageMs: 201 * DAY_MS,
      changes: { target: ADDRESS },
      problem: /3\.2\.2\.5\.1/,
    },
    {
      name: 'RA-07 a Random Value of 3.2.2.4.14 may not be used after 31 days',
      ageMs: 31 * DAY_MS,
      changes: { method: 'contact-email-txt' },
      problem: /3\.2\.2\.4\.14/,
    },
    {
      name: 'RA-08 a Request Token stamped a second ahead may not be used',
      ageMs: -SECOND_MS,
      changes: { type: 'request-token' },
      problem: /Request Token lies in the future.*1\.6\.1/,
    },
    {
      name: 'RA-08 a Request Token stamped now may be used',
      ageMs: 0,
      changes: { type: 'request-token' },
      problem: null,
    },
    {
      name: 'RA-08 a Request Token stamped 30 days ago may be used',
      ageMs: 30 * DAY_MS,
      changes: { type: 'request-token' },
      problem: null,
    },
    {
      name: 'RA-08 a Request Token stamped 31 days ago may not be used',
      ageMs: 31 * DAY_MS,
      changes: { type: 'request-token' },
      problem: /30 days/,
    },
    {
      name: 'RA-08 a future stamp is rejected even if the check ends after it',
      ageMs: -SECOND_MS,
      changes: { type: 'request-token', usedAt: TODAY + 30 * SECOND_MS },
      problem: /future/,
    },
    {
      name: 'RA-08 the creation time of a Random Value may be five minutes ahead',
      ageMs: -300 * SECOND_MS,
      changes: { type: 'random-value' },
      problem: null,
    },
    {
      name: 'RA-08 the creation time of a Random Value may not be more than five minutes ahead',
      ageMs: -301 * SECOND_MS,
      changes: { type: 'random-value' },
      problem: /future/,
    },
  ])('$name', ({ ageMs, changes = {}, problem }) => {
    const found = problemOf(ageMs, changes);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });

  it.each([
    {
      name: 'RA-07 contact-email-txt',
      method: 'contact-email-txt',
      parameters: { challenge_value: 'a@b.example' },
    },
    {
      name: 'RA-07 contact-email-caa',
      method: 'contact-email-caa',
      parameters: { challenge_value: 'a@b.example' },
    },
    {
      name: 'RA-07 contact-phone-txt',
      method: 'contact-phone-txt',
      parameters: { challenge_value: '+49301' },
    },
    {
      name: 'RA-07 contact-phone-caa',
      method: 'contact-phone-caa',
      parameters: { challenge_value: '+49301' },
    },
    {
      name: 'RA-08 a stamped Request Token of dns-change',
      method: 'dns-change',
      parameters: {
        challenge_value: 'rt_7f3c90e1b2d4a6f8091b',
        dns_record_type: 'TXT',
        challenge_type: 'request-token',
      },
    },
    {
      name: 'RA-08 a stamped Request Token of website-change',
      method: 'website-change',
      parameters: {
        challenge_value: 'rt_7f3c90e1b2d4a6f8091b',
        http_token_path: 'a.txt',
        challenge_type: 'request-token',
      },
    },
  ])(
    '$name is accepted after 29 days and rejected after 31, under both policies',
    ({ method, parameters }) => {
      const body = (ageMs: number) => ({
        check_type: 'dcv',
        domain_or_ip_target: 'shop.example.com',
        dcv_check_parameters: {
          validation_method: method,
          ...parameters,
          challenge_created_at: new Date(TODAY - ageMs).toISOString(),
        },
      });
      expect(acceptBody(body(29 * DAY_MS)).check).toMatchObject({ checkType: 'dcv' });
      for (const policy of ['baseline-requirements', 'open-mpic'] as const)
        expect(refusalOf(body(31 * DAY_MS), { policy })).toMatch(/^challenge-expired: /);
    },
  );

  it('RA-01 every method with a secret has a limit of 30 days, the others have none', () => {
    const days = Object.fromEntries(
      Object.entries(RULEBOOK.methods).map(([method, { challengeDays }]) => [method, challengeDays]),
    );
    expect(days).toEqual({
      'website-change': 30,
      'acme-http-01': 30,
      'acme-dns-01': 30,
      'acme-tls-alpn-01': 30,
      'dns-change': 30,
      'dns-account-01': 30,
      'dns-persistent': null,
      'contact-email-txt': 30,
      'contact-phone-txt': 30,
      'contact-email-caa': 30,
      'contact-phone-caa': 30,
      'ip-address': null,
      'reverse-address-lookup': null,
    });
  });
});
