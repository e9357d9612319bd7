import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../shared/domain/check/check-result.ts';
import type { PerspectiveCode, ResultKey } from '../../shared/domain/check/perspective.ts';
import { type ResultWait, StoreUnavailableError } from '../../shared/ports/request-store.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDnsDcvDetails,
  buildDnsEvidence,
  buildHttpDcvDetails,
  buildRequestRecord,
  buildStored,
  buildTlsAlpnDetails,
  buildVerdict,
  SIX_CODES,
} from '../support/builders.ts';
import { type Capabilities, EVERYTHING, itIf, type StoreSubject } from './subjects.ts';

const [FIRST, SECOND, THIRD] = SIX_CODES;

function keysOf(perspectives: readonly PerspectiveCode[], attempt = 1): readonly ResultKey[] {
  return perspectives.map((perspective) => ({ perspective, attempt }));
}

/** Times are on the machine's monotonic clock, which all adapters use. */
function waitFor(
  missing: readonly PerspectiveCode[],
  waitMs: number,
  more: Partial<ResultWait> = {},
): ResultWait {
  const sentAt = performance.now();
  return { missing, needed: missing.length, sentAt, until: sentAt + waitMs, ...more };
}

/** The contract of every {@link ResultSink} and {@link ResultReader} over the same table. */
export function describeResultStore(
  name: string,
  factory: () => Promise<StoreSubject>,
  can: Capabilities = EVERYTHING,
): void {
  describe(`ResultSink and ResultReader: ${name}`, () => {
    let subject: StoreSubject;
    beforeAll(async () => {
      subject = await factory();
    });
    afterAll(() => subject.close());

    async function requestId(): Promise<string> {
      const record = buildRequestRecord();
      await subject.requests.create(record);
      return record.requestId;
    }

    describe('record and read', () => {
      it.each<{ name: string; overrides: Partial<CheckResult> }>([
        { name: 'returns a CAA result as recorded', overrides: {} },
        {
          name: 'returns a DCV result as recorded',
          overrides: { checkType: 'dcv', details: buildDnsDcvDetails() },
        },
        {
          name: 'returns every hop and the allowed networks of an HTTP validation',
          overrides: {
            checkType: 'dcv',
            details: buildHttpDcvDetails(),
            allowedNetworks: ['127.0.0.0/8', '::1/128'],
          },
        },
        {
          name: 'returns an HTTP validation of an address without a response',
          overrides: {
            checkType: 'dcv',
            details: buildHttpDcvDetails({
              hops: [
                { url: 'http://192.0.2.1/', address: null, statusCode: null, location: null, tls: null },
              ],
              page: null,
              dns: null,
            }),
          },
        },
        {
          name: 'returns the certificate of a TLS validation',
          overrides: { checkType: 'dcv', details: buildTlsAlpnDetails() },
        },
        {
          name: 'returns a TLS validation without a handshake',
          overrides: {
            checkType: 'dcv',
            details: buildTlsAlpnDetails({
              protocol: null,
              alpnProtocol: null,
              subjectAltNames: null,
              dns: null,
            }),
          },
        },
        {
          name: 'returns a failed check without details',
          overrides: {
            completed: false,
            passed: false,
            corroborates: false,
            errors: [{ type: 'mpic_error:coordinator:communication', message: 'no answer' }],
            details: { kind: 'none' },
          },
        },
        {
          name: 'returns a failed lookup whose members are all null',
          overrides: {
            details: buildCaaDetails({
              recordPresent: null,
              foundAt: null,
              recordsSeen: null,
              reason: 'lookup-failed',
              dns: buildDnsEvidence({ dnssec: null, rcode: null, ttl: null, cnameChain: [] }),
            }),
          },
        },
        {
          name: 'returns the octets of hostile records unchanged',
          overrides: { details: buildDnsDcvDetails({ recordsSeen: ['\u0000\u00ff\\ud800"\\', '😀'] }) },
        },
      ])('$name', async ({ overrides }) => {
        const result = buildCheckResult({ requestId: await requestId(), ...overrides });
        expect(await subject.sink.record(result)).toBe('recorded');
        expect(await subject.reader.readResults(result.requestId, [result])).toEqual([buildStored(result)]);
      });

      it('keeps the first result, and returns duplicate for a second', async () => {
        const first = buildCheckResult({ requestId: await requestId() });
        expect(await subject.sink.record(first)).toBe('recorded');
        expect(await subject.sink.record({ ...first, passed: false, corroborates: false })).toBe('duplicate');
        expect(await subject.sink.record(first)).toBe('duplicate');
        expect(await subject.reader.readResults(first.requestId, [first])).toEqual([buildStored(first)]);
      });

      it('records exactly one of concurrent results for one key, and returns that one', async () => {
        const base = buildCheckResult({ requestId: await requestId() });
        const rivals = [1, 2, 3, 4, 5, 6].map((rival) => ({ ...base, recorder: `rival ${rival}` }));
        const outcomes = await Promise.all(rivals.map((rival) => subject.sink.record(rival)));
        expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
        const winner = rivals[outcomes.indexOf('recorded')];
        expect(await subject.reader.readResults(base.requestId, [base])).toEqual([
          winner && buildStored(winner),
        ]);
      });

      it('keeps results of different attempts, perspectives and requests separate', async () => {
        const own = buildCheckResult({ requestId: await requestId(), recorder: 'own' });
        const others = [
          { ...own, attempt: 2, recorder: 'other attempt' },
          { ...own, attempt: 11, recorder: 'attempt with the same first digit' },
          { ...own, perspective: SECOND, recorder: 'other perspective' },
          { ...own, requestId: await requestId(), recorder: 'other request' },
        ];
        for (const result of [own, ...others]) expect(await subject.sink.record(result)).toBe('recorded');
        for (const result of [own, ...others]) {
          expect(await subject.reader.readResults(result.requestId, [result])).toEqual([buildStored(result)]);
        }
      });

      it('returns results in the order of the keys, and leaves out keys without a result', async () => {
        const id = await requestId();
        for (const perspective of [THIRD, FIRST]) {
          await subject.sink.record(buildCheckResult({ requestId: id, perspective }));
        }
        const read = await subject.reader.readResults(id, keysOf([FIRST, SECOND, THIRD]));
        expect(read.map(({ perspective }) => perspective)).toEqual([FIRST, THIRD]);
        const reversed = await subject.reader.readResults(id, keysOf([THIRD, SECOND, FIRST]));
        expect(reversed.map(({ perspective }) => perspective)).toEqual([THIRD, FIRST]);
      });

      it('returns no results for no keys', async () => {
        expect(await subject.reader.readResults(await requestId(), [])).toEqual([]);
      });

      it('returns a result as soon as it is recorded', async () => {
        const id = await requestId();
        for (const perspective of SIX_CODES) {
          await subject.sink.record(buildCheckResult({ requestId: id, perspective }));
          expect(await subject.reader.readResults(id, keysOf([perspective]))).toHaveLength(1);
        }
      });

      it('records a result that arrives after the verdict once', async () => {
        const id = await requestId();
        const [late, later] = [SECOND, THIRD].map((perspective) =>
          buildCheckResult({ requestId: id, perspective }),
        );
        if (late === undefined || later === undefined) throw new Error('two results expected');
        await subject.requests.close(id, 1, buildVerdict());
        expect(await subject.sink.record(late)).toBe('recorded');
        await subject.requests.markPublished(id);
        expect(await subject.sink.record(later)).toBe('recorded');
        expect(await subject.sink.record(late)).toBe('duplicate');
        expect(await subject.sink.record(later)).toBe('duplicate');
        expect(await subject.reader.readResults(id, [late, later])).toEqual([late, later].map(buildStored));
      });

      it.each<{ name: string; overrides: Partial<CheckResult> }>([
        { name: 'a completion time of 1e300', overrides: { completedAt: 1e300 } },
        { name: 'NaN as a time', overrides: { startedAt: Number.NaN } },
        {
          name: 'an error type of 300 KB',
          overrides: { errors: [{ type: 'x'.repeat(300_000), message: 'm' }] },
        },
        { name: 'details of an unknown kind', overrides: { details: { kind: 'x' } as never } },
      ])(
        'returns a result with $name as unreadable, without affecting other results',
        async ({ overrides }) => {
          const id = await requestId();
          const bad = buildCheckResult({ requestId: id, ...overrides });
          const good = buildCheckResult({ requestId: id, perspective: SECOND });
          expect(await subject.sink.record(bad)).toBe('recorded');
          expect(await subject.sink.record(good)).toBe('recorded');
          expect(await subject.sink.record(buildCheckResult({ requestId: id }))).toBe('duplicate');
          const [lost, other] = await subject.reader.readResults(id, keysOf([FIRST, SECOND]));
          expect(lost).toMatchObject({ status: 'unreadable', perspective: FIRST, attempt: 1 });
          expect(other).toEqual(buildStored(good));
          expect(await subject.reader.nextResults(id, 1, waitFor([FIRST], 20_000))).toEqual([lost]);
        },
      );

      it('returns evidence of 64 KiB from each of six perspectives completely', async () => {
        const id = await requestId();
        const results = SIX_CODES.map((perspective) =>
          buildCheckResult({
            requestId: id,
            perspective,
            details: buildDnsDcvDetails({ recordsSeen: ['r'.repeat(64 * 1024)] }),
          }),
        );
        await Promise.all(results.map((result) => subject.sink.record(result)));
        expect(await subject.reader.readResults(id, results)).toEqual(results.map(buildStored));
      });

      it('records results for an unknown request, because they are evidence', async () => {
        const result = buildCheckResult();
        expect(await subject.sink.record(result)).toBe('recorded');
        expect(await subject.sink.record(result)).toBe('duplicate');
        expect(await subject.reader.readResults(result.requestId, [result])).toEqual([buildStored(result)]);
      });
    });

    describe('snapshot', () => {
      it('returns the request and the results for the keys', async () => {
        const record = buildRequestRecord();
        await subject.requests.create(record);
        const result = buildCheckResult({ requestId: record.requestId });
        await subject.sink.record(result);
        const snapshot = await subject.reader.snapshot(record.requestId, keysOf(SIX_CODES));
        expect(snapshot).toEqual({ record, results: [buildStored(result)], unread: [] });
      });

      it('returns only the request for no keys', async () => {
        const record = buildRequestRecord();
        await subject.requests.create(record);
        expect(await subject.reader.snapshot(record.requestId, [])).toEqual({
          record,
          results: [],
          unread: [],
        });
      });

      it('returns a null record for an unknown id', async () => {
        expect(await subject.reader.snapshot(randomUUID(), keysOf(SIX_CODES))).toEqual({
          record: null,
          results: [],
          unread: [],
        });
      });
    });

    describe('nextResults', () => {
      it('returns results that have arrived without waiting for the others', async () => {
        const result = buildCheckResult({ requestId: await requestId() });
        await subject.sink.record(result);
        expect(
          await subject.reader.nextResults(result.requestId, 1, waitFor([FIRST, SECOND], 20_000)),
        ).toEqual([buildStored(result)]);
      });

      it('returns when a result arrives during the wait', async () => {
        const result = buildCheckResult({ requestId: await requestId(), perspective: SECOND });
        const waiting = subject.reader.nextResults(result.requestId, 1, waitFor([FIRST, SECOND], 20_000));
        await subject.sink.record(result);
        expect(await waiting).toEqual([buildStored(result)]);
      });

      it('ignores results of perspectives that are not missing', async () => {
        const id = await requestId();
        await subject.sink.record(buildCheckResult({ requestId: id, perspective: FIRST }));
        const waiting = subject.reader.nextResults(id, 1, waitFor([SECOND, THIRD], 20_000));
        const second = buildCheckResult({ requestId: id, perspective: SECOND });
        await subject.sink.record(second);
        expect(await waiting).toEqual([buildStored(second)]);
      });

      it('ignores results of other attempts and requests', async () => {
        const id = await requestId();
        const waiting = subject.reader.nextResults(id, 2, waitFor([FIRST], 80));
        await subject.sink.record(buildCheckResult({ requestId: id, attempt: 1 }));
        await subject.sink.record(buildCheckResult({ requestId: await requestId(), attempt: 2 }));
        expect(await waiting).toEqual([]);
      });

      it('returns nothing at the time limit, and not before', async () => {
        const id = await requestId();
        const startedAt = performance.now();
        expect(await subject.reader.nextResults(id, 1, waitFor([FIRST], 60))).toEqual([]);
        expect(performance.now() - startedAt).toBeGreaterThan(55);
        expect(performance.now() - startedAt).toBeLessThan(1500);
      });

      it('returns nothing at once when the time limit has passed', async () => {
        expect(await subject.reader.nextResults(await requestId(), 1, waitFor([FIRST], -1))).toEqual([]);
      });

      it('returns a result that has arrived even when the time limit has passed', async () => {
        const result = buildCheckResult({ requestId: await requestId() });
        await subject.sink.record(result);
        expect(await subject.reader.nextResults(result.requestId, 1, waitFor([FIRST], -1))).toEqual([
          buildStored(result),
        ]);
      });

      it('returns nothing when its signal aborts', async () => {
        const abort = new AbortController();
        const id = await requestId();
        const waiting = subject.reader.nextResults(id, 1, waitFor([FIRST], 20_000, { signal: abort.signal }));
        abort.abort();
        expect(await waiting).toEqual([]);
        const again = subject.reader.nextResults(id, 1, waitFor([FIRST], 20_000, { signal: abort.signal }));
        expect(await again).toEqual([]);
      });

      it('returns a result to both of two waiters for the same attempt', async () => {
        const result = buildCheckResult({ requestId: await requestId() });
        const waiting = [1, 2].map(() =>
          subject.reader.nextResults(result.requestId, 1, waitFor([FIRST], 20_000)),
        );
        await subject.sink.record(result);
        expect(await Promise.all(waiting)).toEqual([[buildStored(result)], [buildStored(result)]]);
      });
    });

    itIf(can.reopen)('keeps results across a crash, and does not overwrite them', async () => {
      if (subject.reopen === undefined) throw new Error('the subject has no reopen');
      const result = buildCheckResult({ requestId: await requestId() });
      await subject.sink.record(result);
      subject = await subject.reopen();
      expect(await subject.sink.record({ ...result, passed: false })).toBe('duplicate');
      expect(await subject.reader.readResults(result.requestId, [result])).toEqual([buildStored(result)]);
    });

    itIf(can.unreachable)('rejects every call within two seconds when the store is unreachable', async () => {
      if (subject.unreachable === undefined) throw new Error('the subject has no unreachable');
      const { sink, reader } = subject.unreachable();
      const result = buildCheckResult();
      const startedAt = performance.now();
      const calls = [
        sink.record(result),
        reader.readResults(result.requestId, [result]),
        reader.snapshot(result.requestId, [result]),
        reader.nextResults(result.requestId, 1, waitFor([FIRST], 20_000)),
      ];
      for (const outcome of await Promise.allSettled<unknown>(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
      }
      expect(performance.now() - startedAt).toBeLessThan(2000);
    });
  });
}
