import { describe, expect, it } from 'vitest';
import {
  circumstancesOf,
  type FailureCircumstances,
  isForgivableFailure,
  isPermittedFailure,
} from '../../../shared/caa/lookup-failure.ts';
import {
  LOOKUP_FAILURES,
  type LookupFailure,
  type LookupFailureReason,
} from '../../../shared/ports/resolver.ts';

const failure = (reason: LookupFailureReason, tries = 2): LookupFailure => ({
  status: 'failed',
  name: 'www.example.com',
  type: 'CAA',
  server: 'zone 192.0.2.53:53',
  tries,
  elapsedMs: 1,
  extendedErrors: [],
  reason,
  message: 'no answer',
  rcode: null,
});

const PROVEN: FailureCircumstances = { retried: true, insideFault: false, security: 'insecure' };
const FORGIVABLE = ['timeout', 'unreachable', 'servfail', 'refused'];

describe('isForgivableFailure', () => {
  it.each(LOOKUP_FAILURES.map((reason) => ({ reason, expected: FORGIVABLE.includes(reason) })))(
    '$reason may be forgiven: $expected',
    ({ reason, expected }) => {
      expect(isForgivableFailure(failure(reason))).toBe(expected);
    },
  );
});

describe('isPermittedFailure (TLS BR v2.2.6 section 3.2.2.8)', () => {
  it('permits a silent server when all three conditions are met', () => {
    expect(isPermittedFailure(failure('timeout'), PROVEN)).toBe(true);
  });

  it.each<{ name: string; reason?: LookupFailureReason; circumstances?: Partial<FailureCircumstances> }>([
    { name: 'a lookup that was not retried', circumstances: { retried: false } },
    { name: 'a fault inside the CA', circumstances: { insideFault: true } },
    { name: 'a signed zone with dead servers', circumstances: { security: 'signed' } },
    { name: 'an indeterminate status', circumstances: { security: 'indeterminate' } },
    { name: 'an unknown status', circumstances: { security: 'unknown' } },
    { name: 'a bogus status', circumstances: { security: 'bogus' } },
    { name: 'a bogus answer, whatever else is claimed', reason: 'bogus' },
    { name: 'an indeterminate answer, whatever else is claimed', reason: 'indeterminate' },
    { name: 'a malformed answer', reason: 'malformed' },
    { name: 'an alias loop', reason: 'alias-loop' },
  ])('does not permit $name', ({ reason = 'timeout', circumstances }) => {
    expect(isPermittedFailure(failure(reason), { ...PROVEN, ...circumstances })).toBe(false);
  });
});

describe('circumstancesOf', () => {
  it.each(LOOKUP_FAILURES)('never permits by what a lookup alone tells of %s', (reason) => {
    for (const tries of [1, 5]) {
      const failed = failure(reason, tries);
      expect(circumstancesOf(failed).retried).toBe(tries > 1);
      expect(isPermittedFailure(failed, circumstancesOf(failed))).toBe(false);
    }
  });
});
