import { BatchGetItemCommand, type BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import { NumberValue, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsClients } from '../../../../shared/adapters/aws/home-clients.ts';
import { resultToItem } from '../../../../shared/adapters/aws/result-item.ts';
import type { Item } from '../../../../shared/adapters/aws/store-call.ts';
import type { CheckResult } from '../../../../shared/domain/check/check-result.ts';
import { StoreUnavailableError } from '../../../../shared/ports/request-store.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import {
  type AwsEmulation,
  awsStores,
  HOME_REGION,
  startAwsEmulation,
} from '../../../support/aws-emulation.ts';
import { buildCheckResult, buildRequestRecord, buildStored, SIX_CODES } from '../../../support/builders.ts';
import { type CallCounter, countCalls } from '../../../support/count-calls.ts';
import { type Reaction, type ServiceCall, startScriptedService } from '../../../support/scripted-service.ts';

type RequestItems = NonNullable<BatchGetItemCommandInput['RequestItems']>;

const KEYS = SIX_CODES.map((perspective) => ({ perspective, attempt: 1 }));

describe('DynamoDbResultReader', () => {
  let emulation: AwsEmulation;
  let stores: ReturnType<typeof awsStores>;
  let calls: CallCounter;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    emulation = await startAwsEmulation();
    calls = countCalls(emulation.clients.dynamodb);
  });
  beforeEach(() => {
    stores = awsStores(emulation.clients, emulation.tables);
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await emulation.close();
  });

  async function stored(): Promise<string> {
    const record = buildRequestRecord();
    await stores.requests.create(record);
    for (const perspective of SIX_CODES) {
      await stores.sink.record(buildCheckResult({ requestId: record.requestId, perspective }));
    }
    return record.requestId;
  }

  const putRaw = (item: Item) =>
    emulation.clients.dynamodb.send(new PutCommand({ TableName: emulation.tables.results, Item: item }));

  function waitFor(missing: readonly string[], waitMs: number, needed = missing.length) {
    const sentAt = performance.now();
    return { missing, needed, sentAt, until: sentAt + waitMs };
  }

  it('reads the request and six results with a single call', async () => {
    const requestId = await stored();
    calls.reset();
    const snapshot = await stores.reader.snapshot(requestId, KEYS);
    expect([snapshot.record?.requestId, snapshot.results.length]).toEqual([requestId, 6]);
    expect([...calls.counts]).toEqual([['BatchGetItem', 1]]);
  });

  it('accepts a duplicate key', async () => {
    const requestId = await stored();
    const results = await stores.reader.readResults(requestId, [...KEYS, ...KEYS]);
    expect(results.map(({ perspective }) => perspective)).toEqual([...SIX_CODES, ...SIX_CODES]);
  });

  it('reads 250 keys in three calls', async () => {
    const requestId = await stored();
    const many = Array.from({ length: 250 }, (_, index) => ({
      perspective: SIX_CODES[0],
      attempt: index + 1,
    }));
    calls.reset();
    expect(await stores.reader.readResults(requestId, many)).toHaveLength(1);
    expect(calls.counts.get('BatchGetItem')).toBe(3);
  });

  it.each<{ name: string; spoil: (item: Item) => Item }>([
    {
      name: 'of an unknown version',
      spoil: (item) => ({ ...item, result: JSON.stringify({ contract: '9.0' }) }),
    },
    { name: 'that is not JSON', spoil: (item) => ({ ...item, result: '{' }) },
    {
      name: 'whose result is the number 1E+100',
      spoil: (item) => ({ ...item, result: NumberValue.from('1E+100') }),
    },
    { name: 'without content', spoil: ({ result: _, ...item }) => item },
    {
      name: 'that claims another perspective',
      spoil: (item) => ({
        ...item,
        result: JSON.stringify(buildCheckResult({ perspective: SIX_CODES[1] })),
      }),
    },
  ])('returns an item $name as unreadable, and the other results unchanged', async ({ spoil }) => {
    const good = buildCheckResult({ perspective: SIX_CODES[1] });
    await stores.sink.record(good);
    await putRaw(spoil(resultToItem({ ...good, perspective: SIX_CODES[0] })));
    expect(await stores.reader.readResults(good.requestId, KEYS)).toEqual([
      expect.objectContaining({ status: 'unreadable', perspective: SIX_CODES[0], attempt: 1 }),
      buildStored(good),
    ]);
  });

  describe('nextResults', () => {
    it('polls once when results arrive at the learned time', async () => {
      for (let round = 0; round < 5; round++) {
        const requestId = await stored();
        calls.reset();
        const results = await stores.reader.nextResults(requestId, 1, waitFor(SIX_CODES, 5000));
        expect([results.length, calls.counts.get('BatchGetItem')]).toEqual([6, 1]);
      }
    });

    it('polls at most every 15 ms while nothing arrives, and once more at the end', async () => {
      calls.reset();
      await stores.reader.nextResults(buildRequestRecord().requestId, 1, waitFor(SIX_CODES, 150));
      const looks = calls.counts.get('BatchGetItem') ?? 0;
      expect(looks).toBeGreaterThanOrEqual(2);
      // Timers may fire a millisecond early, so that a step is sometimes 14 ms.
      expect(looks).toBeLessThanOrEqual(13);
    });

    it('polls at most five times for a perspective that did not respond before', async () => {
      const silent = [SIX_CODES[0]];
      await stores.reader.nextResults(buildRequestRecord().requestId, 1, waitFor(silent, 50));
      calls.reset();
      await stores.reader.nextResults(buildRequestRecord().requestId, 1, waitFor(silent, 300));
      expect(calls.counts.get('BatchGetItem')).toBeLessThanOrEqual(5);
    });

    it('reads only missing results', async () => {
      const { reader, seen } = await readerBehind(() => 'forward');
      await reader.nextResults(await stored(), 1, waitFor([SIX_CODES[2], SIX_CODES[4]], 5000, 1));
      expect(seen.map(keysAsked)).toEqual([[SIX_CODES[2], SIX_CODES[4]]]);
    });

    it('does not poll at once when called again after a poll that missed the result', async () => {
      const requestId = await stored();
      const early = SIX_CODES.slice(0, 5);
      const late: CheckResult = buildCheckResult({ requestId, perspective: 'late' });
      const sentAt = performance.now();
      const wait = { needed: 1, sentAt, until: sentAt + 5000 };
      await stores.reader.nextResults(requestId, 1, { ...wait, missing: [...early, 'late'] });
      const lookedAt = performance.now();
      await stores.sink.record(late);
      expect(await stores.reader.nextResults(requestId, 1, { ...wait, missing: ['late'] })).toEqual([
        buildStored(late),
      ]);
      expect(performance.now() - lookedAt).toBeGreaterThan(5);
    });
  });

  async function readerBehind(react: (call: ServiceCall) => Reaction | Promise<Reaction>) {
    const service = await startScriptedService(react, emulation.emulators.endpoints.dynamodb);
    const clients = createAwsClients(emulatorSettings({ dynamodb: service.url }, HOME_REGION));
    closing.push(service.close, clients.close);
    return { reader: awsStores(clients, emulation.tables).reader, seen: service.calls };
  }

  function keysAsked({ body }: ServiceCall): readonly string[] {
    const { RequestItems } = body as { RequestItems: Record<string, { Keys: { pk: { S: string } }[] }> };
    return Object.values(RequestItems).flatMap(({ Keys }) => Keys.map(({ pk }) => pk.S.split('#')[0] ?? ''));
  }

  describe('keys that a batch leaves unprocessed', () => {
    const undone = ({ body }: ServiceCall): Reaction => ({
      status: 200,
      body: { Responses: {}, UnprocessedKeys: body.RequestItems },
    });

    it('are read again', async () => {
      const { reader, seen } = await readerBehind((call) => (call.count <= 2 ? undone(call) : 'forward'));
      expect(await reader.readResults(await stored(), KEYS)).toHaveLength(6);
      expect(seen).toHaveLength(3);
    });

    it('make the call fail with StoreUnavailableError when they stay unprocessed', async () => {
      const { reader, seen } = await readerBehind(undone);
      await expect(reader.readResults(await stored(), KEYS)).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(seen.length).toBeLessThanOrEqual(6);
    });
  });

  describe('a key that stays unprocessed', () => {
    /** DynamoDB while the item of one perspective is permanently throttled. */
    const busyBehind = async () => {
      const { reader, seen } = await readerBehind(async (call) => {
        const { RequestItems } = call.body as { RequestItems: RequestItems };
        const entries = Object.entries(RequestItems);
        type Key = NonNullable<RequestItems[string]['Keys']>[number];
        const isBusy = (key: Key) => key.pk?.S?.startsWith(`${SIX_CODES[5]}#`) ?? false;
        const part = (keep: (key: Key) => boolean) =>
          Object.fromEntries(
            entries
              .map(
                ([table, { Keys = [] }]) =>
                  [table, { Keys: Keys.filter(keep), ConsistentRead: true }] as const,
              )
              .filter(([, { Keys }]) => Keys.length > 0),
          );
        const rest = part((key) => !isBusy(key));
        const found =
          Object.keys(rest).length === 0
            ? {}
            : (await emulation.clients.dynamodb.send(new BatchGetItemCommand({ RequestItems: rest })))
                .Responses;
        return { status: 200, body: { Responses: found, UnprocessedKeys: part(isBusy) } };
      });
      return { reader, seen };
    };

    it('does not delay other results', async () => {
      const { reader, seen } = await busyBehind();
      const results = await reader.nextResults(await stored(), 1, waitFor(SIX_CODES, 5000, 5));
      expect(results.map(({ perspective }) => perspective)).toEqual(SIX_CODES.slice(0, 5));
      expect(seen.length, 'no wait for unprocessed keys').toBeLessThanOrEqual(2);
    });

    it('is reported as unread, unlike a key without an item', async () => {
      const { reader } = await busyBehind();
      const { record, results, unread } = await reader.snapshot(await stored(), KEYS);
      expect(record?.status).toBe('running');
      expect(results.map(({ perspective }) => perspective)).toEqual(SIX_CODES.slice(0, 5));
      expect(unread).toEqual([{ perspective: SIX_CODES[5], attempt: 1 }]);
    });
  });

  it('rejects when the store fails during a wait', async () => {
    const denied = { status: 400, body: { __type: 'AccessDeniedException', message: 'no' } };
    const { reader } = await readerBehind(({ count }) => (count === 1 ? 'forward' : denied));
    const waiting = reader.nextResults(buildRequestRecord().requestId, 1, waitFor(SIX_CODES, 5000));
    await expect(waiting).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
