import { describe, expect, it } from 'vitest';
import { toCompletedEvent, withEvidence } from '../../../services/coordinator/publish.ts';
import { requestCompletedSchema } from '../../../shared/contract/messages/request-completed.ts';
import {
  buildCheckResult,
  buildDcvCheck,
  buildRequestRecord,
  buildVerdict,
  frozen,
  readable,
  SIX_CODES,
  unreadable,
} from '../../support/builders.ts';
import { createDecisionBench, DISSENT, FIRST, SECOND } from '../../support/decision-bench.ts';

function completed(overrides = {}) {
  const bench = createDecisionBench();
  const verdict = buildVerdict({ counted: SIX_CODES.slice(0, 5), corroborating: SIX_CODES.slice(0, 5) });
  const results = SIX_CODES.slice(0, 5).map((perspective) => buildCheckResult({ perspective }));
  const record = frozen(
    buildRequestRecord({ status: 'completed', completedAt: 1, verdicts: [verdict], ...overrides }),
    results,
  );
  bench.tables.requests.set(record.requestId, record);
  return { ...bench, record };
}

describe('Publishing a completed request', () => {
  it('writes the audit records first, then sends the event, then marks the request', async () => {
    const { deps, record, trace, audit } = completed();
    await deps.publisher.publishCompletion(record);
    expect(trace).toEqual(['audit', 'publish', 'mark']);
    expect(audit.about(record.requestId)).toHaveLength(7);
  });

  it('keeps the deadline message while a perspective has not responded', async () => {
    const { deps, record, forgotten } = completed();
    await deps.publisher.publishCompletion(record);
    expect(forgotten).toEqual([]);
  });

  it('sends one event when called twice at the same time', async () => {
    const { deps, record, events } = completed();
    await Promise.all([deps.publisher.publishCompletion(record), deps.publisher.publishCompletion(record)]);
    expect(events).toHaveLength(1);
  });

  it('sends the same event and records when repeated', async () => {
    const { deps, record, events, audit } = completed();
    await deps.publisher.publishCompletion(record);
    await deps.publisher.publishCompletion(record);
    expect(events).toHaveLength(2);
    expect(events[1]).toEqual(events[0]);
    expect(audit.contradictions).toEqual([]);
  });

  it('rejects when the request cannot be marked, and completes on the next try', async () => {
    const { deps, record, tables, events } = completed();
    const { markPublished } = deps.requests;
    Object.assign(deps.requests, { markPublished: () => Promise.reject(new Error('not marked')) });
    await expect(deps.publisher.publishCompletion(record)).rejects.toThrow('not marked');
    expect(tables.requests.get(record.requestId)?.published).toBe(false);
    Object.assign(deps.requests, { markPublished });
    await deps.publisher.publishCompletion(record);
    expect(tables.requests.get(record.requestId)?.published).toBe(true);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(1);
  });

  it('files every record under the time of its verdict, whatever time a perspective claims', async () => {
    const { deps, record, filed } = completed();
    const claimed = { completedAt: Date.parse('1970-01-02T00:00:00Z') };
    const counted = SIX_CODES.slice(0, 5).map((perspective) => buildCheckResult({ perspective, ...claimed }));
    const { decidedAt } = buildVerdict();
    await deps.publisher.publishCompletion(frozen({ ...record, completedAt: decidedAt }, counted));
    const late = buildCheckResult({ perspective: SIX_CODES[5], ...claimed });
    await deps.publisher.publishLateResults(record, [readable(late)]);
    await deps.publisher.publishChangedResults(record, [
      { counted: readable(counted[0] ?? late), found: null },
    ]);
    expect(filed).toEqual([decidedAt, decidedAt, decidedAt]);
  });

  it('writes no record without late results', async () => {
    const { deps, record, trace } = completed();
    await deps.publisher.publishLateResults(record, []);
    expect(trace).toEqual([]);
  });
});

describe('The results of a request', () => {
  it('are not read from the store when the verdicts contain them', async () => {
    const { deps, record, answer } = completed();
    for (const code of SIX_CODES.slice(0, 5)) await answer(record, code, DISSENT);
    expect(await withEvidence(deps.results, record)).toBe(record);
  });

  it('are read from the store when a verdict of the previous version only names them', async () => {
    const { deps, record, answer } = completed({
      verdicts: [buildVerdict({ counted: SIX_CODES.slice(0, 5), results: [] })],
    });
    for (const code of SIX_CODES) await answer(record, code);
    const { verdicts } = await withEvidence(deps.results, {
      ...record,
      verdicts: [buildVerdict({ counted: SIX_CODES.slice(0, 5) })],
    });
    expect(verdicts[0]?.results.map(({ perspective }) => perspective)).toEqual(SIX_CODES.slice(0, 5));
  });
});

describe('The event of a completed request', () => {
  it('lists a perspective that did not respond as a failed remote check', () => {
    const { record } = completed();
    const event = toCompletedEvent(record);
    expect(requestCompletedSchema.parse(event)).toEqual(event);
    expect(event.perspectives.at(-1)).toEqual({
      perspective_code: SIX_CODES[5],
      check_completed: false,
      check_passed: false,
      error_types: ['mpic_error:coordinator:remote_check'],
    });
  });

  it('contains the validation method of a DCV check', () => {
    const { record } = completed({ check: buildDcvCheck() });
    expect(toCompletedEvent(record)).toMatchObject({
      check_type: 'dcv',
      validation_method: 'acme-dns-01',
    });
  });

  it('lists at most four error types per perspective, and the type of an unreadable result', () => {
    const errors = ['a', 'a', 'b', 'c', 'd', 'e'].map((type) => ({ type, message: 'm' }));
    const results = [readable(buildCheckResult({ perspective: FIRST, errors })), unreadable(SECOND)];
    const { record } = completed();
    const verdicts = [buildVerdict({ counted: [FIRST, SECOND], results })];
    expect(toCompletedEvent({ ...record, verdicts }).perspectives).toMatchObject([
      { error_types: ['a', 'b', 'c', 'd'] },
      {
        check_completed: false,
        check_passed: false,
        error_types: ['mpic_error:coordinator:unreadable_result'],
      },
      { error_types: ['mpic_error:coordinator:remote_check'] },
      {},
      {},
      {},
    ]);
  });

  it('requires a verdict', () => {
    expect(() => toCompletedEvent(buildRequestRecord())).toThrow(/without a verdict/);
  });
});
