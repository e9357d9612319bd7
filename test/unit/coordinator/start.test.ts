import { describe, expect, it } from 'vitest';
import { dispatchJobs, redispatchJobs } from '../../../services/coordinator/dispatch.ts';
import { announceDeadline, deadlineOf, startRequest } from '../../../services/coordinator/start.ts';
import { sleep } from '../../../shared/ports/clock.ts';
import { QueueUnavailableError } from '../../../shared/ports/queues.ts';
import { buildRequestRecord, SIX_CODES } from '../../support/builders.ts';
import { createDecisionBench } from '../../support/decision-bench.ts';

const startedNow = (overrides = {}) => {
  const bench = createDecisionBench();
  const now = bench.deps.clock.now();
  const record = buildRequestRecord({ attemptStartedAt: now, attemptDeadline: now + 25_000, ...overrides });
  return { ...bench, record };
};

/** Starts a request and waits until its jobs are sent. */
async function startAndDispatch(...args: Parameters<typeof startRequest>): Promise<'created' | 'exists'> {
  const started = await startRequest(...args);
  if (started.outcome === 'created') await started.dispatched;
  return started.outcome;
}

describe('Accepting a request', () => {
  it('sends the deadline message, then stores the request, then sends the jobs', async () => {
    const { deps, record, trace, tables } = startedNow();
    expect(await startAndDispatch(deps, record)).toBe('created');
    expect(trace).toEqual(['announce', 'create', ...Array(6).fill('job')]);
    expect(tables.requests.get(record.requestId)).toEqual(record);
  });

  it('sends no jobs for an id that is taken', async () => {
    const { deps, record, trace } = startedNow();
    await startAndDispatch(deps, record);
    trace.length = 0;
    expect(await startAndDispatch(deps, record)).toBe('exists');
    expect(trace).toEqual(['announce', 'create']);
  });

  it.each([
    { name: 'in time', tookMs: 10_000, announced: 1 },
    { name: 'so late that its deadline message may have been dropped', tookMs: 10_001, announced: 2 },
    { name: 'after its process was suspended for an hour', tookMs: 3_600_000, announced: 2 },
  ])('ensures a deadline message for a request that is stored $name', async ({ tookMs, announced }) => {
    const { deps, record, deadlines, time } = startedNow();
    const { create } = deps.requests;
    Object.assign(deps.requests, {
      create: async (given: typeof record) => {
        await sleep(deps.clock, tookMs);
        return create(given);
      },
    });
    expect(await time.until(startAndDispatch(deps, record))).toBe('created');
    expect(deadlines.map(({ message }) => message)).toEqual(Array(announced).fill(deadlineOf(record)));
  });

  it('stores nothing when the deadline message cannot be sent', async () => {
    const { deps, record, trace } = startedNow();
    Object.assign(deps, { deadlines: { send: () => Promise.reject(new QueueUnavailableError('down')) } });
    await expect(startRequest(deps, record)).rejects.toBeInstanceOf(QueueUnavailableError);
    expect(trace).toEqual([]);
  });

  it('rejects after two seconds when the deadline queue does not respond', async () => {
    const { deps, record, trace, time } = startedNow();
    let signal: AbortSignal | undefined;
    Object.assign(deps, {
      deadlines: {
        send: (_body: string, _delayMs: number, given: AbortSignal) => {
          signal = given;
          return new Promise(() => {});
        },
      },
    });
    const starting = time.until(startRequest(deps, record));
    await expect(starting).rejects.toBeInstanceOf(QueueUnavailableError);
    expect(time.elapsed).toBe(2000);
    expect(signal?.aborted).toBe(true);
    expect(trace).toEqual([]);
  });

  it.each([
    {
      name: 'delivers the deadline message of an asynchronous request at its deadline',
      async: true,
      delayMs: 25_000,
    },
    {
      name: 'delivers the deadline message of a synchronous request a second later, after the waiting process decides',
      async: false,
      delayMs: 26_000,
    },
  ])('$name', async ({ async, delayMs }) => {
    const { deps, record, deadlines } = startedNow({ async });
    await announceDeadline(deps, record, deadlineOf(record));
    const { requestId, attemptToken } = record;
    expect(deadlines).toEqual([
      { message: { requestId, attempt: 1, attemptToken, asked: SIX_CODES, putOffs: 0 }, delayMs },
    ]);
  });
});

