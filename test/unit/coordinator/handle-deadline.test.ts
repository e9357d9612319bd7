import { describe, expect, it } from 'vitest';
import { createDeadlineHandler } from '../../../services/coordinator/handle-deadline.ts';
import { deadlineOf, startRequest } from '../../../services/coordinator/start.ts';
import { UnreadableMessageError } from '../../../shared/contract/messages/contract.ts';
import {
  type DeadlineMessage,
  MAX_PUT_OFFS,
  serialiseDeadline,
} from '../../../shared/contract/messages/deadline.ts';
import { StoreUnavailableError } from '../../../shared/ports/request-store.ts';
import {
  BUILT_AT,
  buildCheckResult,
  buildRequestRecord,
  buildStored,
  buildVerdict,
  SIX_CODES,
} from '../../support/builders.ts';
import { createDecisionBench, DISSENT, FIRST, withUnread } from '../../support/decision-bench.ts';

const TIMEOUT_MS = 25_000;

/** A request whose attempt has reached its deadline by the bench's clock, unless changed. */
function handled(overrides = {}) {
  const bench = createDecisionBench();
  const record = buildRequestRecord({
    async: true,
    attemptStartedAt: BUILT_AT - TIMEOUT_MS,
    attemptDeadline: BUILT_AT,
    ...overrides,
  });
  bench.tables.requests.set(record.requestId, record);
  const handler = createDeadlineHandler(bench.deps);
  const handle = (message: DeadlineMessage) =>
    handler({ messageId: 'm', body: serialiseDeadline(message), receiveCount: 1, ageMs: 0 });
  const deliver = (changes: Partial<DeadlineMessage> = {}) => handle({ ...deadlineOf(record), ...changes });
  const current = () => bench.tables.requests.get(record.requestId);
  const answer = (codes: readonly string[], changes = {}) =>
    Promise.all(codes.map((code) => bench.answer(record, code, changes)));
  return { ...bench, record, handler, handle, deliver, current, answer };
}

