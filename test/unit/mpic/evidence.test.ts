import { describe, expect, it } from 'vitest';
import type { StoredResult } from '../../../shared/messages/stored-result.ts';
import { auditAttempt, auditLateResult } from '../../../shared/mpic/evidence.ts';
import { auditRecordSchema } from '../../support/audit-schema.ts';
import {
  BUILT_AT,
  buildCheckResult,
  buildRequestRecord,
  buildStored,
  buildVerdict,
  readable,
  SIX_CODES,
  unreadable,
} from '../../support/builders.ts';
import { FIRST, SECOND } from '../../support/decision-bench.ts';

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
      errors: [{ type: 'mpic_error:coordinator:unreadable_result' }],
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