describe('Sending jobs', () => {
  it('sends one job to each perspective, the primary one included', async () => {
    const { deps, record, jobs } = startedNow({ primary: 'home' });
    await startAndDispatch(deps, record);
    expect(jobs.map(({ perspective }) => perspective)).toEqual([...SIX_CODES, 'home']);
    for (const job of jobs) {
      expect(job).toMatchObject({
        attemptToken: record.attemptToken,
        requestDigest: record.requestDigest,
      });
    }
  });

  it.each([
    { name: 'gives a job the whole time-out at the start', elapsedMs: 0, budgetMs: 25_000 },
    { name: 'gives a job the remaining time later', elapsedMs: 20_000, budgetMs: 5_000 },
    { name: 'gives a job no time after the deadline', elapsedMs: 30_000, budgetMs: 0 },
    {
      name: "gives a job at most one attempt's time-out when the clock is behind",
      elapsedMs: -60_000,
      budgetMs: 25_000,
    },
  ])('$name', async ({ elapsedMs, budgetMs }) => {
    const { deps, record, jobs } = startedNow();
    const attemptDeadline = record.attemptDeadline - elapsedMs;
    await dispatchJobs(deps, { ...record, attemptDeadline }, SIX_CODES.slice(0, 1));
    expect(jobs.map((job) => job.budgetMs)).toEqual([budgetMs]);
  });

  it("tries a failing queue three times, then gives up that perspective's job", async () => {
    const { deps, record, jobs, time, log } = startedNow();
    const { send } = deps.jobs;
    const asked: string[] = [];
    Object.assign(deps, {
      jobs: {
        send: (perspective: string, body: string) => {
          asked.push(perspective);
          if (perspective === SIX_CODES[0]) throw new QueueUnavailableError('down');
          return send(perspective, body);
        },
      },
    });
    await time.until(dispatchJobs(deps, record, SIX_CODES));
    expect(asked.filter((code) => code === SIX_CODES[0])).toHaveLength(3);
    expect(jobs).toHaveLength(5);
    expect(log.entries.map(({ fields }) => fields.givenUp)).toEqual([false, false, true]);
  });

  it.each([
    { name: 'does not respond', send: () => new Promise(() => {}) },
    {
      name: 'fails slowly each time',
      send: () => new Promise((_, reject) => setImmediate(() => reject(new QueueUnavailableError('busy')))),
    },
  ])('gives up after a second on a queue that $name', async ({ send: hang }) => {
    const { deps, record, jobs, time, log } = startedNow();
    const { send } = deps.jobs;
    const signals: (AbortSignal | undefined)[] = [];
    Object.assign(deps, {
      jobs: {
        send: (perspective: string, body: string, signal?: AbortSignal) => {
          if (perspective !== SIX_CODES[0]) return send(perspective, body);
          signals.push(signal);
          return hang();
        },
      },
    });
    await time.until(dispatchJobs(deps, record, SIX_CODES));
    expect(time.elapsed).toBeLessThanOrEqual(1000);
    expect(jobs).toHaveLength(5);
    expect(log.entries.at(-1)?.fields).toMatchObject({ perspective: SIX_CODES[0], givenUp: true });
    expect(signals.every((signal) => signal !== undefined)).toBe(true);
  });

  it.each([
    { name: 'a synchronous request', async: false, again: false, notify: false },
    { name: 'an asynchronous request', async: true, again: false, notify: true },
    { name: 'any request whose jobs are sent again', async: false, again: true, notify: true },
  ])('sets notify of the jobs of $name', async ({ async, again, notify }) => {
    const { deps, record, jobs } = startedNow({ async });
    await dispatchJobs(deps, record, SIX_CODES, again);
    expect(new Set(jobs.map((job) => job.notify))).toEqual(new Set([notify]));
  });
});

describe('Sending jobs again', () => {
  const sentTo = (jobs: readonly { perspective: string }[]) => jobs.map(({ perspective }) => perspective);

  it('sends them only to perspectives without a result', async () => {
    const { deps, record, jobs, tables, answer } = startedNow();
    tables.requests.set(record.requestId, record);
    await answer(record, SIX_CODES[0]);
    await redispatchJobs(deps, record);
    expect(sentTo(jobs)).toEqual(SIX_CODES.slice(1));
    expect(jobs.every(({ notify }) => notify)).toBe(true);
  });

  it.each([
    { name: '1999 ms after they were sent', waitMs: 1999, isSent: false },
    { name: '2000 ms after they were sent', waitMs: 2000, isSent: true },
  ])('$name: $isSent', async ({ waitMs, isSent }) => {
    const { deps, record, jobs, time } = startedNow();
    await startAndDispatch(deps, record);
    await time.advance(waitMs);
    jobs.length = 0;
    await Promise.all([redispatchJobs(deps, record), redispatchJobs(deps, record)]);
    expect(sentTo(jobs)).toEqual(isSent ? SIX_CODES : []);
  });

  it('is limited separately for each start of an attempt', async () => {
    const { deps, record, jobs } = startedNow();
    await startAndDispatch(deps, record);
    jobs.length = 0;
    await redispatchJobs(deps, { ...record, attemptToken: 'of another start' });
    expect(sentTo(jobs)).toEqual(SIX_CODES);
  });
});
