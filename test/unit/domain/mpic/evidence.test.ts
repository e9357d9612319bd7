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
/** A vote with a member that cannot be looked at. */
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
  it('say of each vote what the perspective had stored: digest and length', () => {
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

  it('say of a lost vote that it counted and why it is not a result, with the time of the decision', () => {
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

  it('of others are the same whatever one vote is', () => {
    const others = SIX_CODES.slice(1).map(stored);
    const withoutFirst = (votes: readonly StoredResult[]) =>
      recordsOf(votes).filter((record) => !('perspective' in record) || record.perspective !== FIRST);
    const expected = withoutFirst([unreadable(FIRST), ...others]);
    expect(withoutFirst([explosive(FIRST), ...others]).slice(0, -1)).toEqual(expected.slice(0, -1));
    expect(recordsOf([explosive(FIRST), ...others])).toHaveLength(7);
  });

  it('say of a vote of which no record can be made that it was lost', () => {
    const [first] = recordsOf([explosive(FIRST)]);
    expect(auditRecordSchema.parse(first)).toMatchObject({
      perspective: FIRST,
      counted: true,
      unreadable: 'no record can be made of it',
    });
  });

  it.each([1e300, 9e15, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'have a time that can be written, whatever time a result claims: %d',
    (completedAt) => {
      const [first] = recordsOf([readable(buildCheckResult({ perspective: FIRST, completedAt }))]);
      expect(first?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    },
  );

  it('of a late result that cannot be read have the time of the decision it was late for', () => {
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
      name: 'a perspective of the cohort is a remote one, and a passed CAA check is permission',
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
      name: 'the primary perspective is named as such',
      changes: { primary: FIRST },
      vote: readable(buildCheckResult()),
      seen: { role: 'primary' },
    },
    {
      name: 'a passed validation is a pass',
      changes: { check: DCV },
      vote: readable(buildCheckResult({ checkType: 'dcv', details: buildDnsDcvDetails() })),
      seen: { result: 'dcv-pass', validation_method: 'acme-dns-01' },
    },
    {
      name: 'a failed validation is a failure, with its errors',
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
      name: 'a perspective that did not respond corroborates nothing and has no errors of its own',
      seen: {
        corroborates: false,
        check_completed: false,
        errors: [],
        description: `${FIRST} gave no result before the decision`,
      },
    },
    {
      name: 'a perspective that responded checked for itself, at the time of its own clock',
      vote: readable(buildCheckResult()),
      seen: {
        description: `${FIRST} checked for itself`,
        time: new Date(BUILT_AT + 9).toISOString(),
      },
    },
    {
      name: 'a perspective that stored something else is said to have done so',
      vote: unreadable(FIRST),
      seen: { description: `${FIRST} stored what is not a result, which counts as a failed check` },
    },
    {
      name: 'a CAA check has no way to its target',
      seen: { adn_check: 'not-applicable', validation_method: null },
    },
    {
      name: 'a validation without what was applied for has a way that was not told',
      changes: { check: DCV },
      seen: { adn_check: 'not-told' },
    },
    {
      name: 'a validation with it has one that was checked',
      changes: { check: WITH_WAY },
      seen: { adn_check: 'checked' },
    },
    {
      name: 'a validation of an address has no way to its target',
      changes: { check: { ...WITH_WAY, target: IP_TARGET } as Check },
      seen: { adn_check: 'not-applicable' },
    },
  ])('$name', ({ changes = {}, vote, seen }) => {
    const { perspectives } = attemptOf(changes, vote === undefined ? [] : [vote]);
    expect(perspectives[0]).toMatchObject(seen);
  });
});

describe('The audit record of a quorum (TLS BR 3.2.2.9 [mpic])', () => {
  it('says which attempt it is of, what came of it and until when the attempt could last', () => {
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
  ])('has the parameters of $name', ({ check, parameters }) => {
    expect(attemptOf({ check }, []).quorum).toMatchObject({ parameters });
  });

  it('has the DNSSEC status that each perspective saw, in the order of their codes', () => {
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

  it('has no end of use where nothing was corroborated', () => {
    const record = buildRequestRecord();
    const verdict = buildVerdict({ isValid: false, corroborating: [] });
    expect(auditAttempt(record, verdict, RECORDER).at(-1)).toMatchObject({ usable_until: null });
  });
});

describe('The audit record of a result that was changed', () => {
  it.each([
    { name: 'what lies there now', found: stored(FIRST), primary: null, role: 'remote' },
    { name: 'that nothing does', found: null, primary: FIRST, role: 'primary' },
  ])('has what was counted and $name', ({ found, primary, role }) => {
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
