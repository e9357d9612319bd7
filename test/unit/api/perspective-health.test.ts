import { describe, expect, it } from 'vitest';
import { HealthBook } from '../../../services/api/perspective-health.ts';
import { buildCheckResult, buildRequestRecord, SIX_CODES } from '../../support/builders.ts';
import { FIRST, SECOND } from '../../support/decision-bench.ts';

const record = buildRequestRecord();
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
    book.observe(record, [answered(FIRST), answered(SECOND, { completed: false })]);
    expect(book.read(FIRST)).toMatchObject({ status: 'healthy', asked: 1, answered: 1, completed: 1 });
    expect(book.read(SECOND)).toMatchObject({ status: 'healthy', answered: 1, completed: 0 });
  });

  it('is silent when none came, degraded when some did', () => {
    const book = new HealthBook();
    book.observe(record, []);
    expect(book.read(FIRST)).toMatchObject({ status: 'silent', asked: 1, answered: 0 });
    book.observe(record, [answered(FIRST)]);
    expect(book.read(FIRST)).toMatchObject({ status: 'degraded', asked: 2, answered: 1 });
  });

  it('forgets what is long ago', () => {
    const book = new HealthBook();
    book.observe(record, []);
    for (let request = 0; request < 50; request++) book.observe(record, [answered(FIRST)]);
    expect(book.read(FIRST)).toMatchObject({ status: 'healthy', asked: 50, answered: 50 });
  });

  it('goes by the last attempt of a request', () => {
    const book = new HealthBook();
    book.observe({ ...record, attempt: 2 }, [answered(FIRST, { attempt: 1 })]);
    expect(book.read(FIRST)).toMatchObject({ status: 'silent' });
  });

  it('remembers when the last result was made', () => {
    const book = new HealthBook();
    book.observe(record, [answered(FIRST, { completedAt: Date.UTC(2026, 6, 1) })]);
    book.observe(record, []);
    expect(book.read(FIRST).last_result_at).toBe('2026-07-01T00:00:00.000Z');
  });

  it('of a primary perspective is kept, too', () => {
    const book = new HealthBook();
    book.observe(
      { ...record, primary: 'home' },
      SIX_CODES.map((code) => answered(code)),
    );
    expect(book.read('home')).toMatchObject({ status: 'silent', asked: 1 });
  });
});
