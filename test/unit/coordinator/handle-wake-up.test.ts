import { describe, expect, it } from 'vitest';
import { createWakeUpHandler } from '../../../services/coordinator/handle-wake-up.ts';
import { serialiseWakeUp, type WakeUp } from '../../../shared/contract/messages/wake-up.ts';
import { buildRequestRecord, buildVerdict, SIX_CODES } from '../../support/builders.ts';
import { createDecisionBench, DISSENT, FIRST, withUnread } from '../../support/decision-bench.ts';

const LINGER_MS = 300;

function handled(overrides = {}) {
  const bench = createDecisionBench();
  const record = buildRequestRecord({ async: true, ...overrides });
  bench.tables.requests.set(record.requestId, record);
  /** Reads made, in order. */
  const seen: string[] = [];
  const watch = <Port extends object>(port: Port, ...methods: (keyof Port)[]) => {
    for (const method of methods) {
      const call = port[method] as (...given: unknown[]) => unknown;
      const watched = (...given: unknown[]) => {
        seen.push(String(method));
        return call(...given);
      };
      Object.assign(port, { [method]: watched });
    }
  };
  watch(bench.deps.requests, 'read');
  watch(bench.deps.results, 'readResults', 'snapshot');
  const handler = createWakeUpHandler(bench.deps, { lingerMs: LINGER_MS });
  const deliver = (changes: Partial<WakeUp> = {}) =>
    handler({
      messageId: 'm',
      body: serialiseWakeUp({ requestId: record.requestId, attempt: 1, ...changes }),
      receiveCount: 1,
      ageMs: 0,
    });
  const current = () => bench.tables.requests.get(record.requestId);
  const answer = (codes: readonly string[], changes = {}) =>
    Promise.all(codes.map((code) => bench.answer(record, code, changes)));
  return { ...bench, record, handler, deliver, current, answer, seen };
}

