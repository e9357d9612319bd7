import { describe, expect, it } from 'vitest';
import {
  auditAttempt,
  auditChangedResult,
  auditLateResult,
} from '../../../../shared/contract/audit/audit-record.ts';
import { auditRecordSchema } from '../../../../shared/contract/audit/audit-schema.ts';
import type { Check, DnssecStatus } from '../../../../shared/domain/check/check.ts';
import type { StoredResult } from '../../../../shared/domain/check/stored-result.ts';
import type { RequestRecord } from '../../../../shared/domain/mpic/lifecycle.ts';
import {
  BUILT_AT,
  buildCaaDetails,
  buildCheck,
  buildCheckResult,
  buildDcvCheck,
  buildDnsDcvDetails,
  buildDnsEvidence,
  buildRequestRecord,
  buildStored,
  buildVerdict,
  readable,
  SIX_CODES,
  unreadable,
} from '../../../support/builders.ts';
import { FIRST, SECOND } from '../../../support/decision-bench.ts';

const RECORDER = { service: 'mpic', version: '0', instance: 'unit' };
const RECORD = buildRequestRecord();

const recordsOf = (results: readonly StoredResult[]) =>
  auditAttempt(
    RECORD,
    buildVerdict({ counted: results.map(({ perspective }) => perspective), results }),
    RECORDER,
  );
const stored = (perspective: string) =>
  buildStored(buildCheckResult({ requestId: RECORD.requestId, perspective }));
/** A vote with a member that throws when it is read. */
const explosive = (perspective: string): StoredResult => {
  const result = buildCheckResult({ perspective });
  Object.defineProperty(result, 'details', {
    get() {
      throw new Error('boom');
    },
  });
  return readable(result);
};

