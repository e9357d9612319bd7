import { randomBytes } from 'node:crypto';
import { BatchGetCommand, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addItem } from '../../../../services/cli/data/import.ts';
import { createPace, scanTable } from '../../../../services/cli/data/scan.ts';
import type { Session } from '../../../../services/cli/data/session.ts';
import { createDynamoDbClient } from '../../../../shared/adapters/aws/clients.ts';
import { createAwsClients } from '../../../../shared/adapters/aws/home-clients.ts';
import { requestToItem } from '../../../../shared/adapters/aws/stored-request.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import { createEmulatedBackend } from '../../../lab/emulators/emulated-backend.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import {
  type AwsEmulation,
  awsStores,
  HOME_REGION,
  startAwsEmulation,
} from '../../../support/aws-emulation.ts';
import {
  BUILT_AT,
  buildCaaDetails,
  buildCheckResult,
  buildRequestRecord,
  buildStored,
  buildVerdict,
  SIX_CODES,
} from '../../../support/builders.ts';
import { laggingReplica } from '../../../support/lagging-replica.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { type Reaction, type ServiceCall, startScriptedService } from '../../../support/scripted-service.ts';

const KEYS = SIX_CODES.map((perspective) => ({ perspective, attempt: 1 }));
const NEXT = { token: 'next', startedAt: BUILT_AT, deadline: BUILT_AT + 1 };
const READS = /^(GetItem|BatchGetItem|Query|Scan)$/;

type Act = (world: World) => Promise<unknown>;

interface World extends ReturnType<typeof awsStores> {
  readonly clients: ReturnType<typeof createAwsClients>;
  readonly tables: AwsEmulation['tables'];
  readonly endpoints: AwsEmulation['emulators']['endpoints'];
  /** The same tables without the lagging replica. */
  readonly direct: ReturnType<typeof awsStores>;
}

/** A request in its first attempt, with a result from every perspective. */
async function accepted({ direct }: World): Promise<string> {
  const record = buildRequestRecord();
  await direct.requests.create(record);
  for (const perspective of SIX_CODES)
    await direct.sink.record(buildCheckResult({ requestId: record.requestId, perspective }));
  return record.requestId;
}

/** Evidence that is too large to be stored with the request. */
function largeResults(requestId: string) {
  return SIX_CODES.map((perspective) => {
    const recordsSeen = [randomBytes(8 * 1024).toString('base64')];
    const details = buildCaaDetails({ recordsSeen });
    return buildStored(buildCheckResult({ requestId, perspective, details }));
  });
}

/**
 * The coordinator reads what other processes have just written. A read that is not strongly consistent may come from a
 * lagging replica: results would count as missing, an existing request as unknown, and no process would know that it
 * closed a request.
 */