describe('The deadline message of an attempt', () => {
  it('counts missing results as non-corroborations', async () => {
    const { deliver, answer, time, current, forgotten } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES.slice(0, 4));
    await time.until(deliver());
    expect(current()?.verdicts).toMatchObject([{ isValid: false, counted: SIX_CODES.slice(0, 4) }]);
    expect(forgotten).toEqual([]);
  });

  it('counts an unreadable result as missing, and is retried to audit it', async () => {
    const { deliver, answer, time, deps, current, audit, record } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES);
    withUnread(deps, SIX_CODES[5]);
    await expect(time.until(deliver())).rejects.toThrow(StoreUnavailableError);
    const counted = SIX_CODES.slice(0, 5);
    expect(current()).toMatchObject({
      status: 'completed',
      published: true,
      verdicts: [{ isValid: true, counted }],
    });
    await expect(time.until(deliver())).rejects.toThrow(StoreUnavailableError);
    expect(audit.about(record.requestId)).toHaveLength(7);
  });

  describe('with an unreadable result that could change the verdict', () => {
    it.each([
      { name: 'waits, and counts the result once it can be read', afterMs: 30_000, isValid: true },
      { name: 'ends the attempt as too late after more than a minute', afterMs: 60_001, isValid: false },
    ])('$name', async ({ afterMs, isValid }) => {
      const { deliver, answer, time, deps, current } = handled({ maxAttempts: 1 });
      await answer(SIX_CODES.slice(0, 5));
      const whole = { ...deps.results };
      withUnread(deps, SIX_CODES[4]);
      await expect(time.until(deliver())).rejects.toThrow(StoreUnavailableError);
      expect(current()).toMatchObject({ status: 'running', verdicts: [] });
      await time.advance(afterMs);
      if (isValid) Object.assign(deps.results, whole);
      await time.until(deliver()).catch((error) => expect(error).toBeInstanceOf(StoreUnavailableError));
      expect(current()).toMatchObject({ status: 'completed', verdicts: [{ isValid }] });
      expect(current()?.verdicts[0]?.baseline.reasons.includes('too-late')).toBe(!isValid);
    });

    it('does not wait in monitoring mode, which has no verdict to change', async () => {
      const { deliver, answer, time, deps, current } = handled({
        maxAttempts: 1,
        monitoring: true,
        policy: 'open-mpic',
        quorumCount: 0,
      });
      await answer(SIX_CODES.slice(0, 5));
      withUnread(deps, SIX_CODES[4]);
      await expect(time.until(deliver())).rejects.toThrow(StoreUnavailableError);
      expect(current()).toMatchObject({ status: 'completed' });
    });
  });

  it.each([
    { name: 'ten days', lateMs: 10 * 86_400_000 },
    { name: 'just over a minute', lateMs: 60_001 },
  ])('does not make an attempt valid $name after its deadline', async ({ lateMs }) => {
    const { deliver, answer, time, current, events } = handled();
    await answer(SIX_CODES);
    await time.advance(lateMs);
    await time.until(deliver());
    expect(current()?.verdicts).toMatchObject([{ isValid: false, counted: SIX_CODES }]);
    expect(current()?.verdicts[0]?.baseline.reasons).toContain('too-late');
    expect(events.map(({ is_valid }) => is_valid)).toEqual(lateMs > 3_600_000 ? [false] : []);
  });

  it('does not report an unreadable result as changed', async () => {
    const { deliver, answer, time, deps, audit, record } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES);
    await time.until(deliver());
    withUnread(deps, SIX_CODES[5]);
    await expect(time.until(deliver())).rejects.toThrow(StoreUnavailableError);
    expect(audit.idsOf(record.requestId, 'result-changed')).toEqual([]);
  });

  it('starts the next attempt: first its deadline message, then the write, then the jobs, all with one token', async () => {
    const { deliver, answer, time, current, trace, deadlines, jobs } = handled();
    await answer(SIX_CODES, DISSENT);
    await time.until(deliver());
    expect(current()).toMatchObject({ status: 'running', attempt: 2, attemptToken: 'start-1' });
    expect(trace).toEqual(['announce', 'advance', ...Array(6).fill('job')]);
    expect(deadlines).toMatchObject([
      { message: { attempt: 2, attemptToken: 'start-1' }, delayMs: TIMEOUT_MS },
    ]);
    expect(jobs.every(({ attemptToken }) => attemptToken === 'start-1')).toBe(true);
  });

  it.each([
    { name: 'names no perspective', asked: [] },
    { name: 'names only unknown perspectives', asked: ['stranger', 'other'] },
    { name: 'names some of the perspectives asked', asked: SIX_CODES.slice(0, 2) },
    { name: 'names more than the perspectives asked', asked: [...SIX_CODES, 'stranger'] },
  ])(
    'counts every perspective that was asked according to the record, when the message $name',
    async ({ asked }) => {
      const { deliver, answer, time, current } = handled();
      await answer(SIX_CODES);
      await answer(['stranger'], DISSENT);
      await time.until(deliver({ asked }));
      expect(current()?.verdicts).toMatchObject([{ isValid: true, counted: SIX_CODES }]);
    },
  );

  it('of an attempt that has ended leaves the next attempt unchanged', async () => {
    const { deliver, time, current, record, deps } = handled();
    await deps.requests.advance(record.requestId, 1, buildVerdict({ isValid: false }), {
      token: 'next',
      startedAt: 0,
      deadline: 0,
    });
    await time.until(deliver());
    expect(current()).toMatchObject({ status: 'running', attempt: 2 });
  });

  it('publishes a request that is decided but not published', async () => {
    const { deliver, answer, time, deps, record, events, audit } = handled();
    await answer(SIX_CODES);
    await deps.requests.close(record.requestId, 1, buildVerdict({ corroborating: [...SIX_CODES] }));
    await time.until(deliver());
    expect(events.map(({ event_id }) => event_id)).toEqual([`${record.requestId}/completed`]);
    expect(audit.idsOf(record.requestId, 'perspective-check')).toHaveLength(6);
  });

  it('publishes, then audits late results, when another process wrote the verdict first', async () => {
    const { deliver, answer, time, deps, record, events, audit, trace } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES);
    // Between read and write, another process decides without the last result, and dies.
    const { close } = deps.requests;
    Object.assign(deps.requests, {
      close: async (...call: Parameters<typeof close>) => {
        Object.assign(deps.requests, { close });
        await close(record.requestId, 1, buildVerdict({ counted: SIX_CODES.slice(0, 5) }));
        return close(...call);
      },
    });
    await time.until(deliver());
    expect(events).toHaveLength(1);
    expect(audit.idsOf(record.requestId, 'late-result')).toHaveLength(1);
    expect(audit.contradictions).toEqual([]);
    expect(trace).toEqual(['close', 'close', 'audit', 'publish', 'mark', 'audit']);
  });

  it('finishes the publication on redelivery after a failure half-way', async () => {
    const { deliver, answer, time, deps, record, current, events, audit } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES);
    const { markPublished } = deps.requests;
    Object.assign(deps.requests, { markPublished: () => Promise.reject(new StoreUnavailableError('down')) });
    await expect(time.until(deliver())).rejects.toBeInstanceOf(StoreUnavailableError);
    Object.assign(deps.requests, { markPublished });
    await time.until(deliver());
    expect(current()?.published).toBe(true);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(1);
    expect(audit.idsOf(record.requestId, 'quorum-decision')).toHaveLength(1);
  });

  it.each([
    '',
    'null',
    '{"contract":"2.0"}',
    '{"contract":"1.1","kind":"other"}',
    '{"contract":"1.1","kind":"result-written","requestId":"01978f00-0000-7000-8000-000000000001","attempt":1}',
  ])('with the body %j fails, so that it ends in the dead-letter queue', async (body) => {
    const { handler } = handled();
    await expect(handler({ messageId: 'm', body, receiveCount: 1, ageMs: 0 })).rejects.toBeInstanceOf(
      UnreadableMessageError,
    );
  });
});

