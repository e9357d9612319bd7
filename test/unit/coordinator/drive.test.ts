import { describe, expect, it } from 'vitest';
import { driveRequest } from '../../../services/coordinator/drive.ts';
import { StoreUnavailableError } from '../../../shared/ports/request-store.ts';
import { buildRequestRecord, buildVerdict, SIX_CODES } from '../../support/builders.ts';
import { createDecisionBench, DISSENT, withUnread } from '../../support/decision-bench.ts';

const LINGER_MS = 300;

function driven(overrides = {}) {
  const bench = createDecisionBench();
  const record = buildRequestRecord(overrides);
  bench.tables.requests.set(record.requestId, record);
  const clock = bench.deps.clock;
  const answerAt = (delayMs: number, codes: readonly string[], changes = {}) => {
    for (const code of codes) clock.schedule(delayMs, () => void bench.answer(record, code, changes));
  };
  const kept: Promise<void>[] = [];
  const keep = (work: Promise<void>) => void kept.push(work);
  const drive = () => bench.time.until(driveRequest(bench.deps, record, { lingerMs: LINGER_MS, keep }));
  return { ...bench, record, answerAt, drive, kept };
}

describe('Driving a request', () => {
  it('decides at once when every perspective has responded', async () => {
    const { answerAt, drive, time } = driven();
    answerAt(100, SIX_CODES);
    const { record, closedHere } = await drive();
    expect(record).toMatchObject({ status: 'completed', verdicts: [{ isValid: true }] });
    expect(record.verdicts[0]?.counted).toEqual(SIX_CODES);
    expect(record.verdicts[0]?.results.map(({ perspective }) => perspective)).toEqual(SIX_CODES);
    expect(closedHere).toBe(true);
    expect(time.elapsed).toBeLessThan(100 + LINGER_MS);
  });

  it('waits for the last perspective at most the linger time', async () => {
    const { answerAt, drive, time } = driven();
    answerAt(100, SIX_CODES.slice(0, 5));
    answerAt(1000, SIX_CODES.slice(5));
    const { record } = await drive();
    expect(record.verdicts[0]?.counted).toHaveLength(5);
    expect(time.elapsed).toBeGreaterThanOrEqual(100 + LINGER_MS);
    expect(time.elapsed).toBeLessThan(200 + LINGER_MS);
  });

  it('counts a result that arrives within the linger time', async () => {
    const { answerAt, drive } = driven();
    answerAt(100, SIX_CODES.slice(0, 5));
    answerAt(250, SIX_CODES.slice(5));
    expect((await drive()).record.verdicts[0]?.counted).toHaveLength(6);
  });

  it('waits for the deadline while the verdict is open', async () => {
    const { answerAt, drive, time, record } = driven({ maxAttempts: 1 });
    answerAt(100, SIX_CODES.slice(0, 4));
    const done = await drive();
    expect(done.record.verdicts[0]).toMatchObject({ isValid: false, counted: SIX_CODES.slice(0, 4) });
    expect(time.elapsed).toBeGreaterThanOrEqual(record.attemptTimeoutMs);
  });

  it('goes on to the next attempt without the results of the first', async () => {
    const { answerAt, drive, tables, jobs, record, deps, answer } = driven();
    answerAt(100, SIX_CODES, DISSENT);
    deps.clock.schedule(1000, () => {
      for (const code of SIX_CODES) void answer({ ...record, attempt: 2 }, code);
    });
    const done = await drive();
    expect(done.record.verdicts.map(({ isValid }) => isValid)).toEqual([false, true]);
    expect(jobs.map(({ attempt }) => attempt)).toEqual(Array(6).fill(2));
    expect(tables.verdictWrites).toHaveLength(2);
    expect(done.record.verdicts.map(({ results }) => results.length)).toEqual([6, 6]);
  });

  it('reports the verdict that another process wrote first', async () => {
    const { drive, tables, deps, record, answerAt } = driven();
    answerAt(100, SIX_CODES.slice(0, 5));
    deps.clock.schedule(
      200,
      () => void deps.requests.close(record.requestId, 1, buildVerdict({ isValid: false, counted: [] })),
    );
    const { record: decided, closedHere } = await drive();
    expect(closedHere).toBe(false);
    expect(decided.verdicts).toMatchObject([{ isValid: false }]);
    expect(tables.verdictWrites).toHaveLength(1);
  });

  it('continues with the attempt that another process started', async () => {
    const { drive, deps, record, answer } = driven();
    deps.clock.schedule(
      200,
      () =>
        void deps.requests.advance(record.requestId, 1, buildVerdict({ isValid: false, counted: [] }), {
          token: 'another',
          startedAt: deps.clock.now(),
          deadline: deps.clock.now() + record.attemptTimeoutMs,
        }),
    );
    deps.clock.schedule(30_000, () => {
      for (const code of SIX_CODES) void answer({ ...record, attempt: 2 }, code);
    });
    const { record: decided } = await drive();
    expect(decided.verdicts.map(({ isValid }) => isValid)).toEqual([false, true]);
  });

  it('pauses between reads when a store returns no results before the deadline', async () => {
    const { drive, deps } = driven({ maxAttempts: 1 });
    let looks = 0;
    const nextResults = async () => {
      looks += 1;
      return [];
    };
    Object.assign(deps, { results: { ...deps.results, nextResults } });
    await drive();
    // 25 seconds in steps of 50 ms.
    expect(looks).toBeLessThan(600);
  });

  it.each([1, 3])('tolerates %i store failures while it waits', async (failures) => {
    const { drive, deps, answerAt } = driven();
    let left = failures;
    const { nextResults } = deps.results;
    Object.assign(deps, {
      results: {
        ...deps.results,
        nextResults: (...call: Parameters<typeof nextResults>) => {
          if (left-- > 0) throw new StoreUnavailableError('down');
          return nextResults(...call);
        },
      },
    });
    answerAt(100, SIX_CODES);
    expect((await drive()).record.verdicts[0]?.counted).toHaveLength(6);
  });

  it('rejects when the verdict cannot be written', async () => {
    const { drive, deps, answerAt } = driven();
    Object.assign(deps, {
      requests: { ...deps.requests, close: () => Promise.reject(new StoreUnavailableError('down')) },
    });
    answerAt(100, SIX_CODES);
    await expect(drive()).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('does not wait until the jobs of the next attempt are sent', async () => {
    const { answerAt, drive, time, record, deps, answer, kept } = driven();
    Object.assign(deps, { jobs: { send: () => new Promise(() => {}) } });
    answerAt(100, SIX_CODES, DISSENT);
    deps.clock.schedule(200, () => {
      for (const code of SIX_CODES) void answer({ ...record, attempt: 2 }, code);
    });
    const done = await drive();
    expect(done.record.verdicts.map(({ isValid }) => isValid)).toEqual([false, true]);
    expect(time.elapsed).toBeLessThan(500);
    await time.until(Promise.all(kept));
    expect(kept).toHaveLength(1);
  });

  describe('when results cannot be read at the deadline', () => {
    it('writes no verdict and rejects, so that the deadline message retries', async () => {
      const { answerAt, drive, deps, tables, record, time } = driven({ maxAttempts: 1 });
      const { results } = deps;
      const down = () => Promise.reject(new StoreUnavailableError('down'));
      Object.assign(deps, { results: { ...results, nextResults: down, snapshot: down } });
      answerAt(100, SIX_CODES);
      await expect(drive()).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(tables.verdictWrites).toEqual([]);
      expect(time.elapsed).toBeGreaterThanOrEqual(record.attemptTimeoutMs);
    });

    it('counts the results of one last read', async () => {
      const { answerAt, drive, deps } = driven({ maxAttempts: 1 });
      const down = () => Promise.reject(new StoreUnavailableError('down'));
      Object.assign(deps, { results: { ...deps.results, nextResults: down } });
      answerAt(100, SIX_CODES);
      expect((await drive()).record.verdicts).toMatchObject([{ isValid: true, counted: SIX_CODES }]);
    });

    it.each([
      { name: 'could make the verdict valid leaves it undecided', answers: 4, isDecided: false },
      { name: 'cannot change the verdict counts as missing', answers: 3, isDecided: true },
    ])('an unreadable result that $name', async ({ answers, isDecided }) => {
      const { answerAt, drive, deps, tables } = driven({ maxAttempts: 1 });
      withUnread(deps, SIX_CODES[5]);
      answerAt(100, SIX_CODES.slice(0, answers));
      await drive().catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailableError));
      expect(tables.verdictWrites).toHaveLength(isDecided ? 1 : 0);
    });
  });
});
