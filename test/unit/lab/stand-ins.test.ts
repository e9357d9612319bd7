import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { BatchGetCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsEmulation, HOME_REGION, startAwsEmulation } from '../../support/aws-emulation.ts';
import { type ObjectStore, startObjectStore } from '../../support/aws-parts.ts';
import { eventually } from '../../support/eventually.ts';

/**
 * Conditions and limits of AWS that the tests of the adapters rely on. A stand-in that ignored one would prove nothing, so each is
 * tried here, by the clients that the adapters use.
 */
describe('what stands in for AWS refuses what AWS refuses', () => {
  let emulation: AwsEmulation;
  beforeAll(async () => {
    emulation = await startAwsEmulation();
  });
  afterAll(() => emulation.close());

  describe('DynamoDB', () => {
    const table = () => emulation.tables.requests;
    const send: AwsEmulation['clients']['dynamodb']['send'] = (...args: never[]) =>
      (emulation.clients.dynamodb.send as (...all: never[]) => never)(...args);
    const keyOf = (id: string) => ({ request_id: id });
    const put = (id: string, more: Record<string, string | number> = {}) =>
      send(new PutCommand({ TableName: table(), Item: { ...keyOf(id), ...more } }));
    const read = async (id: string) =>
      (await send(new GetCommand({ TableName: table(), Key: keyOf(id), ConsistentRead: true }))).Item;

    it('a put of a new item over one that is there, and leaves that one', async () => {
      await put('taken', { status: 'first' });
      const second = new PutCommand({
        TableName: table(),
        Item: { ...keyOf('taken'), status: 'second' },
        ConditionExpression: 'attribute_not_exists(#id)',
        ExpressionAttributeNames: { '#id': 'request_id' },
      });
      await expect(send(second)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
      expect((await read('taken'))?.status).toBe('first');
    });

    it('all but one of twenty puts of the same new item at once', async () => {
      const puts = Array.from({ length: 20 }, (_, index) =>
        send(
          new PutCommand({
            TableName: table(),
            Item: { ...keyOf('raced'), status: String(index) },
            ConditionExpression: 'attribute_not_exists(request_id)',
          }),
        ),
      );
      const outcomes = await Promise.allSettled(puts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it.each([
      { name: 'is over', item: { status: 'completed', attempt: 1 } },
      { name: 'is in another attempt', item: { status: 'running', attempt: 2 } },
      { name: 'is not there', item: null },
    ])('an update of a running attempt where the request $name', async ({ name, item }) => {
      if (item !== null) await put(name, item);
      const before = await read(name);
      const update = new UpdateCommand({
        TableName: table(),
        Key: keyOf(name),
        ConditionExpression: '#status = :running AND #attempt = :attempt',
        UpdateExpression: 'SET #status = :completed',
        ExpressionAttributeNames: { '#status': 'status', '#attempt': 'attempt' },
        ExpressionAttributeValues: {
          ':running': 'running',
          ':attempt': 1,
          ':completed': 'completed',
        },
      });
      await expect(send(update)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
      expect(await read(name)).toEqual(before);
    });

    it('an update of what has to be there and is not', async () => {
      const update = new UpdateCommand({
        TableName: table(),
        Key: keyOf('nowhere'),
        ConditionExpression: 'attribute_exists(request_id)',
        UpdateExpression: 'SET published = :true',
        ExpressionAttributeValues: { ':true': true },
      });
      await expect(send(update)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
      expect(await read('nowhere')).toBeUndefined();
    });

    it('an item of more than 400 KB', async () => {
      const put400 = put('large', { status: 'x'.repeat(400 * 1024) });
      await expect(put400).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it.each([
      { name: 'a key twice', keys: ['a', 'a'] },
      { name: '101 keys', keys: Array.from({ length: 101 }, (_, index) => `k${index}`) },
    ])('a batch that names $name', async ({ keys }) => {
      const batch = new BatchGetCommand({ RequestItems: { [table()]: { Keys: keys.map(keyOf) } } });
      await expect(send(batch)).rejects.toMatchObject({ name: 'ValidationException' });
    });
  });

  describe('SQS', () => {
    const sqs = () => emulation.clients.sqs.inRegion(HOME_REGION);
    let made = 0;
    /** A queue that hides a message for a second and sets it aside after two deliveries, and its dead letters. */
    async function makeQueue() {
      const name = `stand-in-${made++}`;
      const queues = await emulation.createQueues([
        { name, region: HOME_REGION, visibilitySeconds: 1, maxReceives: 2 },
      ]);
      const urlOf = (queue: string) => queues.get(queue)?.queueUrl ?? '';
      return { url: urlOf(name), deadLetters: urlOf(`${name}-dlq`) };
    }
    const put = (QueueUrl: string, MessageBody: string, more: object = {}) =>
      sqs().send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
    async function take(QueueUrl: string, WaitTimeSeconds = 0, MaxNumberOfMessages = 10) {
      const receive = new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds,
        MaxNumberOfMessages,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      });
      return (await sqs().send(receive)).Messages ?? [];
    }
    const countOf = (message: Awaited<ReturnType<typeof take>>[number] | undefined) =>
      message?.Attributes?.ApproximateReceiveCount;

    it('a message that somebody has in hand, until its time is over', async () => {
      const { url } = await makeQueue();
      await put(url, 'once');
      const startedAt = performance.now();
      const [first] = await take(url, 1);
      expect(await take(url), 'hidden').toEqual([]);
      const [second] = await take(url, 5);
      expect(performance.now() - startedAt).toBeGreaterThan(900);
      expect([countOf(first), countOf(second)]).toEqual(['1', '2']);
    });

    it('one message to two who ask at once', async () => {
      const { url } = await makeQueue();
      await put(url, 'once');
      const taken = await Promise.all([take(url), take(url), take(url), take(url)]);
      expect(taken.flat()).toHaveLength(1);
    });

    it('a message that was deleted', async () => {
      const { url } = await makeQueue();
      await put(url, 'done');
      const [message] = await take(url, 1);
      await sqs().send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));
      expect(await take(url, 2)).toEqual([]);
    });

    it('no message that was given back', async () => {
      const { url } = await makeQueue();
      await put(url, 'again');
      const [message] = await take(url, 1);
      const giveBack = { QueueUrl: url, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 };
      await sqs().send(new ChangeMessageVisibilityCommand(giveBack));
      expect((await take(url)).map(countOf)).toEqual(['2']);
    });

    it('a third delivery of a message that is set aside after two', async () => {
      const { url, deadLetters } = await makeQueue();
      await put(url, 'poison');
      const counts: (string | undefined)[] = [];
      await eventually(async () => {
        counts.push(...(await take(url)).map(countOf));
        return (await take(deadLetters)).some(({ Body }) => Body === 'poison');
      }, 'set aside');
      expect(counts).toEqual(['1', '2']);
    });

    it('a delayed message before its time', async () => {
      const { url } = await makeQueue();
      const sentAt = performance.now();
      await put(url, 'later', { DelaySeconds: 1 });
      expect(await take(url)).toEqual([]);
      await eventually(async () => (await take(url)).length === 1, 'delivered');
      expect(performance.now() - sentAt).toBeGreaterThan(900);
    });

    it.each([
      { name: 'a body of more than a mebibyte', body: 'x'.repeat(1024 * 1024 + 1), more: {} },
      { name: 'a delay of more than 15 minutes', body: 'x', more: { DelaySeconds: 901 } },
      { name: 'characters outside XML', body: '\u0001', more: {} },
      { name: 'no body', body: '', more: {} },
    ])('$name', async ({ body, more }) => {
      const { url } = await makeQueue();
      await expect(put(url, body, more)).rejects.toThrow();
      expect(await take(url)).toEqual([]);
    });

    it('to hand out more than ten messages at once', async () => {
      const { url } = await makeQueue();
      await expect(take(url, 0, 11)).rejects.toThrow();
    });
  });

  describe('EventBridge', () => {
    const LIMIT = 256 * 1024;
    /** One entry whose source, detail type and detail have so many bytes. */
    const put = (bytes: number, more: object = {}) => {
      const others = Buffer.byteLength('st{"a":""}');
      const entry = { Source: 's', DetailType: 't', Detail: `{"a":"${'x'.repeat(bytes - others)}"}` };
      return emulation.clients.eventbridge.send(new PutEventsCommand({ Entries: [{ ...entry, ...more }] }));
    };

    it.each([
      { name: 'an entry of 256 KiB and a byte', bytes: LIMIT + 1, more: {} },
      { name: 'one that its time takes over the limit', bytes: LIMIT - 13, more: { Time: new Date(0) } },
      { name: 'one that its resources take over it', bytes: LIMIT, more: { Resources: ['r'] } },
    ])('$name', async ({ bytes, more }) => {
      await expect(put(bytes, more)).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it.each([
      { name: 'no entry of 256 KiB', bytes: LIMIT, more: {} },
      { name: 'none that has 14 bytes left for its time', bytes: LIMIT - 14, more: { Time: new Date(0) } },
    ])('$name', async ({ bytes, more }) => {
      expect((await put(bytes, more)).FailedEntryCount).toBe(0);
    });
  });

  describe('S3', () => {
    let store: ObjectStore;
    let client: S3Client;
    beforeAll(async () => {
      store = await startObjectStore();
      client = new S3Client({
        region: HOME_REGION,
        endpoint: store.url,
        forcePathStyle: true,
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
    });
    afterAll(async () => {
      client.destroy();
      await store.close();
    });
    const put = (Key: string, Body: string, more: object = {}) =>
      client.send(new PutObjectCommand({ Bucket: 'audit', Key, Body, ...more }));
    const bodiesOf = (key: string) =>
      store.objects.filter(({ path }) => path === `/audit/${key}`).map(({ body }) => body);
    const ONCE = { IfNoneMatch: '*' };

    it('a put of an object that must not be there and is, and leaves that one', async () => {
      await put('taken', 'first', ONCE);
      await expect(put('taken', 'second', ONCE)).rejects.toMatchObject({
        name: 'PreconditionFailed',
        $metadata: { httpStatusCode: 412 },
      });
      expect(bodiesOf('taken')).toEqual(['first']);
    });

    it('all but one of twenty such puts at once', async () => {
      const puts = Array.from({ length: 20 }, (_, index) => put('raced', String(index), ONCE));
      const outcomes = await Promise.allSettled(puts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(bodiesOf('raced')).toHaveLength(1);
    });

    it('no put of another object, nor one without the condition', async () => {
      await put('one', 'first', ONCE);
      await put('two', 'first', ONCE);
      await put('one', 'second');
      expect([bodiesOf('one').at(-1), bodiesOf('two')]).toEqual(['second', ['first']]);
    });

    it('a condition that S3 does not know', async () => {
      await expect(put('etag', 'x', { IfNoneMatch: '"etag"' })).rejects.toMatchObject({
        $metadata: { httpStatusCode: 501 },
      });
      expect(bodiesOf('etag')).toEqual([]);
    });
  });
});
