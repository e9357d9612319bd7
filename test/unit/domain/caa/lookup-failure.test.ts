import { describe, expect, it } from 'vitest';
import {
  circumstancesOf,
  type FailureCircumstances,
  failureEvidence,
  isForgivableFailure,
  isPermittedFailure,
} from '../../../../shared/domain/caa/lookup-failure.ts';
import {
  type FailureInquiry,
  LOOKUP_FAILURES,
  type LookupFailure,
  type LookupFailureReason,
} from '../../../../shared/domain/dns/lookup.ts';

const failure = (reason: LookupFailureReason, retried = true): LookupFailure => ({
  status: 'failed',
  name: 'www.example.com',
  type: 'CAA',
  server: 'zone 192.0.2.53:53',
  tries: retried ? 2 : 1,
  elapsedMs: 1,
  extendedErrors: [],
  reason,
  message: 'no answer',
  rcode: null,
  retried,
  dnssec: 'indeterminate',
});

const PROVEN: FailureCircumstances = { retried: true, insideFault: false, security: 'insecure' };
const FORGIVABLE = ['timeout', 'unreachable', 'servfail', 'refused'];

const SHOWN: FailureInquiry = {
  controlName: 'control.example',
  controlAnswered: true,
  lasted: true,
  security: 'insecure',
  insecurity: { at: 'example.com.', by: 'opt-out' },
};

describe('isForgivableFailure', () => {
  it.each(LOOKUP_FAILURES.map((reason) => ({ reason, expected: FORGIVABLE.includes(reason) })))(
    'returns $expected for $reason',
    ({ reason, expected }) => {
      expect(isForgivableFailure(failure(reason), null)).toBe(expected);
      expect(isForgivableFailure(failure(reason), SHOWN)).toBe(expected);
    },
  );

  it.each(['signed', 'unknown'] as const)(
    'returns false for a bare SERVFAIL if the security is %s',
    (security) => {
      for (const reason of LOOKUP_FAILURES) {
        const expected = reason !== 'servfail' && FORGIVABLE.includes(reason);
        expect(isForgivableFailure(failure(reason), { ...SHOWN, security })).toBe(expected);
      }
    },
  );
});

describe('isPermittedFailure (TLS BR 4.2.2.1 [caa])', () => {
  it('permits an unresponsive server if all three conditions are met', () => {
    expect(isPermittedFailure(failure('timeout'), PROVEN)).toBe(true);
  });

  it.each<{ name: string; reason?: LookupFailureReason; circumstances?: Partial<FailureCircumstances> }>([
    { name: 'a lookup that was not retried', circumstances: { retried: false } },
    { name: 'a fault inside the CA', circumstances: { insideFault: true } },
    { name: 'a signed zone with unresponsive servers', circumstances: { security: 'signed' } },
    { name: 'an indeterminate status', circumstances: { security: 'indeterminate' } },
    { name: 'an unknown status', circumstances: { security: 'unknown' } },
    { name: 'a bogus status', circumstances: { security: 'bogus' } },
    { name: 'a bogus answer even if all conditions are met', reason: 'bogus' },
    { name: 'an indeterminate answer even if all conditions are met', reason: 'indeterminate' },
    { name: 'a malformed answer', reason: 'malformed' },
    { name: 'an alias loop', reason: 'alias-loop' },
  ])('does not permit $name', ({ reason = 'timeout', circumstances }) => {
    expect(isPermittedFailure(failure(reason), { ...PROVEN, ...circumstances })).toBe(false);
  });
});

describe('circumstancesOf', () => {
  it.each(LOOKUP_FAILURES)('does not permit %s without an inquiry', (reason) => {
    for (const retried of [false, true]) {
      const failed = failure(reason, retried);
      expect(circumstancesOf(failed, null).retried).toBe(retried);
      expect(isPermittedFailure(failed, circumstancesOf(failed, null))).toBe(false);
    }
  });

  it.each(LOOKUP_FAILURES.map((reason) => ({ reason, expected: FORGIVABLE.includes(reason) })))(
    'with all three conditions shown, $reason is permitted: $expected',
    ({ reason, expected }) => {
      const failed = failure(reason);
      expect(isPermittedFailure(failed, circumstancesOf(failed, SHOWN))).toBe(expected);
    },
  );

  it.each<{ name: string; retried?: boolean; inquiry: Partial<FailureInquiry> }>([
    { name: 'the control name did not answer either', inquiry: { controlAnswered: false } },
    { name: 'the name is signed all the way down', inquiry: { security: 'signed' } },
    { name: 'the security could not be determined', inquiry: { security: 'unknown' } },
    { name: 'the failure did not last', inquiry: { lasted: false } },
    { name: 'the lookup was never retried', retried: false, inquiry: { lasted: false } },
  ])('does not permit if $name', ({ retried = true, inquiry }) => {
    const failed = failure('timeout', retried);
    expect(isPermittedFailure(failed, circumstancesOf(failed, { ...SHOWN, ...inquiry }))).toBe(false);
  });
});

describe('A failure that the resolver had no time to retry', () => {
  it('counts as retried after the inquiry sent the query again', () => {
    expect(circumstancesOf(failure('timeout', false), SHOWN).retried).toBe(true);
    expect(circumstancesOf(failure('timeout', false), { ...SHOWN, lasted: false }).retried).toBe(false);
  });
});

describe('failureEvidence', () => {
  it('states each of the three conditions and the proof of the last', () => {
    expect(failureEvidence(failure('timeout'), SHOWN)).toEqual({
      name: 'www.example.com',
      retried: true,
      faultOutside: true,
      controlName: 'control.example',
      security: 'insecure',
      insecurity: { at: 'example.com.', by: 'opt-out' },
    });
  });

  it('states no condition as met without an inquiry', () => {
    expect(failureEvidence(failure('servfail', false), null)).toEqual({
      name: 'www.example.com',
      retried: false,
      faultOutside: false,
      controlName: null,
      security: 'unknown',
    });
  });
});
