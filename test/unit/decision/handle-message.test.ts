import { describe, expect, it } from 'vitest';
import { createDecisionHandler } from '../../../services/decision/handle-message.ts';
import { UnreadableMessageError } from '../../../shared/messages/contract.ts';
import { type DecisionMessage, serialiseDecisionMessage } from '../../../shared/messages/decision-message.ts';
import { buildRequestRecord, buildVerdict, SIX_CODES } from '../../support/builders.ts';
import { createDecisionBench, DISSENT, FIRST } from '../../support/decision-bench.ts';

const LINGER_MS = 300;

function handled(overrides = {}) {
  const bench = createDecisionBench();
  const record = buildRequestRecord({ async: true, ...overrides });
  bench.tables.requests.set(record.requestId, record);
  const handler = createDecisionHandler(bench.deps, { lingerMs: LINGER_MS });
  const deliver = (kind: DecisionMessage['kind'], attempt = 1) =>
    handler({
      messageId: 'm',
      body: serialiseDecisionMessage({ kind, requestId: record.requestId, attempt, asked: SIX_CODES }),
      receiveCount: 1,
      ageMs: 0,
    });
  const current = () => bench.tables.requests.get(record.requestId);
  const answer = (codes: readonly string[], changes = {}) =>
    Promise.all(codes.map((code) => bench.answer(record, code, changes)));
  return { ...bench, record, handler, deliver, current, answer };
}