describe('A deadline message that arrives early', () => {
  it.each([
    { name: '20 s', leftMs: 20_000 },
    { name: '1 ms', leftMs: 1 },
  ])('is sent again with the remaining delay and ends nothing: $name', async ({ leftMs }) => {
    const { deliver, time, current, answer, deadlines, record } = handled({
      attemptDeadline: BUILT_AT + leftMs,
    });
    await answer(SIX_CODES, DISSENT);
    await time.until(deliver());
    expect(current()).toMatchObject({ status: 'running', attempt: 1 });
    expect(deadlines).toEqual([{ message: { ...deadlineOf(record), putOffs: 1 }, delayMs: leftMs }]);
  });

  it('ends the attempt when it returns at the deadline', async () => {
    const { deliver, handle, time, current, deadlines } = handled({
      attemptDeadline: BUILT_AT + 5_000,
      maxAttempts: 1,
    });
    await time.until(deliver());
    await time.advance(5_000);
    const [again] = deadlines;
    if (again === undefined) throw new Error('the message was not put off');
    await time.until(handle(again.message));
    expect(current()).toMatchObject({ status: 'completed' });
  });

  it('fails when it cannot be sent again, so that its queue redelivers it', async () => {
    const { deliver, deps, time } = handled({ attemptDeadline: BUILT_AT + 5_000 });
    Object.assign(deps.deadlines, { send: () => Promise.reject(new Error('queue down')) });
    await expect(time.until(deliver())).rejects.toThrow('queue down');
  });

  it('ends the attempt after three delays of at most one attempt each, when the clock was set back', async () => {
    const { deliver, time, current, deadlines } = handled({
      attemptDeadline: BUILT_AT + 3_600_000,
      maxAttempts: 1,
    });
    for (let putOffs = 0; putOffs < MAX_PUT_OFFS; putOffs++) await time.until(deliver({ putOffs }));
    expect(deadlines.map(({ delayMs }) => delayMs)).toEqual([TIMEOUT_MS, TIMEOUT_MS, TIMEOUT_MS]);
    expect(current()).toMatchObject({ status: 'running' });
    await time.until(deliver({ putOffs: MAX_PUT_OFFS }));
    expect(current()).toMatchObject({ status: 'completed' });
  });
});

