import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTables } from '../../../shared/adapters/aws/create-tables.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { type AwsEmulation, awsStores, startAwsEmulation } from '../../support/aws-emulation.ts';
import { buildRequestRecord } from '../../support/builders.ts';

const MAX_ENTRY_BYTES = 256 * 1024;

describe('emulators', () => {
  let emulation: AwsEmulation;
  beforeAll(async () => {
    emulation = await startAwsEmulation();
  });
  afterAll(() => emulation.close());

  it('listen on loopback only', () => {
    for (const url of Object.values(emulation.emulators.endpoints))
      expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('tables that exist are left as they are', async () => {
    const stores = awsStores(emulation.clients, emulation.tables);
    const record = buildRequestRecord();
    await stores.requests.create(record);
    await createTables(emulation.clients.dynamodb, emulation.tables, systemClock);
    expect(await stores.requests.read(record.requestId)).toEqual(record);
  });

  it('the tables have the keys that permissions are bound to', async () => {
    const describeTable = new DescribeTableCommand({ TableName: emulation.tables.results });
    const { Table } = await emulation.clients.dynamodb.send(describeTable);
    expect(Table?.KeySchema).toEqual([
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ]);
  });

  it('a client that goes away in mid-request does not end the process', async () => {
    const { hostname, port } = new URL(emulation.emulators.endpoints.dynamodb);
    const socket = connect(Number(port), hostname);
    const head = [
      'POST / HTTP/1.1',
      'Host: x',
      'Content-Type: application/x-amz-json-1.0',
      'Content-Length: 100',
    ];
    socket.write([...head, 'Expect: 100-continue', '', ''].join('\r\n'));
    // The interim answer tells that the listener of the emulator has the request.
    await once(socket, 'data');
    socket.resetAndDestroy();
    const read = awsStores(emulation.clients, emulation.tables).requests.read('any');
    await expect(read).resolves.toBeNull();
  });

  it('queues have a dead-letter queue after three deliveries and hide a message for 30 s', async () => {
    const queues = await emulation.createQueues([{ name: 'mpic-jobs-test', region: 'sa-east-1' }]);
    expect([...queues.keys()]).toEqual(['mpic-jobs-test', 'mpic-jobs-test-dlq']);
    const { Attributes } = await emulation.clients.sqs.inRegion('sa-east-1').send(
      new GetQueueAttributesCommand({
        QueueUrl: queues.get('mpic-jobs-test')?.queueUrl,
        AttributeNames: ['All'],
      }),
    );
    expect(Attributes?.VisibilityTimeout).toBe('30');
    expect(JSON.parse(Attributes?.RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn: 'arn:aws:sqs:sa-east-1:000000000000:mpic-jobs-test-dlq',
      maxReceiveCount: 3,
    });
  });

  it('queues may be made again', async () => {
    const specs = [{ name: 'mpic-jobs-again', region: 'sa-east-1' }];
    expect(await emulation.createQueues(specs)).toEqual(await emulation.createQueues(specs));
  });

  it('tables in a folder are there again after a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mpic-emulators-'));
    const record = buildRequestRecord();
    const first = await startAwsEmulation(dataDir);
    await awsStores(first.clients, first.tables).requests.create(record);
    await first.close();
    const second = await startAwsEmulation(dataDir);
    expect(await awsStores(second.clients, second.tables).requests.read(record.requestId)).toEqual(record);
    await second.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  describe('PutEvents', () => {
    async function call(body: unknown, target = 'AWSEvents.PutEvents') {
      const response = await fetch(emulation.emulators.endpoints.eventbridge, {
        method: 'POST',
        headers: { 'x-amz-target': target },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    }
    const good = { Source: 's', DetailType: 't', Detail: '{"a":1}' };

    it('keeps accepted events for whoever asks, with the bus they went to', async () => {
      const { body } = await call({ Entries: [{ ...good, EventBusName: 'mpic' }, good] });
      expect(body).toMatchObject({ FailedEntryCount: 0 });
      const response = await fetch(`${emulation.emulators.endpoints.eventbridge}/events`);
      const { events } = (await response.json()) as { events: { busName: string }[] };
      expect(events.slice(-2)).toMatchObject([
        { busName: 'mpic', source: 's', detailType: 't', detail: { a: 1 } },
        { busName: 'default' },
      ]);
    });

    it.each([
      { name: 'an entry without source', entry: { ...good, Source: '' }, code: 'InvalidArgument' },
      { name: 'an entry without detail type', entry: { Source: 's', Detail: '{}' }, code: 'InvalidArgument' },
      { name: 'an entry without detail', entry: { Source: 's', DetailType: 't' }, code: 'InvalidArgument' },
      { name: 'a detail that is no JSON', entry: { ...good, Detail: '{' }, code: 'MalformedDetail' },
      { name: 'a detail that is a list', entry: { ...good, Detail: '[]' }, code: 'MalformedDetail' },
      { name: 'a detail that is null', entry: { ...good, Detail: 'null' }, code: 'MalformedDetail' },
    ])('fails $name and not its neighbour', async ({ entry, code }) => {
      const { status, body } = await call({ Entries: [entry, good] });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        FailedEntryCount: 1,
        Entries: [{ ErrorCode: code }, { EventId: expect.any(String) }],
      });
    });

    it.each([
      { name: 'no entries', body: { Entries: [] } },
      { name: 'eleven entries', body: { Entries: Array.from({ length: 11 }, () => good) } },
      {
        name: 'entries above 256 KiB',
        body: { Entries: [{ ...good, Detail: JSON.stringify({ a: 'x'.repeat(MAX_ENTRY_BYTES) }) }] },
      },
      { name: 'no JSON', body: '{' },
      { name: 'nothing', body: '' },
    ])('refuses a call with $name', async ({ body }) => {
      expect(await call(body)).toMatchObject({ status: 400, body: { __type: 'ValidationException' } });
    });

    it('knows no other operation', async () => {
      expect(await call({}, 'AWSEvents.PutRule')).toMatchObject({
        status: 400,
        body: { __type: 'UnknownOperationException' },
      });
    });

    it('keeps the thousand latest events and no more', async () => {
      for (let index = 0; index < 101; index++)
        await call({ Entries: Array.from({ length: 10 }, () => good) });
      const response = await fetch(`${emulation.emulators.endpoints.eventbridge}/events`);
      expect(((await response.json()) as { events: unknown[] }).events).toHaveLength(1000);
    });
  });
});