describe('Wake-ups', () => {
  it('one result of several changes nothing', async () => {
    const { deliver, answer, time, current } = handled();
    await answer([FIRST]);
    await time.until(deliver());
    expect(current()).toMatchObject({ status: 'running' });
    expect(time.elapsed).toBe(0);
  });

  it('do not report the primary perspective as failed when the verdict is settled before its result arrives', async () => {
    const { deliver, answer, time, current } = handled({ maxAttempts: 1, primary: 'cdg' });
    await answer(SIX_CODES.slice(0, 3), DISSENT);
    await time.until(deliver());
    const [verdict] = current()?.verdicts ?? [];
    expect(verdict).toMatchObject({ isValid: false, baseline: { primary: { status: 'pending' } } });
    expect(verdict?.baseline.reasons).not.toContain('primary-failed');
  });

  it('the last result decides at once and publishes', async () => {
    const { deliver, answer, time, current, trace, forgotten } = handled();
    await answer(SIX_CODES);
    await time.until(deliver());
    expect(current()).toMatchObject({ status: 'completed', published: true });
    expect(time.elapsed).toBe(0);
    expect(trace).toEqual(['close', 'audit', 'publish', 'mark']);
    expect(forgotten).toHaveLength(1);
  });

  it('a settled verdict waits for the remaining results, once for all its messages', async () => {
    const { deliver, answer, time, current, tables } = handled();
    await answer(SIX_CODES.slice(0, 5));
    await time.until(Promise.all([deliver(), deliver()]));
    expect(time.elapsed).toBe(LINGER_MS);
    expect(current()?.verdicts[0]?.counted).toHaveLength(5);
    expect(tables.verdictWrites).toHaveLength(1);
  });

  it('the last result ends the wait', async () => {
    const { deliver, answer, time, current, deps } = handled();
    await answer(SIX_CODES.slice(0, 5));
    const waiting = deliver();
    deps.clock.schedule(100, () => void answer(SIX_CODES.slice(5)).then(() => deliver()));
    await time.until(waiting);
    expect(time.elapsed).toBeLessThan(LINGER_MS);
    expect(current()?.verdicts[0]?.counted).toHaveLength(6);
  });

  it('a message that arrives as a read ends causes another read', async () => {
    // The second message arrives in the same turn in which the first read finds too few results.
    for (let turns = 0; turns < 12; turns++) {
      const { deliver, answer, time, current } = handled();
      await answer(SIX_CODES.slice(0, 4));
      const first = deliver();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const second = answer(SIX_CODES.slice(4)).then(() => deliver());
      await time.until(Promise.all([first, second]));
      expect(current(), `after ${turns} turns`).toMatchObject({ status: 'completed' });
    }
  });

  it('a result after the verdict is audited, and publication is left to the process that decided', async () => {
    const { deliver, answer, time, deps, record, events, audit } = handled();
    await answer(SIX_CODES);
    await deps.requests.close(record.requestId, 1, buildVerdict({ counted: SIX_CODES.slice(0, 5) }));
    await time.until(deliver());
    expect(events).toEqual([]);
    expect(audit.idsOf(record.requestId, 'late-result')).toEqual([
      `${record.requestId}/1/${SIX_CODES[5]}/late`,
    ]);
  });

  it('a late result is audited once, however many messages its perspective sends', async () => {
    const { deliver, answer, time, deps, record, audit } = handled();
    await answer(SIX_CODES);
    await deps.requests.close(record.requestId, 1, buildVerdict({ counted: SIX_CODES.slice(0, 4) }));
    const appended: number[] = [];
    const { append } = audit;
    audit.append = async (records) => {
      appended.push(records.length);
      return append.call(audit, records);
    };
    for (let message = 0; message < 5; message++) await time.until(deliver());
    expect(appended).toEqual([1, 1]);
  });

  it.each([
    {
      name: 'about an unknown request',
      change: { requestId: '01978f00-0000-7000-8000-00000000dead' },
      calls: ['read'],
    },
    { name: 'about an attempt that has not begun', change: { attempt: 7 }, calls: ['read'] },
  ])('a message $name causes one read of the request and nothing else', async ({ change, calls }) => {
    const { deliver, time, seen, current } = handled();
    await time.until(deliver(change));
    expect(seen).toEqual(calls);
    expect(current()).toMatchObject({ status: 'running', verdicts: [] });
  });

  it('further messages about a finished attempt with all results cause one read in total', async () => {
    const { deliver, answer, time, seen } = handled();
    await answer(SIX_CODES);
    await time.until(deliver());
    seen.length = 0;
    for (let message = 0; message < 1_000; message++) await time.until(deliver());
    expect(seen).toEqual(['read']);
  });

  it('many messages about one attempt cause one read at a time', async () => {
    const { deliver, answer, time, seen, current } = handled();
    await answer(SIX_CODES.slice(0, 2));
    await time.until(Promise.all(Array.from({ length: 5_000 }, () => deliver())));
    // The read in progress, and one more for all messages that arrived meanwhile.
    expect(seen).toEqual(['read', 'snapshot', 'read', 'snapshot']);
    expect(current()).toMatchObject({ status: 'running' });
  });

  it('an unreadable result does not delay a settled verdict beyond the linger time', async () => {
    const { deliver, answer, time, deps, current } = handled();
    await answer(SIX_CODES.slice(0, 5));
    withUnread(deps, SIX_CODES[5]);
    await time.until(deliver());
    expect(current()?.verdicts).toMatchObject([{ isValid: true, counted: SIX_CODES.slice(0, 5) }]);
    expect(time.elapsed).toBeLessThanOrEqual(LINGER_MS);
  });

  it('a message is retried while an unreadable result could decide the verdict', async () => {
    const { deliver, answer, time, deps, current } = handled();
    await answer(SIX_CODES.slice(0, 4));
    withUnread(deps, SIX_CODES[5]);
    await expect(time.until(deliver())).rejects.toThrow('cannot be read');
    expect(current()).toMatchObject({ status: 'running' });
  });

  it('a message that arrives during a read is acknowledged at once', async () => {
    const { deliver, answer, time } = handled();
    await answer(SIX_CODES.slice(0, 5));
    const looking = deliver();
    await time.advance(1);
    let isDone = false;
    void deliver().then(() => {
      isDone = true;
    });
    await time.advance(0);
    expect(isDone).toBe(true);
    await time.until(looking);
  });

  it('a message that arrives while a late result is audited causes another read', async () => {
    const { deliver, answer, time, deps, record, audit } = handled();
    await deps.requests.close(record.requestId, 1, buildVerdict({ counted: SIX_CODES.slice(0, 4) }));
    await answer(SIX_CODES.slice(0, 5));
    const { publishLateResults } = deps.publisher;
    let second: Promise<unknown> = Promise.resolve();
    Object.assign(deps.publisher, {
      publishLateResults: async (...call: Parameters<typeof publishLateResults>) => {
        Object.assign(deps.publisher, { publishLateResults });
        second = answer(SIX_CODES.slice(5)).then(() => deliver());
        await second;
        return publishLateResults(...call);
      },
    });
    await time.until(deliver());
    await time.until(second);
    expect(audit.idsOf(record.requestId, 'late-result')).toHaveLength(2);
  });

  const FORGED = { requestId: '01978f00-0000-7000-8000-000000000001', attempt: 1, asked: [] };
  it.each([
    '',
    'null',
    '{"contract":"2.0"}',
    '{"contract":"1.0","kind":"other"}',
    JSON.stringify({ contract: '1.0', kind: 'deadline', ...FORGED }),
    JSON.stringify({ contract: '1.1', kind: 'deadline', ...FORGED, attemptToken: null, putOffs: 3 }),
  ])('an unreadable message %j is logged and dropped', async (body) => {
    const { handler, log, seen } = handled();
    await handler({ messageId: 'm', body, receiveCount: 1, ageMs: 0 });
    expect(seen).toEqual([]);
    expect(log.entries).toMatchObject([
      { level: 'warn', event: 'wake_up_unreadable', fields: { messageId: 'm' } },
    ]);
    expect(String(log.entries[0]?.fields.problem).length).toBeLessThanOrEqual(300);
  });
});