describe('The audit records of an attempt', () => {
  it('contain the digest and length of each stored vote', () => {
    const vote = stored(FIRST);
    const [first, silent] = recordsOf([vote]);
    expect(first).toMatchObject({
      perspective: FIRST,
      counted: true,
      stored_sha256: vote.digest,
      stored_bytes: vote.bytes,
      unreadable: null,
    });
    expect(silent).toMatchObject({
      perspective: SECOND,
      counted: false,
      stored_sha256: null,
      unreadable: null,
    });
  });

  it('state that an unreadable vote counted and why it is not a result, with the time of the decision', () => {
    const [lost] = recordsOf([unreadable(FIRST)]);
    expect(auditRecordSchema.parse(lost)).toMatchObject({
      event: 'perspective-check',
      perspective: FIRST,
      time: new Date(BUILT_AT + 40).toISOString(),
      result: 'caa-prohibition',
      check_completed: false,
      counted: true,
      observed_by: null,
      errors: [{ error_type: 'mpic_error:coordinator:unreadable_result' }],
      details: null,
      stored_sha256: 'f'.repeat(64),
      stored_bytes: 9,
      unreadable: 'it is not a JSON object',
    });
  });

  it('of other perspectives do not depend on one vote', () => {
    const others = SIX_CODES.slice(1).map(stored);
    const withoutFirst = (votes: readonly StoredResult[]) =>
      recordsOf(votes).filter((record) => !('perspective' in record) || record.perspective !== FIRST);
    const expected = withoutFirst([unreadable(FIRST), ...others]);
    expect(withoutFirst([explosive(FIRST), ...others]).slice(0, -1)).toEqual(expected.slice(0, -1));
    expect(recordsOf([explosive(FIRST), ...others])).toHaveLength(7);
  });

  it('state that a vote is lost if its record cannot be built', () => {
    const [first] = recordsOf([explosive(FIRST)]);
    expect(auditRecordSchema.parse(first)).toMatchObject({
      perspective: FIRST,
      counted: true,
      unreadable: 'no record can be made of it',
    });
  });

  it.each([1e300, 9e15, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'have a valid time for any time in a result: %d',
    (completedAt) => {
      const [first] = recordsOf([readable(buildCheckResult({ perspective: FIRST, completedAt }))]);
      expect(first?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    },
  );

  it('of an unreadable late result have the time of the decision that it missed', () => {
    const late = auditLateResult(RECORD, buildVerdict(), unreadable(FIRST), RECORDER);
    expect(auditRecordSchema.parse(late)).toMatchObject({
      event: 'late-result',
      time: new Date(BUILT_AT + 40).toISOString(),
      counted: false,
      unreadable: 'it is not a JSON object',
    });
  });
});

const IP_TARGET = { kind: 'ip', address: '192.0.2.5', family: 4 } as const;
const DCV = buildDcvCheck();
const WITH_WAY: Check = DCV.checkType === 'dcv' ? { ...DCV, adn: { wildcard: true, lookups: [] } } : DCV;

/** The records of the first perspective and of the quorum. */
function attemptOf(changes: Partial<RequestRecord>, results: readonly StoredResult[]) {
  const record = buildRequestRecord(changes);
  const verdict = buildVerdict({ counted: results.map(({ perspective }) => perspective), results });
  const records = auditAttempt(record, verdict, RECORDER);
  const of = (event: string) => records.filter((one) => one.event === event);
  return { record, perspectives: of('perspective-check'), quorum: of('quorum-decision')[0] };
}

describe('The audit record of a perspective (TLS BR 5.4.1 (2)(2) [records-validation])', () => {
  it.each<{ name: string; changes?: Partial<RequestRecord>; vote?: StoredResult; seen: object }>([
    {
      name: 'names a cohort member as remote and a passed CAA check as permission',
      vote: readable(buildCheckResult()),
      seen: {
        role: 'remote',
        result: 'caa-permission',
        check_completed: true,
        corroborates: true,
        errors: [],
      },
    },
    {
      name: 'names the primary perspective',
      changes: { primary: FIRST },
      vote: readable(buildCheckResult()),
      seen: { role: 'primary' },
    },
    {
      name: 'reports a passed validation',
      changes: { check: DCV },
      vote: readable(buildCheckResult({ checkType: 'dcv', details: buildDnsDcvDetails() })),
      seen: { result: 'dcv-pass', validation_method: 'acme-dns-01' },
    },
    {
      name: 'reports a failed validation with its errors',
      changes: { check: DCV },
      vote: readable(
        buildCheckResult({
          checkType: 'dcv',
          details: buildDnsDcvDetails(),
          passed: false,
          corroborates: false,
          errors: [{ type: 'mpic_error:dcv_checker:lookup', message: 'no record' }],
        }),
      ),
      seen: {
        result: 'dcv-fail',
        corroborates: false,
        errors: [{ error_type: 'mpic_error:dcv_checker:lookup', error_message: 'no record' }],
      },
    },
    {
      name: 'reports a perspective that did not respond as not corroborating, without errors of its own',
      seen: {
        corroborates: false,
        check_completed: false,
        errors: [],
        description: `${FIRST} gave no result before the decision`,
      },
    },
    {
      name: 'reports that a perspective made its own check, at the time of its clock',
      vote: readable(buildCheckResult()),
      seen: {
        description: `${FIRST} checked for itself`,
        time: new Date(BUILT_AT + 9).toISOString(),
      },
    },
    {
      name: 'reports that a perspective stored something else',
      vote: unreadable(FIRST),
      seen: { description: `${FIRST} stored what is not a result, which counts as a failed check` },
    },
    {
      name: 'has no steps to the target for a CAA check',
      seen: { adn_check: 'not-applicable', validation_method: null },
    },
    {
      name: 'reports unknown steps for a validation without the applied-for name',
      changes: { check: DCV },
      seen: { adn_check: 'not-told' },
    },
    {
      name: 'reports checked steps for a validation with the applied-for name',
      changes: { check: WITH_WAY },
      seen: { adn_check: 'checked' },
    },
    {
      name: 'has no steps to the target for a validation of an address',
      changes: { check: { ...WITH_WAY, target: IP_TARGET } as Check },
      seen: { adn_check: 'not-applicable' },
    },
  ])('$name', ({ changes = {}, vote, seen }) => {
    const { perspectives } = attemptOf(changes, vote === undefined ? [] : [vote]);
    expect(perspectives[0]).toMatchObject(seen);
  });
});

describe('The audit record of a quorum (TLS BR 3.2.2.9 [mpic])', () => {
  it('contains the attempt, its verdict and its deadline', () => {
    const { record, quorum } = attemptOf({}, [readable(buildCheckResult())]);
    expect(quorum).toMatchObject({
      record_id: `${record.requestId}/1/quorum`,
      description: 'attempt 1: 5/6 remote perspectives corroborate',
      attempt_started_at: new Date(BUILT_AT + 1).toISOString(),
      attempt_deadline: new Date(BUILT_AT + 1 + 25_000).toISOString(),
    });
  });

  it.each<{ name: string; check: Check; parameters: object }>([
    { name: 'a CAA check', check: buildCheck(), parameters: { caa_domains: ['ca.test'] } },
    { name: 'a validation', check: DCV, parameters: { validation_method: 'acme-dns-01' } },
  ])('contains the parameters of $name', ({ check, parameters }) => {
    expect(attemptOf({ check }, []).quorum).toMatchObject({ parameters });
  });

  it('contains the DNSSEC status of each perspective, sorted by code', () => {
    const seenBy = (perspective: string, dnssec: DnssecStatus | null) =>
      readable(
        buildCheckResult({ perspective, details: buildCaaDetails({ dns: buildDnsEvidence({ dnssec }) }) }),
      );
    const votes = [
      seenBy('sin', 'secure'),
      seenBy('ams', 'insecure'),
      seenBy('iad', null),
      seenBy('fra', 'bogus'),
    ];
    const { quorum } = attemptOf({}, votes);
    const statuses = quorum !== undefined && 'dnssec_statuses' in quorum ? quorum.dnssec_statuses : {};
    expect(Object.entries(statuses)).toEqual([
      ['ams', 'insecure'],
      ['fra', 'bogus'],
      ['sin', 'secure'],
    ]);
  });

  it('has no end of use without corroboration', () => {
    const record = buildRequestRecord();
    const verdict = buildVerdict({ isValid: false, corroborating: [] });
    expect(auditAttempt(record, verdict, RECORDER).at(-1)).toMatchObject({ usable_until: null });
  });
});

describe('The audit record of a result that was changed', () => {
  it.each([
    { name: 'the result that is stored now', found: stored(FIRST), primary: null, role: 'remote' },
    { name: 'null if nothing is stored now', found: null, primary: FIRST, role: 'primary' },
  ])('contains the counted result and $name', ({ found, primary, role }) => {
    const counted = unreadable(FIRST);
    const record = buildRequestRecord({ primary });
    expect(auditChangedResult(record, { counted, found }, RECORDER, BUILT_AT)).toMatchObject({
      event: 'result-changed',
      description: `what ${FIRST} had stored for attempt 1 was changed after the verdict, which rests on the former`,
      role,
      counted_sha256: counted.digest,
      counted_bytes: counted.bytes,
      stored_sha256: found?.digest ?? null,
      stored_bytes: found?.bytes ?? null,
    });
  });
});
