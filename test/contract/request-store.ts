import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import {
  BUILT_AT,
  buildCheckResult,
  buildDcvCheck,
  buildDnsDcvDetails,
  buildRequestRecord,
  buildStored,
  buildVerdict,
  SIX_CODES,
  unreadable,
} from '../support/builders.ts';
import { type Capabilities, EVERYTHING, itIf, type StoreSubject } from './subjects.ts';

const NEXT = { token: 'the next start', startedAt: BUILT_AT + 50, deadline: BUILT_AT + 25_050 };
const CALLERS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The contract of every {@link RequestStore}. */
export function describeRequestStore(
  name: string,
  factory: () => Promise<StoreSubject>,
  can: Capabilities = EVERYTHING,
): void {
  describe(`RequestStore: ${name}`, () => {
    let subject: StoreSubject;
    beforeAll(async () => {
      subject = await factory();
    });
    afterAll(() => subject.close());

    async function created(overrides: Parameters<typeof buildRequestRecord>[0] = {}) {
      const record = buildRequestRecord(overrides);
      expect(await subject.requests.create(record)).toBe('created');
      return record;
    }

    describe('create and read', () => {
      it.each([
        { name: 'returns a CAA request as created', overrides: {} },
        { name: 'returns a DCV request as created', overrides: { check: buildDcvCheck() } },
        {
          name: 'returns an asynchronous request with a primary perspective as created',
          overrides: { async: true, primary: 'home' },
        },
        {
          name: 'keeps absent optional members absent',
          overrides: {
            traceIdentifier: null,
            echo: { domainOrIpTarget: 'example.test', orchestrationParameters: null, checkParameters: null },
          },
        },
        {
          name: 'returns non-ASCII text as created',
          overrides: { traceIdentifier: 'Bücher 書籍 😀 \u0000 "quoted" \\' },
        },
        {
          name: 'returns a trace identifier of 60 KiB as created',
          overrides: { traceIdentifier: 'x'.repeat(60 * 1024) },
        },
      ])('$name', async ({ overrides }) => {
        const record = await created(overrides);
        expect(await subject.requests.read(record.requestId)).toEqual(record);
      });

      it('returns null for an unknown id', async () => {
        expect(await subject.requests.read(randomUUID())).toBeNull();
      });

      it('returns exists for a second request with the same id, and changes nothing', async () => {
        const record = await created();
        expect(await subject.requests.create({ ...record, caller: 'somebody else' })).toBe('exists');
        expect(await subject.requests.read(record.requestId)).toEqual(record);
      });

      it('creates exactly one of concurrent requests with one id, and stores that one', async () => {
        const records = CALLERS.map((caller) => buildRequestRecord({ caller: `caller ${caller}` }));
        const requestId = randomUUID();
        const outcomes = await Promise.all(
          records.map((record) => subject.requests.create({ ...record, requestId })),
        );
        expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
        const winner = records[outcomes.indexOf('created')];
        expect((await subject.requests.read(requestId))?.caller).toBe(winner?.caller);
      });

      it('keeps an id taken after its request is completed and published', async () => {
        const record = await created();
        await subject.requests.close(record.requestId, 1, buildVerdict());
        await subject.requests.markPublished(record.requestId);
        expect(await subject.requests.create(record)).toBe('exists');
      });
    });

    describe('advance', () => {
      it('starts the next attempt and keeps the verdict of the one that ended', async () => {
        const record = await created();
        const verdict = buildVerdict({ isValid: false });
        expect(await subject.requests.advance(record.requestId, 1, verdict, NEXT)).toBe('written');
        expect(await subject.requests.read(record.requestId)).toEqual({
          ...record,
          attempt: 2,
          attemptToken: NEXT.token,
          attemptStartedAt: NEXT.startedAt,
          attemptDeadline: NEXT.deadline,
          verdicts: [verdict],
        });
      });

      it.each([
        { name: 'an attempt that has not started', attempt: 2 },
        { name: 'an attempt that has ended', attempt: 0 },
      ])('returns superseded for $name, and changes nothing', async ({ attempt }) => {
        const record = await created();
        expect(await subject.requests.advance(record.requestId, attempt, buildVerdict(), NEXT)).toBe(
          'superseded',
        );
        expect(await subject.requests.read(record.requestId)).toEqual(record);
      });

      it('returns superseded for an unknown request, and creates no request', async () => {
        const requestId = randomUUID();
        expect(await subject.requests.advance(requestId, 1, buildVerdict(), NEXT)).toBe('superseded');
        expect(await subject.requests.read(requestId)).toBeNull();
      });

      it('returns superseded for a completed request', async () => {
        const record = await created();
        await subject.requests.close(record.requestId, 1, buildVerdict());
        expect(await subject.requests.advance(record.requestId, 1, buildVerdict(), NEXT)).toBe('superseded');
      });

      it('writes exactly one of concurrent advances of one attempt', async () => {
        const record = await created();
        const outcomes = await Promise.all(
          CALLERS.map(() => subject.requests.advance(record.requestId, 1, buildVerdict(), NEXT)),
        );
        expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
        const after = await subject.requests.read(record.requestId);
        expect(after).toMatchObject({ attempt: 2, verdicts: [buildVerdict()] });
      });
    });

    describe('close', () => {
      it('completes the request with the verdict and its decision time', async () => {
        const record = await created();
        const verdict = buildVerdict();
        expect(await subject.requests.close(record.requestId, 1, verdict)).toBe('written');
        expect(await subject.requests.read(record.requestId)).toEqual({
          ...record,
          status: 'completed',
          completedAt: verdict.decidedAt,
          verdicts: [verdict],
        });
      });

      it('keeps the verdicts of all attempts in order', async () => {
        const record = await created();
        const verdicts = [buildVerdict({ isValid: false }), buildVerdict({ attempt: 2 })] as const;
        await subject.requests.advance(record.requestId, 1, verdicts[0], NEXT);
        expect(await subject.requests.close(record.requestId, 2, verdicts[1])).toBe('written');
        expect((await subject.requests.read(record.requestId))?.verdicts).toEqual(verdicts);
      });

      it('writes exactly one of concurrent closes, and stores its verdict', async () => {
        const record = await created();
        const verdicts = CALLERS.map((caller) =>
          buildVerdict({ decidedAt: BUILT_AT + caller, isValid: caller % 2 === 0 }),
        );
        const outcomes = await Promise.all(
          verdicts.map((verdict) => subject.requests.close(record.requestId, 1, verdict)),
        );
        expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
        const winner = verdicts[outcomes.indexOf('written')];
        const after = await subject.requests.read(record.requestId);
        expect(after).toMatchObject({
          status: 'completed',
          completedAt: winner?.decidedAt,
          verdicts: [winner],
        });
      });

      it('writes exactly one of a concurrent close and advance', async () => {
        for (const closeFirst of [true, false]) {
          const record = await created();
          const close = () => subject.requests.close(record.requestId, 1, buildVerdict());
          const advance = () => subject.requests.advance(record.requestId, 1, buildVerdict(), NEXT);
          const [first, second] = closeFirst ? [close, advance] : [advance, close];
          const outcomes = await Promise.all([first(), second()]);
          expect([...outcomes].sort()).toEqual(['superseded', 'written']);
          const closed = outcomes[closeFirst ? 0 : 1] === 'written';
          expect(await subject.requests.read(record.requestId)).toMatchObject({
            status: closed ? 'completed' : 'running',
            attempt: closed ? 1 : 2,
            verdicts: [buildVerdict()],
          });
        }
      });

      it('returns superseded for a verdict on an earlier attempt, and changes nothing', async () => {
        const record = await created();
        await subject.requests.advance(record.requestId, 1, buildVerdict({ isValid: false }), NEXT);
        const before = await subject.requests.read(record.requestId);
        expect(await subject.requests.close(record.requestId, 1, buildVerdict())).toBe('superseded');
        expect(await subject.requests.read(record.requestId)).toEqual(before);
      });

      it('returns superseded for a second verdict on a completed request, and keeps the first', async () => {
        const record = await created();
        await subject.requests.close(record.requestId, 1, buildVerdict({ isValid: false }));
        expect(await subject.requests.close(record.requestId, 1, buildVerdict())).toBe('superseded');
        expect((await subject.requests.read(record.requestId))?.verdicts).toEqual([
          buildVerdict({ isValid: false }),
        ]);
      });

      it('returns superseded for an unknown request, and creates no request', async () => {
        const requestId = randomUUID();
        expect(await subject.requests.close(requestId, 1, buildVerdict())).toBe('superseded');
        expect(await subject.requests.read(requestId)).toBeNull();
      });
    });

    describe('the evidence for a verdict', () => {
      /** Six results whose evidence does not compress well. */
      const largeResults = (requestId: string, attempt: number) =>
        SIX_CODES.map((perspective) => {
          const recordsSeen = [randomBytes(48 * 1024).toString('base64')];
          const details = buildDnsDcvDetails({ recordsSeen });
          return buildStored(
            buildCheckResult({ requestId, attempt, perspective, checkType: 'dcv', details }),
          );
        });

      it('is stored with the verdict, including unreadable results', async () => {
        const record = await created();
        const { requestId } = record;
        const results = [buildStored(buildCheckResult({ requestId })), unreadable(SIX_CODES[1])];
        const verdict = buildVerdict({ counted: SIX_CODES.slice(0, 2), results });
        await subject.requests.close(requestId, 1, verdict);
        expect((await subject.requests.read(requestId))?.verdicts).toEqual([verdict]);
        expect((await subject.reader.snapshot(requestId, [])).record?.verdicts).toEqual([verdict]);
        expect((await subject.requests.awaitCompletion(requestId, 1000))?.verdicts).toEqual([verdict]);
      });

      it('is stored completely for three attempts of six times 64 KiB', async () => {
        const { requestId } = await created();
        const verdicts = [1, 2, 3].map((attempt) =>
          buildVerdict({ attempt, isValid: attempt === 3, results: largeResults(requestId, attempt) }),
        );
        const [first, second, third] = verdicts;
        if (first === undefined || second === undefined || third === undefined) throw new Error('three');
        await subject.requests.advance(requestId, 1, first, NEXT);
        await subject.requests.advance(requestId, 2, second, NEXT);
        expect((await subject.requests.read(requestId))?.verdicts).toEqual([first, second]);
        await subject.requests.close(requestId, 3, third);
        expect((await subject.requests.read(requestId))?.verdicts).toEqual(verdicts);
        expect((await subject.reader.snapshot(requestId, [])).record?.verdicts).toEqual(verdicts);
      });

      it('belongs to the written verdict when several closes with large evidence compete', async () => {
        const { requestId } = await created();
        const verdicts = [1, 2, 3].map((caller) =>
          buildVerdict({ decidedAt: BUILT_AT + caller, results: largeResults(requestId, 1) }),
        );
        const outcomes = await Promise.all(
          verdicts.map((verdict) => subject.requests.close(requestId, 1, verdict)),
        );
        const winner = verdicts[outcomes.indexOf('written')];
        expect((await subject.requests.read(requestId))?.verdicts).toEqual([winner]);
      });
    });

    describe('markPublished', () => {
      it('marks a request as published, and is idempotent', async () => {
        const record = await created();
        await subject.requests.close(record.requestId, 1, buildVerdict());
        await subject.requests.markPublished(record.requestId);
        await subject.requests.markPublished(record.requestId);
        expect(await subject.requests.read(record.requestId)).toMatchObject({
          status: 'completed',
          published: true,
        });
      });

      it('creates no request for an unknown id', async () => {
        const requestId = randomUUID();
        await subject.requests.markPublished(requestId);
        expect(await subject.requests.read(requestId)).toBeNull();
      });
    });

    describe('awaitCompletion', () => {
      it('returns null at once for an unknown id', async () => {
        expect(await subject.requests.awaitCompletion(randomUUID(), 10_000)).toBeNull();
      });

      it('returns a completed request at once', async () => {
        const record = await created();
        await subject.requests.close(record.requestId, 1, buildVerdict());
        expect(await subject.requests.awaitCompletion(record.requestId, 10_000)).toMatchObject({
          status: 'completed',
        });
      });

      it('returns a request that is closed during the wait, long before the time limit', async () => {
        const record = await created();
        const waiting = subject.requests.awaitCompletion(record.requestId, 20_000);
        await subject.requests.close(record.requestId, 1, buildVerdict());
        expect(await waiting).toMatchObject({ status: 'completed' });
      });

      it('returns a request that still runs at the time limit as it is', async () => {
        const record = await created();
        const startedAt = performance.now();
        expect(await subject.requests.awaitCompletion(record.requestId, 60)).toEqual(record);
        expect(performance.now() - startedAt).toBeGreaterThan(55);
      });

      it('waits on when the next attempt starts', async () => {
        const record = await created();
        const waiting = subject.requests.awaitCompletion(record.requestId, 100);
        await subject.requests.advance(record.requestId, 1, buildVerdict(), NEXT);
        expect(await waiting).toMatchObject({ status: 'running', attempt: 2 });
      });

      it('returns the current record when its signal aborts', async () => {
        const record = await created();
        const abort = new AbortController();
        const waiting = subject.requests.awaitCompletion(record.requestId, 20_000, abort.signal);
        abort.abort();
        expect(await waiting).toEqual(record);
        expect(await subject.requests.awaitCompletion(record.requestId, 20_000, abort.signal)).toEqual(
          record,
        );
      });
    });

    itIf(can.reopen)('keeps written requests across a crash', async () => {
      if (subject.reopen === undefined) throw new Error('the subject has no reopen');
      const running = await created();
      const advanced = await created();
      const closed = await created();
      await subject.requests.advance(advanced.requestId, 1, buildVerdict(), NEXT);
      await subject.requests.close(closed.requestId, 1, buildVerdict());
      subject = await subject.reopen();
      expect(await subject.requests.read(running.requestId)).toEqual(running);
      expect(await subject.requests.read(advanced.requestId)).toMatchObject({
        attempt: 2,
        verdicts: [buildVerdict()],
      });
      expect(await subject.requests.read(closed.requestId)).toMatchObject({
        status: 'completed',
        published: false,
      });
      expect(await subject.requests.create(running)).toBe('exists');
      expect(await subject.requests.close(closed.requestId, 1, buildVerdict())).toBe('superseded');
    });

    itIf(can.unreachable)('rejects every call within two seconds when the store is unreachable', async () => {
      if (subject.unreachable === undefined) throw new Error('the subject has no unreachable');
      const { requests } = subject.unreachable();
      const record = buildRequestRecord();
      const startedAt = performance.now();
      const calls = [
        requests.create(record),
        requests.read(record.requestId),
        requests.advance(record.requestId, 1, buildVerdict(), NEXT),
        requests.close(record.requestId, 1, buildVerdict()),
        requests.markPublished(record.requestId),
        requests.awaitCompletion(record.requestId, 20_000),
      ];
      for (const outcome of await Promise.allSettled<unknown>(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
      }
      expect(performance.now() - startedAt).toBeLessThan(2000);
    });
  });
}