describe('The deadline message of a start that was not stored', () => {
  it('ends nothing when the same request is started again', async () => {
    const { deps, handle, time, tables, deadlines } = handled();
    // The first start sends its deadline message but cannot store its request; the client repeats it with its key.
    const { create } = deps.requests;
    Object.assign(deps.requests, { create: () => Promise.reject(new StoreUnavailableError('down')) });
    const now = deps.clock.now();
    const first = buildRequestRecord({
      attemptToken: 'first',
      attemptStartedAt: now,
      attemptDeadline: now + TIMEOUT_MS,
    });
    await expect(startRequest(deps, first)).rejects.toBeInstanceOf(StoreUnavailableError);
    Object.assign(deps.requests, { create });
    await time.advance(TIMEOUT_MS - 500);
    const startedAt = deps.clock.now();
    const second = {
      ...first,
      attemptToken: 'second',
      attemptStartedAt: startedAt,
      attemptDeadline: startedAt + TIMEOUT_MS,
    };
    await startRequest(deps, second);
    await time.advance(500);
    const [orphan] = deadlines;
    if (orphan === undefined) throw new Error('the first start sent no deadline message');
    await time.until(handle(orphan.message));
    expect(tables.requests.get(first.requestId)).toEqual(second);
  });

  it('ends nothing when another process has started the attempt', async () => {
    const { deps, record, deliver, handle, time, current, log } = handled();
    // A process sends the deadline message of attempt 2 and dies; the deadline of attempt 1 starts attempt 2 again.
    const orphan = { ...deadlineOf(record), attempt: 2, attemptToken: 'of the dead' };
    await time.until(deliver());
    expect(current()).toMatchObject({ attempt: 2, attemptToken: 'start-1' });
    await time.advance(TIMEOUT_MS);
    await time.until(handle(orphan));
    expect(current()).toMatchObject({ status: 'running', attempt: 2, verdicts: [{ attempt: 1 }] });
    expect(log.entries.map(({ event }) => event)).toContain('deadline_of_another_start');
    expect(deps.clock.now()).toBeGreaterThan(BUILT_AT);
  });

  it('does not end an attempt that has a token, when the message has none', async () => {
    const { deliver, time, current } = handled();
    await time.until(deliver({ attemptToken: null }));
    expect(current()).toMatchObject({ status: 'running', attempt: 1, verdicts: [] });
  });

  it('ends a request that the previous version stored, which has no token', async () => {
    const { deliver, time, current } = handled({ attemptToken: null, maxAttempts: 1 });
    await time.until(deliver());
    expect(current()).toMatchObject({ status: 'completed' });
  });

  it.each([
    { name: 'without a stored request', attempt: 1, exists: false },
    { name: 'whose attempt has not begun', attempt: 2, exists: true },
  ])('$name is retried for 45 s and then dropped', async ({ attempt, exists }) => {
    const { deliver, time, tables, record, current, deadlines, log } = handled();
    if (!exists) tables.requests.delete(record.requestId);
    for (let putOffs = 0; putOffs < MAX_PUT_OFFS; putOffs++) await time.until(deliver({ attempt, putOffs }));
    expect(deadlines.map(({ delayMs }) => delayMs)).toEqual([15_000, 15_000, 15_000]);
    expect(log.entries).toEqual([]);
    await time.until(deliver({ attempt, putOffs: MAX_PUT_OFFS }));
    expect(deadlines).toHaveLength(MAX_PUT_OFFS);
    expect(log.entries.map(({ event }) => event)).toEqual(['deadline_without_attempt']);
    expect(current()).toEqual(exists ? record : undefined);
  });

  it('does not count results of another start, when the key was used for another body', async () => {
    const { deliver, answer, time, current } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES.slice(0, 3), { attemptToken: 'of a record that was lost' });
    await answer(SIX_CODES.slice(3), { requestDigest: 'b'.repeat(64) });
    await time.until(deliver());
    const [verdict] = current()?.verdicts ?? [];
    expect(verdict).toMatchObject({ isValid: false, corroborating: [] });
    expect(verdict?.results.map((vote) => vote.status === 'unreadable' && vote.problem)).toEqual(
      Array(6).fill('it is about another start of the attempt'),
    );
  });
});

describe('A result that differs from the counted one', () => {
  function changed() {
    const bench = handled();
    const counted = SIX_CODES.map((perspective) =>
      buildStored(buildCheckResult({ requestId: bench.record.requestId, perspective })),
    );
    const verdict = buildVerdict({ corroborating: [...SIX_CODES], results: counted });
    return { ...bench, verdict, counted };
  }

  it('is audited and logged as an error, once per perspective, however often it is found', async () => {
    const { deps, record, deliver, time, verdict, counted, answer, audit, log } = changed();
    await deps.requests.close(record.requestId, 1, verdict);
    // One result has been replaced, one is missing, the others are unchanged.
    const [, , ...same] = SIX_CODES;
    await answer(same);
    await answer([FIRST], DISSENT);
    await time.until(deliver());
    await time.until(deliver());
    const id = record.requestId;
    expect(audit.idsOf(id, 'result-changed')).toEqual(
      SIX_CODES.slice(0, 2)
        .map((code) => `${id}/1/${code}/changed`)
        .sort(),
    );
    const errors = log.entries.filter(({ level }) => level === 'error');
    expect(errors.map(({ event, fields }) => [event, fields.perspective, fields.digest])).toEqual(
      counted
        .slice(0, 2)
        .map(({ perspective, digest }) => ['result_changed_after_verdict', perspective, digest]),
    );
    expect(errors[1]?.fields.found).toBeNull();
  });

  it("changes neither the attempt's records nor the event", async () => {
    const { deps, record, deliver, time, verdict, audit, events, answer } = changed();
    await deps.requests.close(record.requestId, 1, verdict);
    await answer(SIX_CODES, DISSENT);
    await time.until(deliver());
    const checks = audit.about(record.requestId).filter(({ event }) => event === 'perspective-check');
    expect(checks.every((check) => 'result' in check && check.result === 'caa-permission')).toBe(true);
    expect(events).toMatchObject([{ is_valid: true }]);
    expect(events[0]?.perspectives.every(({ check_passed }) => check_passed)).toBe(true);
  });

  it('is not reported for results stored between this read and the verdict of another process', async () => {
    const { deps, record, deliver, time, verdict, audit, log, answer } = changed();
    await answer(SIX_CODES.slice(0, 2));
    const { snapshot } = deps.results;
    Object.assign(deps.results, {
      snapshot: async (...asked: Parameters<typeof snapshot>) => {
        const seen = await snapshot(...asked);
        await answer(SIX_CODES.slice(2));
        await deps.requests.close(record.requestId, 1, verdict);
        return seen;
      },
    });
    await time.until(deliver());
    expect(audit.idsOf(record.requestId, 'result-changed')).toEqual([]);
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
