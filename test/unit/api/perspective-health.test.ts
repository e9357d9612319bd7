import { describe, expect, it } from 'vitest';
import { HealthBook } from '../../../services/api/perspective-health.ts';
import type { CheckResult } from '../../../shared/domain/check/check-result.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import {
  buildCheckResult,
  buildRequestRecord,
  buildVerdict,
  frozen,
  SIX_CODES,
  unreadable,
} from '../../support/builders.ts';
import { FIRST, SECOND } from '../../support/decision-bench.ts';

const record = buildRequestRecord();
/** The record once it was decided by these results. */
const decided = (results: readonly CheckResult[], changes: Partial<RequestRecord> = {}) =>
  frozen({ ...record, verdicts: [buildVerdict()], ...changes }, results);
const answered = (code: string, changes = {}) =>
  buildCheckResult({ requestId: record.requestId, perspective: code, ...changes });

describe('Health of a perspective', () => {
  it('is unknown before the first request', () => {
    expect(new HealthBook().read(FIRST)).toEqual({
      status: 'unknown',
      last_result_at: null,
      asked: 0,
      answered: 0,
      completed: 0,
    });
  });

  it('is healthy when every answer came in time, completed or not', () => {
    const book = new HealthBook();
    book.observe(decided([answered(FIRST), answered(SECOND, { completed: false })]));
    expect(book.read(FIRST)).toMatchObject({ status: 'healthy', asked: 1, answered: 1, completed: 1 });
    expect(book.read(SECOND)).toMatchObject({ status: 'healthy', answered: 1, completed: 0 });
  });

  it('is silent when none came, degraded when some did', () => {
    const book = new HealthBook();
    book.observe(decided([]));
    expect(book.read(FIRST)).toMatchObject({ status: 'silent', asked: 1, answered: 0 });
    book.observe(decided([answered(FIRST)]));
    expect(book.read(FIRST)).toMatchObject({ status: 'degraded', asked: 2, answered: 1 });
  });

  it('forgets what is long ago', () => {
    const book = new HealthBook();
    book.observe(decided([]));
    for (let request = 0; request < 50; request++) book.observe(decided([answered(FIRST)]));
    expect(book.read(FIRST)).toMatchObject({ status: 'healthy', asked: 50, answered: 50 });
  });

  it('goes by the last attempt of a request', () => {
    const book = new HealthBook();
    const verdicts = [buildVerdict(), buildVerdict({ attempt: 2 })];
    book.observe(decided([answered(FIRST, { attempt: 1 })], { attempt: 2, verdicts }));
    expect(book.read(FIRST)).toMatchObject({ status: 'silent' });
  });

  it('takes what cannot be read for no answer', () => {
    const book = new HealthBook();
    book.observe({ ...record, verdicts: [buildVerdict({ results: [unreadable(FIRST)] })] });
    expect(book.read(FIRST)).toMatchObject({ status: 'silent', answered: 0, last_result_at: null });
  });

  it.each([1e300, Number.NaN, -1])('can be told whatever time a result claims: %d', (completedAt) => {
    const book = new HealthBook();
    book.observe(decided([answered(FIRST, { completedAt })]));
    expect(book.read(FIRST).last_result_at).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('remembers when the last result was made', () => {
    const book = new HealthBook();
    book.observe(decided([answered(FIRST, { completedAt: Date.UTC(2026, 6, 1) })]));
    book.observe(decided([]));
    expect(book.read(FIRST).last_result_at).toBe('2026-07-01T00:00:00.000Z');
  });

  it('of a primary perspective is kept, too', () => {
    const book = new HealthBook();
    book.observe(
      decided(
        SIX_CODES.map((code) => answered(code)),
        { primary: 'home' },
      ),
    );
    expect(book.read('home')).toMatchObject({ status: 'silent', asked: 1 });
  });
});