describe('DynamoDB reads on which decisions depend', () => {
  let emulation: AwsEmulation;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    emulation = await startAwsEmulation();
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await emulation.close();
  });

  async function worldBehind(react: (call: ServiceCall) => Reaction) {
    const { emulators, tables } = emulation;
    const service = await startScriptedService(react, emulators.endpoints.dynamodb);
    const endpoints = { ...emulators.endpoints, dynamodb: service.url };
    const clients = createAwsClients(emulatorSettings(endpoints, HOME_REGION));
    closing.push(clients.close, service.close);
    const direct = awsStores(emulation.clients, tables);
    const world: World = { ...awsStores(clients, tables), clients, tables, endpoints, direct };
    return { world, calls: service.calls };
  }

  /** Loses the response to the first write of this kind, so that the SDK retries the call. */
  const lose =
    (operation: string) =>
    (call: ServiceCall): Reaction =>
      call.operation === operation && call.count === 1 ? 'forward-and-lose-answer' : laggingReplica(call);

  const cases: readonly {
    readonly name: string;
    readonly act: Act;
    readonly expected: unknown;
    readonly react?: (call: ServiceCall) => Reaction;
  }[] = [
    {
      name: 'a request',
      act: async (world) => (await world.requests.read(await accepted(world)))?.status,
      expected: 'running',
    },
    {
      name: 'a request whose completion is awaited',
      act: async (world) => {
        const id = await accepted(world);
        await world.direct.requests.close(id, 1, buildVerdict());
        return (await world.requests.awaitCompletion(id, 0))?.status;
      },
      expected: 'completed',
    },
    {
      name: 'whether a creation with a lost response was this process’s',
      act: (world) => world.requests.create(buildRequestRecord()),
      react: lose('PutItem'),
      expected: 'created',
    },
    {
      name: 'whether a close with a lost response was this process’s',
      act: async (world) => world.requests.close(await accepted(world), 1, buildVerdict()),
      react: lose('UpdateItem'),
      expected: 'written',
    },
    {
      name: 'whether an advance with a lost response was this process’s',
      act: async (world) => world.requests.advance(await accepted(world), 1, buildVerdict(), NEXT),
      react: lose('UpdateItem'),
      expected: 'written',
    },
    {
      name: 'the results of an attempt',
      act: async (world) => (await world.reader.readResults(await accepted(world), KEYS)).length,
      expected: 6,
    },
    {
      name: 'a request together with its results',
      act: async (world) => {
        const { record, results, unread } = await world.reader.snapshot(await accepted(world), KEYS);
        return [record?.status, results.length, unread.length];
      },
      expected: ['running', 6, 0],
    },
    {
      name: 'results that are awaited',
      act: async (world) => {
        const id = await accepted(world);
        const sentAt = performance.now();
        const wait = { missing: SIX_CODES, needed: 6, sentAt, until: sentAt + 50 };
        return (await world.reader.nextResults(id, 1, wait)).length;
      },
      expected: 6,
    },
    {
      name: 'evidence in separate items',
      act: async (world) => {
        const id = await accepted(world);
        await world.direct.requests.close(id, 1, buildVerdict({ results: largeResults(id) }));
        return (await world.requests.read(id))?.verdicts[0]?.results.length;
      },
      expected: 6,
    },
    {
      name: 'unpublished requests at the start of local mode',
      act: async (world) => {
        const id = await accepted(world);
        const backend = await createEmulatedBackend({
          endpoints: world.endpoints,
          tables: world.tables,
          perspectives: [],
          clock: systemClock,
          log: createRecordingLog(),
          onClose: async () => {},
        });
        const found: string[] = [];
        for await (const { requestId } of await backend.recover()) found.push(requestId);
        await backend.close();
        return found.includes(id);
      },
      expected: true,
    },
    {
      name: 'an existing item in the way of an import',
      act: async (world) => {
        const record = buildRequestRecord();
        const item = marshall(requestToItem(record, 'token'));
        const session = sessionOf(world);
        await addItem(session, world.tables.requests, 'requests', item);
        return addItem(session, world.tables.requests, 'requests', item);
      },
      expected: 'present',
    },
    {
      name: 'an exported table',
      act: async (world) => {
        const id = await accepted(world);
        const seen: (string | undefined)[] = [];
        await scanTable({
          session: sessionOf(world),
          table: world.tables.requests,
          pace: createPace(systemClock, 1000),
          maxReadUnits: 1000,
          take: async (items) => {
            seen.push(...items.map(({ request_id }) => request_id?.S));
          },
        });
        return seen.includes(id);
      },
      expected: true,
    },
  ];

  it.each(cases)('are strongly consistent for $name', async ({ act, react = laggingReplica, expected }) => {
    const { world, calls } = await worldBehind(react);
    expect(await act(world)).toEqual(expected);
    const reads = calls.filter(({ operation }) => READS.test(operation));
    expect(reads.length, 'the row reads something').toBeGreaterThan(0);
    for (const { operation, body } of reads) {
      const asked = operation === 'BatchGetItem' ? Object.values(body.RequestItems ?? {}) : [body];
      expect(asked, operation).toEqual(asked.map(() => expect.objectContaining({ ConsistentRead: true })));
    }
  });

  describe('the lagging replica', () => {
    const keyOf = (id: string) => ({ request_id: id });

    it('returns nothing for an eventually consistent read', async () => {
      const { world } = await worldBehind(laggingReplica);
      const id = await accepted(world);
      const { clients, tables } = world;
      const one = await clients.dynamodb.send(new GetCommand({ TableName: tables.requests, Key: keyOf(id) }));
      const batch = await clients.dynamodb.send(
        new BatchGetCommand({
          RequestItems: {
            [tables.requests]: { Keys: [keyOf(id)], ConsistentRead: false },
            [tables.results]: { Keys: [{ pk: 'a', sk: 1 }], ConsistentRead: true },
          },
        }),
      );
      const all = await clients.dynamodb.send(new ScanCommand({ TableName: tables.requests }));
      expect([one.Item, batch.Responses, all.Items]).toEqual([undefined, {}, []]);
    });

    it('returns written items for a strongly consistent read', async () => {
      const { world } = await worldBehind(laggingReplica);
      const id = await accepted(world);
      const { Item: item } = await world.clients.dynamodb.send(
        new GetCommand({ TableName: world.tables.requests, Key: keyOf(id), ConsistentRead: true }),
      );
      expect(item?.request_id).toBe(id);
    });
  });
});

function sessionOf({ endpoints }: World): Session {
  return {
    client: createDynamoDbClient(emulatorSettings(endpoints, HOME_REGION)),
    region: HOME_REGION,
    clock: systemClock,
    until: systemClock.monotonic() + 60_000,
    timeoutMinutes: 1,
    signal: new AbortController().signal,
    note: () => {},
  };
}
