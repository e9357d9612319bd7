import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../shared/domain/check/check.ts';
import { type ChallengeAge, findChallengeAgeProblem } from '../../../../shared/domain/dcv/challenge-age.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 27, 12);
const NAME: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const ADDRESS: Target = { kind: 'ip', address: '11.0.0.1', family: 4 };

const problemOf = (days: number, changes: Partial<ChallengeAge> = {}) =>
  findChallengeAgeProblem({
    method: 'website-change',
    target: NAME,
    type: null,
    createdAt: NOW - days * DAY_MS,
    receivedAt: NOW,
    usedAt: NOW,
    ...changes,
  });

describe('findChallengeAgeProblem (TLS BR 3.2.2.4 [dcv] and 3.2.2.5 [ip])', () => {
  it.each<{ name: string; days: number; changes?: Partial<ChallengeAge> }>([
    { name: 'made just now', days: 0 },
    { name: 'made exactly 30 days ago', days: 30 },
    { name: 'made by a clock that is four minutes ahead', days: -4 / (24 * 60) },
    { name: 'of 3.2.2.4.7, 29 days old', days: 29, changes: { method: 'dns-change' } },
    { name: 'of 3.2.2.5.1, 30 days old', days: 30, changes: { target: ADDRESS } },
    { name: 'of any age for a method without a challenge', days: 900, changes: { method: 'dns-persistent' } },
  ])('accepts a challenge $name', ({ days, changes }) => {
    expect(problemOf(days, changes)).toBeNull();
  });

  it.each<{ name: string; days: number; changes?: Partial<ChallengeAge>; problem: RegExp }>([
    {
      name: 'one millisecond older than 30 days',
      days: 30 + 1 / DAY_MS,
      problem: /older than the 30 days.*3\.2\.2\.4\.18/,
    },
    {
      name: 'of ACME, 31 days old',
      days: 31,
      changes: { method: 'acme-http-01' },
      problem: /3\.2\.2\.4\.19/,
    },
    {
      name: 'of ACME for an address, 31 days old',
      days: 31,
      changes: { method: 'acme-http-01', target: ADDRESS },
      problem: /3\.2\.2\.5\.6/,
    },
    {
      name: 'of 3.2.2.4.7 within the reuse period, which the section allows if the applicant sent the request',
      days: 45,
      changes: { method: 'dns-change' },
      problem: /30 days.*3\.2\.2\.4\.7/,
    },
    {
      name: 'of 3.2.2.5.1 within the reuse period, which the section allows if the applicant sent the request',
      days: 45,
      changes: { target: ADDRESS },
      problem: /30 days.*3\.2\.2\.5\.1/,
    },
    {
      name: 'of 3.2.2.5.1 older than the reuse period',
      days: 201,
      changes: { target: ADDRESS },
      problem: /30 days/,
    },
    {
      name: 'of an email contact, 31 days old',
      days: 31,
      changes: { method: 'contact-email-txt' },
      problem: /3\.2\.2\.4\.14/,
    },
    { name: 'made ten minutes in the future', days: -10 / (24 * 60), problem: /future/ },
  ])('rejects a challenge $name', ({ days, changes, problem }) => {
    expect(problemOf(days, changes)).toMatch(problem);
  });
});
