import { describe, expect, it } from 'vitest';
import { collectCountedResults, resultKeys, toCompletedEvent } from '../../../services/decision/publish.ts';
import { requestCompletedSchema } from '../../../shared/messages/request-completed.ts';
import {
  buildCheckResult,
  buildDcvCheck,
  buildRequestRecord,
  buildVerdict,
  SIX_CODES,
} from '../../support/builders.ts';
import { createDecisionBench } from '../../support/decision-bench.ts';

function completed(overrides = {}) {
  const bench = createDecisionBench();
  const verdict = buildVerdict({ counted: SIX_CODES.slice(0, 5), corroborating: SIX_CODES.slice(0, 5) });
  const record = buildRequestRecord({
    status: 'completed',
    completedAt: 1,
    verdicts: [verdict],
    ...overrides,
  });
  bench.tables.requests.set(record.requestId, record);
  const results = SIX_CODES.slice(0, 5).map((perspective) =>
    buildCheckResult({ requestId: record.requestId, perspective }),
  );
  return { ...bench, record, results };
}

describe('Publishing a completed request', () => {
  it('audit first, then the event, then the mark', async () => {
    const { deps, record, results, trace, audit } = completed();
    await deps.publisher.publishCompletion(record, results);
    expect(trace).toEqual(['audit', 'publish', 'mark']);
    expect(audit.about(record.requestId)).toHaveLength(7);
  });

  it('with somebody silent the deadline is kept, for what may still come', async () => {
    const { deps, record, results, forgotten } = completed();
    await deps.publisher.publishCompletion(record, results);
    expect(forgotten).toEqual([]);
  });

  it('two at once make one event', async () => {
    const { deps, record, results, events } = completed();
    await Promise.all([
      deps.publisher.publishCompletion(record, results),
      deps.publisher.publishCompletion(record, []),
    ]);
    expect(events).toHaveLength(1);
  });

  it('again, it says the same', async () => {
    const { deps, record, results, events, audit, answer } = completed();
    for (const code of SIX_CODES.slice(0, 5)) await answer(record, code);
    await deps.publisher.publishCompletion(record, results);
    await deps.publisher.publishCompletion(record, []);
    expect(events).toHaveLength(2);
    expect(events[1]).toEqual(events[0]);
    expect(audit.contradictions).toEqual([]);
  });

  it('a mark that fails is reported, and the next try makes up for it', async () => {
    const { deps, record, results, tables, events } = completed();
    const { markPublished } = deps.requests;
    Object.assign(deps.requests, { markPublished: () => Promise.reject(new Error('not marked')) });
    await expect(deps.publisher.publishCompletion(record, results)).rejects.toThrow('not marked');
    expect(tables.requests.get(record.requestId)?.published).toBe(false);
    Object.assign(deps.requests, { markPublished });
    await deps.publisher.publishCompletion(record, results);
    expect(tables.requests.get(record.requestId)?.published).toBe(true);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(1);
  });

  it('no late results, no record', async () => {
    const { deps, record, trace } = completed();
    await deps.publisher.publishLateResults(record, []);
    expect(trace).toEqual([]);
  });
});

describe('Results of a request', () => {
  it('are looked for in every attempt so far, the primary perspective included', () => {
    const record = buildRequestRecord({ attempt: 2, primary: 'home' });
    const keys = resultKeys(record);
    expect(keys).toHaveLength(14);
    expect(keys.filter(({ perspective }) => perspective === 'home')).toEqual([
      { perspective: 'home', attempt: 1 },
      { perspective: 'home', attempt: 2 },
    ]);
  });

  it('at hand are not read again, missing ones are', async () => {
    const { deps, record, results, answer } = completed();
    for (const code of SIX_CODES.slice(0, 5)) await answer(record, code);
    const asked: number[] = [];
    const reader = {
      ...deps.results,
      readResults: (...call: Parameters<typeof deps.results.readResults>) => {
        asked.push(call[1].length);
        return deps.results.readResults(...call);
      },
    };
    expect(await collectCountedResults(reader, record, results)).toHaveLength(5);
    expect(await collectCountedResults(reader, record, results.slice(0, 3))).toHaveLength(5);
    expect(asked).toEqual([2]);
  });
});

describe('The event of a completed request', () => {
  it('lists who was silent as a failed remote check', () => {
    const { record, results } = completed();
    const event = toCompletedEvent(record, results);
    expect(requestCompletedSchema.parse(event)).toEqual(event);
    expect(event.perspectives.at(-1)).toEqual({
      perspective_code: SIX_CODES[5],
      check_completed: false,
      check_passed: false,
      error_types: ['mpic_error:coordinator:remote_check'],
    });
  });

  it('names the method of a domain validation', () => {
    const { record, results } = completed({ check: buildDcvCheck() });
    expect(toCompletedEvent(record, results)).toMatchObject({
      check_type: 'dcv',
      validation_method: 'acme-dns-01',
    });
  });

  it('does not count a result that came too late, though it is at hand', () => {
    const { record, results } = completed();
    const late = buildCheckResult({ requestId: record.requestId, perspective: SIX_CODES[5] });
    expect(toCompletedEvent(record, [...results, late])).toEqual(toCompletedEvent(record, results));
  });

  it('cannot be made of a request without a verdict', () => {
    expect(() => toCompletedEvent(buildRequestRecord(), [])).toThrow(/without a verdict/);
  });
});
