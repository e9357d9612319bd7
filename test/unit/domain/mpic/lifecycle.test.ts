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

describe('tokenOfAttempt', () => {
  const record = buildRequestRecord({
    attempt: 3,
    attemptToken: 'third',
    verdicts: [
      buildVerdict({ attempt: 1, attemptToken: 'first' }),
      buildVerdict({ attempt: 2, attemptToken: null }),
    ],
  });

  it.each([
    { name: 'returns the token in the verdict of a finished attempt', attempt: 1, expected: 'first' },
    {
      name: 'returns null for an attempt that a version without tokens finished',
      attempt: 2,
      expected: null,
    },
    { name: 'returns the token of the request for the current attempt', attempt: 3, expected: 'third' },
  ])('$name', ({ attempt, expected }) => {
    expect(tokenOfAttempt(record, attempt)).toBe(expected);
  });
});

describe('perspectivesAsked', () => {
  const record = buildRequestRecord({ cohorts: [cohort('a', 'b'), cohort('c', 'd')], primary: 'home' });

  it.each([
    { attempt: 1, expected: ['a', 'b', 'home'] },
    { attempt: 2, expected: ['c', 'd', 'home'] },
    { attempt: 3, expected: ['a', 'b', 'home'] },
  ])('returns the cohort of attempt $attempt and the primary', ({ attempt, expected }) => {
    expect(perspectivesAsked(record, attempt)).toEqual(expected);
  });

  it('throws for a request without a cohort', () => {
    const without = buildRequestRecord({ cohorts: [] });
    expect(() => cohortOfAttempt(without, 1)).toThrow(
      `request ${without.requestId} has no cohort for attempt 1`,
    );
  });
});

describe('orderOf', () => {
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

  it('returns the order of the request', () => {
    const order = { ...NOTHING, reference: 'order-1', certificateType: 'tls-server' as const };
    expect(orderOf({ order, check })).toBe(order);
  });

  it.each([
    { name: 'the certificate type of a CAA check', of: check, expected: 's-mime' },
    { name: 'tls-server for a validation', of: buildDcvCheck(), expected: 'tls-server' },
  ])('returns, for a record without an order, $name', ({ of, expected }) => {
    expect(orderOf({ check: of })).toEqual({ ...NOTHING, certificateType: expected });
  });
});

it('finalDeadline includes the time of the remaining attempts', () => {
  const times = { attemptDeadline: 1000, attemptTimeoutMs: 10 };
  expect(finalDeadline(buildRequestRecord({ ...times, attempt: 1, maxAttempts: 3 }))).toBe(1020);
  expect(finalDeadline(buildRequestRecord({ ...times, attempt: 3, maxAttempts: 3 }))).toBe(1000);
});