describe('Messages of the decision queue', () => {
  it('one result of many changes nothing', async () => {
    const { deliver, answer, time, current } = handled();
    await answer([FIRST]);
    await time.until(deliver('result-written'));
    expect(current()).toMatchObject({ status: 'running' });
    expect(time.elapsed).toBe(0);
  });

  it('the last result decides at once and publishes', async () => {
    const { deliver, answer, time, current, trace, forgotten } = handled();
    await answer(SIX_CODES);
    await time.until(deliver('result-written'));
    expect(current()).toMatchObject({ status: 'completed', published: true });
    expect(time.elapsed).toBe(0);
    expect(trace).toEqual(['close', 'audit', 'publish', 'mark']);
    expect(forgotten).toHaveLength(1);
  });

  it('a settled verdict waits for stragglers, once for all messages about it', async () => {
    const { deliver, answer, time, current, tables } = handled();
    await answer(SIX_CODES.slice(0, 5));
    await time.until(Promise.all([deliver('result-written'), deliver('result-written')]));
    expect(time.elapsed).toBe(LINGER_MS);
    expect(current()?.verdicts[0]?.counted).toHaveLength(5);
    expect(tables.verdictWrites).toHaveLength(1);
  });

  it('a straggler ends the wait', async () => {
    const { deliver, answer, time, current, deps } = handled();
    await answer(SIX_CODES.slice(0, 5));
    const waiting = deliver('result-written');
    deps.clock.schedule(100, () => void answer(SIX_CODES.slice(5)).then(() => deliver('result-written')));
    await time.until(waiting);
    expect(time.elapsed).toBeLessThan(LINGER_MS);
    expect(current()?.verdicts[0]?.counted).toHaveLength(6);
  });

  it('a message that comes as a look ends is looked at', async () => {
    // The second message arrives with its result in the very turn in which the first look has found too little.
    for (let turns = 0; turns < 12; turns++) {
      const { deliver, answer, time, current } = handled();
      await answer(SIX_CODES.slice(0, 4));
      const first = deliver('result-written');
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const second = answer(SIX_CODES.slice(4)).then(() => deliver('result-written'));
      await time.until(Promise.all([first, second]));
      expect(current(), `after ${turns} turns`).toMatchObject({ status: 'completed' });
    }
  });

  it('the deadline turns silence into an answer', async () => {
    const { deliver, answer, time, current, forgotten } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES.slice(0, 4));
    await time.until(deliver('deadline'));
    expect(current()?.verdicts).toMatchObject([{ isValid: false, counted: SIX_CODES.slice(0, 4) }]);
    expect(forgotten).toEqual([]);
  });

  it('the deadline starts the next attempt: its own deadline first, then the write, then the jobs', async () => {
    const { deliver, answer, time, current, trace, decisions } = handled();
    await answer(SIX_CODES, DISSENT);
    await time.until(deliver('deadline'));
    expect(current()).toMatchObject({ status: 'running', attempt: 2 });
    expect(trace).toEqual(['announce', 'advance', ...Array(6).fill('job')]);
    expect(decisions).toMatchObject([{ message: { kind: 'deadline', attempt: 2 }, delayMs: 25_000 }]);
  });

  it('the deadline of an attempt that is over leaves the next one alone', async () => {
    const { deliver, time, current, record, deps } = handled();
    await deps.requests.advance(record.requestId, 1, buildVerdict({ isValid: false }), {
      startedAt: 0,
      deadline: 0,
    });
    await time.until(deliver('deadline', 1));
    expect(current()).toMatchObject({ status: 'running', attempt: 2 });
  });

  it('the deadline of an attempt that has not begun does nothing', async () => {
    const { deliver, time, current } = handled();
    await time.until(deliver('deadline', 2));
    expect(current()).toMatchObject({ status: 'running', attempt: 1, verdicts: [] });
  });

  it('the deadline publishes what was decided and not published', async () => {
    const { deliver, answer, time, deps, record, events, audit } = handled();
    await answer(SIX_CODES);
    await deps.requests.close(record.requestId, 1, buildVerdict({ corroborating: [...SIX_CODES] }));
    await time.until(deliver('deadline'));
    expect(events.map(({ event_id }) => event_id)).toEqual([`${record.requestId}/completed`]);
    expect(audit.idsOf(record.requestId, 'perspective-check')).toHaveLength(6);
  });

  it('a result after the verdict does not publish: whoever decided is at it', async () => {
    const { deliver, answer, time, deps, record, events, audit } = handled();
    await answer(SIX_CODES);
    await deps.requests.close(record.requestId, 1, buildVerdict({ counted: SIX_CODES.slice(0, 5) }));
    await time.until(deliver('result-written'));
    expect(events).toEqual([]);
    expect(audit.idsOf(record.requestId, 'late-result')).toEqual([
      `${record.requestId}/1/${SIX_CODES[5]}/late`,
    ]);
  });

  it('a deadline that comes second at the verdict still sees to the publication', async () => {
    const { deliver, answer, time, deps, record, events, audit } = handled({ maxAttempts: 1 });
    await answer(SIX_CODES);
    // Between the look and the write another process decides without the last result, and dies.
    const { close } = deps.requests;
    Object.assign(deps.requests, {
      close: async (...call: Parameters<typeof close>) => {
        Object.assign(deps.requests, { close });
        await close(record.requestId, 1, buildVerdict({ counted: SIX_CODES.slice(0, 5) }));
        return close(...call);
      },
    });
    await time.until(deliver('deadline'));
    expect(events).toHaveLength(1);
    expect(audit.idsOf(record.requestId, 'late-result')).toHaveLength(1);
    expect(audit.contradictions).toEqual([]);
  });

  it('a deadline without a request is dropped', async () => {
    const { handler, time, log } = handled();
    const body = serialiseDecisionMessage({
      kind: 'deadline',
      requestId: buildRequestRecord().requestId,
      attempt: 1,
      asked: SIX_CODES,
    });
    await time.until(handler({ messageId: 'm', body, receiveCount: 1, ageMs: 0 }));
    expect(log.entries.map(({ event }) => event)).toEqual(['deadline_without_request']);
  });

  it.each(['', 'null', '{"contract":"2.0"}', '{"contract":"1.0","kind":"other"}'])(
    'a body of %j fails, so that it ends where an operator finds it',
    async (body) => {
      const { handler } = handled();
      await expect(handler({ messageId: 'm', body, receiveCount: 1, ageMs: 0 })).rejects.toBeInstanceOf(
        UnreadableMessageError,
      );
    },
  );
});
