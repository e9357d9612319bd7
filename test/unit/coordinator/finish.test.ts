import { describe, expect, it } from 'vitest';
import { concludeAttempt } from '../../../services/coordinator/finish.ts';
import type { CheckResult } from '../../../shared/domain/check/check-result.ts';
import { judgeAttempt, selectAttemptResults } from '../../../shared/domain/mpic/judge-attempt.ts';
import { QueueUnavailableError } from '../../../shared/ports/queues.ts';
import {
  BUILT_AT,
  buildCheckResult,
  buildRequestRecord,
  buildVerdict,
  readable,
  SIX_CODES,
} from '../../support/builders.ts';
import { createDecisionBench, DISSENT } from '../../support/decision-bench.ts';

function concluding(overrides = {}, changes: Partial<CheckResult> = {}) {
  const bench = createDecisionBench();
  const record = buildRequestRecord(overrides);
  bench.tables.requests.set(record.requestId, record);
  const results = selectAttemptResults(
    record,
    SIX_CODES.map((perspective) =>
      readable(buildCheckResult({ requestId: record.requestId, perspective, ...changes })),
    ),
  );
  const decision = judgeAttempt(record, results, true);
  if (decision.status !== 'settled') throw new Error('pending');
  return { ...bench, record, conclude: () => concludeAttempt(bench.deps, record, results, decision) };
}

describe('Ending an attempt', () => {
  it('a valid attempt ends the request, although attempts are left', async () => {
    const { conclude, tables, record, trace } = concluding();
    const conclusion = await conclude();
    expect(conclusion).toMatchObject({ kind: 'completed', record: { status: 'completed', attempt: 1 } });
    expect(trace).toEqual(['close']);
    // The returned record equals the stored one.
    expect(conclusion).toEqual({ kind: 'completed', record: tables.requests.get(record.requestId) });
  });

  it('a failed attempt starts the next one: deadline message, write, jobs', async () => {
    const { conclude, tables, record, trace, jobs } = concluding({}, DISSENT);
    const conclusion = await conclude();
    expect(trace).toEqual(['announce', 'advance', ...Array(6).fill('job')]);
    expect(conclusion).toMatchObject({
      kind: 'advanced',
      record: tables.requests.get(record.requestId) ?? {},
    });
    expect(jobs.every(({ attempt, budgetMs }) => attempt === 2 && budgetMs === record.attemptTimeoutMs)).toBe(
      true,
    );
  });

  it('a failed last attempt ends the request', async () => {
    const { conclude, trace } = concluding({ maxAttempts: 1 }, DISSENT);
    expect(await conclude()).toMatchObject({ kind: 'completed' });
    expect(trace).toEqual(['close']);
  });

  it.each([
    { name: 'closed', changes: {}, trace: ['close'] },
    { name: 'advanced', changes: DISSENT, trace: ['announce', 'advance'] },
  ])('an attempt that another process has ended is not $name again', async ({ changes, trace: expected }) => {
    const { conclude, tables, deps, record, trace } = concluding({}, changes);
    await deps.requests.close(record.requestId, 1, buildVerdict());
    trace.length = 0;
    expect(await conclude()).toEqual({ kind: 'superseded' });
    expect(trace).toEqual(expected);
    expect(tables.verdictWrites).toHaveLength(1);
  });

  describe('that is still undecided after its deadline', () => {
    const DEADLINE = BUILT_AT + 25_000;
    const at = (lateMs: number) => ({
      attemptStartedAt: BUILT_AT - 60_000 - lateMs,
      attemptDeadline: BUILT_AT - lateMs,
      createdAt: BUILT_AT - 60_000 - lateMs,
    });
    const LATE = { isValid: false, baseline: { satisfied: false, quorum: '6/6' } };

    it.each([
      { name: 'at the deadline', lateMs: 0 },
      { name: 'a minute after the deadline', lateMs: 60_000 },
    ])('counts its results $name', async ({ lateMs }) => {
      const { conclude } = concluding({ maxAttempts: 1, ...at(lateMs) });
      expect(await conclude()).toMatchObject({ record: { verdicts: [{ isValid: true }] } });
    });

    it.each([
      { name: 'a millisecond more than a minute after the deadline', lateMs: 60_001 },
      { name: 'three days after the deadline', lateMs: 3 * 86_400_000 },
      { name: 'ten days after the deadline', lateMs: 10 * 86_400_000 },
    ])('ends as not valid and keeps its evidence $name', async ({ lateMs }) => {
      const { conclude, log } = concluding({ maxAttempts: 1, ...at(lateMs) });
      const conclusion = await conclude();
      expect(conclusion).toMatchObject({ kind: 'completed', record: { verdicts: [LATE] } });
      if (conclusion.kind !== 'completed') throw new Error('not completed');
      const [verdict] = conclusion.record.verdicts;
      expect(verdict?.baseline.reasons).toContain('too-late');
      expect(verdict?.counted).toEqual(SIX_CODES);
      expect(log.entries).toContainEqual(
        expect.objectContaining({
          event: 'attempt_too_late',
          fields: expect.objectContaining({ lateMs, wasValid: true }),
        }),
      );
    });

    it('starts the next attempt while the request was accepted under rules that cover it', async () => {
      const { conclude, trace } = concluding({ maxAttempts: 3, ...at(60_001) });
      expect(await conclude()).toMatchObject({ kind: 'advanced', record: { attempt: 2 } });
      expect(trace.slice(0, 2)).toEqual(['announce', 'advance']);
    });

    it.each([{ maxAttempts: 2 }, { maxAttempts: 3 }])(
      'starts no further attempt of $maxAttempts if rules and challenge were not judged that far ahead',
      async ({ maxAttempts }) => {
        const { conclude, trace } = concluding({ maxAttempts, ...at(3 * 86_400_000) }, DISSENT);
        expect(await conclude()).toMatchObject({ kind: 'completed' });
        expect(trace).toEqual(['close']);
      },
    );

    it.each([
      { name: '60 s late', lateMs: 60_000, kind: 'advanced' },
      { name: '60.001 s late', lateMs: 60_001, kind: 'completed' },
    ])('starts the last attempt only if its planned time is left: $name', async ({ lateMs, kind }) => {
      const startedAt = BUILT_AT - 25_000 - lateMs;
      const { conclude } = concluding(
        {
          maxAttempts: 2,
          createdAt: startedAt,
          attemptStartedAt: startedAt,
          attemptDeadline: BUILT_AT - lateMs,
        },
        DISSENT,
      );
      expect((await conclude()).kind).toBe(kind);
    });

    it('counts its results when the deadline is still ahead by this clock', async () => {
      const { conclude } = concluding({ attemptDeadline: DEADLINE });
      expect(await conclude()).toMatchObject({ record: { verdicts: [{ isValid: true }] } });
    });
  });

  it('does not start the next attempt when its deadline message cannot be sent', async () => {
    const { conclude, deps, tables, record } = concluding({}, DISSENT);
    Object.assign(deps, {
      deadlines: { send: () => Promise.reject(new QueueUnavailableError('down')) },
    });
    await expect(conclude()).rejects.toBeInstanceOf(QueueUnavailableError);
    expect(tables.requests.get(record.requestId)).toMatchObject({ attempt: 1, verdicts: [] });
  });
});
