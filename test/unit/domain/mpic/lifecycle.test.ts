import { describe, expect, it } from 'vitest';
import {
  cohortOfAttempt,
  finalDeadline,
  orderOf,
  perspectivesAsked,
  tokenOfAttempt,
} from '../../../../shared/domain/mpic/lifecycle.ts';
import { buildCheck, buildDcvCheck, buildRequestRecord, buildVerdict } from '../../../support/builders.ts';

const cohort = (...codes: readonly string[]) => codes.map((code) => ({ code, rir: 'ARIN' as const }));

describe('the token of an attempt', () => {
  const record = buildRequestRecord({
    attempt: 3,
    attemptToken: 'third',
    verdicts: [
      buildVerdict({ attempt: 1, attemptToken: 'first' }),
      buildVerdict({ attempt: 2, attemptToken: null }),
    ],
  });

  it.each([
    { name: 'of one that is over is that of its verdict', attempt: 1, expected: 'first' },
    { name: 'of one that a version without tokens ended is none', attempt: 2, expected: null },
    { name: 'of the one under way is that of the request', attempt: 3, expected: 'third' },
  ])('$name', ({ attempt, expected }) => {
    expect(tokenOfAttempt(record, attempt)).toBe(expected);
  });
});

describe('who is asked in an attempt', () => {
  const record = buildRequestRecord({ cohorts: [cohort('a', 'b'), cohort('c', 'd')], primary: 'home' });

  it.each([
    { attempt: 1, expected: ['a', 'b', 'home'] },
    { attempt: 2, expected: ['c', 'd', 'home'] },
    { attempt: 3, expected: ['a', 'b', 'home'] },
  ])('the cohort of attempt $attempt in turn, and the primary', ({ attempt, expected }) => {
    expect(perspectivesAsked(record, attempt)).toEqual(expected);
  });

  it('is refused to be told for a request without a cohort', () => {
    const without = buildRequestRecord({ cohorts: [] });
    expect(() => cohortOfAttempt(without, 1)).toThrow(
      `request ${without.requestId} has no cohort for attempt 1`,
    );
  });
});

describe('the order of a request', () => {
  const check = buildCheck({
    caa: {
      certificateType: 's-mime',
      caaDomains: [],
      allowLookupFailure: false,
      accountUris: null,
      validationMethods: null,
      enforceRfc8657: false,
    },
  });
  const NOTHING = { reference: null, appliedFor: null, adnSteps: null };

  it('is what was said of it', () => {
    const order = { ...NOTHING, reference: 'order-1', certificateType: 'tls-server' as const };
    expect(orderOf({ order, check })).toBe(order);
  });

  it.each([
    { name: 'a CAA check, its kind of certificate', of: check, expected: 's-mime' },
    { name: 'a validation, a certificate for servers', of: buildDcvCheck(), expected: 'tls-server' },
  ])('has, in a record that knows of no order, from $name', ({ of, expected }) => {
    expect(orderOf({ check: of })).toEqual({ ...NOTHING, certificateType: expected });
  });
});

it('the final deadline has the time of the attempts that are left', () => {
  const times = { attemptDeadline: 1000, attemptTimeoutMs: 10 };
  expect(finalDeadline(buildRequestRecord({ ...times, attempt: 1, maxAttempts: 3 }))).toBe(1020);
  expect(finalDeadline(buildRequestRecord({ ...times, attempt: 3, maxAttempts: 3 }))).toBe(1000);
});
