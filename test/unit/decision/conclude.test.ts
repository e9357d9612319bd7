import { describe, expect, it } from 'vitest';
import { concludeAttempt } from '../../../services/decision/conclude.ts';
import { judgeAttempt, selectAttemptResults } from '../../../services/decision/judge-attempt.ts';
import type { CheckResult } from '../../../shared/mpic/check.ts';
import { QueueUnavailableError } from '../../../shared/ports/queues.ts';
import {
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
  it('a valid one ends the request, with attempts left', async () => {
    const { conclude, tables, record, trace } = concluding();
    const conclusion = await conclude();
    expect(conclusion).toMatchObject({ kind: 'completed', record: { status: 'completed', attempt: 1 } });
    expect(trace).toEqual(['close']);
    // What is handed on is what is stored.
    expect(conclusion).toEqual({ kind: 'completed', record: tables.requests.get(record.requestId) });
  });

  it('a failed one with an attempt left starts it: deadline, write, jobs', async () => {
    const { conclude, tables, record, trace, jobs } = concluding({}, DISSENT);
    const conclusion = await conclude();
    expect(trace).toEqual(['announce', 'advance', ...Array(6).fill('job')]);
    expect(conclusion).toEqual({ kind: 'advanced', record: tables.requests.get(record.requestId) });
    expect(jobs.every(({ attempt, budgetMs }) => attempt === 2 && budgetMs === record.attemptTimeoutMs)).toBe(
      true,
    );
  });

  it('a failed last one ends the request', async () => {
    const { conclude, trace } = concluding({ maxAttempts: 1 }, DISSENT);
    expect(await conclude()).toMatchObject({ kind: 'completed' });
    expect(trace).toEqual(['close']);
  });

  it.each([
    { name: 'closed', changes: {}, trace: ['close'] },
    { name: 'advanced', changes: DISSENT, trace: ['announce', 'advance'] },
  ])('an attempt that somebody else has ended is not $name again', async ({ changes, trace: expected }) => {
    const { conclude, tables, deps, record, trace } = concluding({}, changes);
    await deps.requests.close(record.requestId, 1, buildVerdict());
    trace.length = 0;
    expect(await conclude()).toEqual({ kind: 'superseded' });
    expect(trace).toEqual(expected);
    expect(tables.verdictWrites).toHaveLength(1);
  });

  it('a next attempt whose deadline cannot be announced is not started', async () => {
    const { conclude, deps, tables, record } = concluding({}, DISSENT);
    Object.assign(deps, {
      deadlines: { send: () => Promise.reject(new QueueUnavailableError('down')) },
    });
    await expect(conclude()).rejects.toBeInstanceOf(QueueUnavailableError);
    expect(tables.requests.get(record.requestId)).toMatchObject({ attempt: 1, verdicts: [] });
  });
});
