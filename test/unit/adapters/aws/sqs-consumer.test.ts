import { randomUUID } from 'node:crypto';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type QueueAddress, SqsClients } from '../../../../shared/adapters/aws/clients.ts';
import { type SqsConsumerOptions, startSqsConsumer } from '../../../../shared/adapters/aws/sqs-consumer.ts';
import { sendMessage } from '../../../../shared/adapters/aws/sqs-send.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import type { Consumer } from '../../../../shared/ports/queues.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import { type AwsEmulation, HOME_REGION, startAwsEmulation } from '../../../support/aws-emulation.ts';
import { eventually } from '../../../support/eventually.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { type Reaction, type ServiceCall, startScriptedService } from '../../../support/scripted-service.ts';

const DENIED = { status: 400, body: { __type: 'com.amazonaws.sqs#AccessDenied', message: 'not yours' } };

describe('startSqsConsumer', () => {
  let emulation: AwsEmulation;
  const consumers: Consumer[] = [];
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    emulation = await startAwsEmulation();
  });
  afterEach(() => Promise.all(consumers.splice(0).map((consumer) => consumer.stop())));
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await emulation.close();
  });

  async function createQueue(visibilitySeconds = 30): Promise<QueueAddress> {
    const name = `test-${randomUUID()}`;
    const queue = (await emulation.createQueues([{ name, region: HOME_REGION, visibilitySeconds }])).get(
      name,
    );
    if (queue === undefined) throw new Error('no queue');
    return queue;
  }

  /** SQS behind a proxy that reacts to each call as configured. */
  async function clientsBehind(react: (call: ServiceCall) => Reaction | Promise<Reaction>) {
    const service = await startScriptedService(react, emulation.emulators.endpoints.sqs);
    const clients = new SqsClients(emulatorSettings({ sqs: service.url }, HOME_REGION));
    closing.push(service.close, () => clients.close());
    return { clients, calls: service.calls };
  }

  function consume(
    queue: QueueAddress,
    options: Partial<SqsConsumerOptions> & Pick<SqsConsumerOptions, 'handler'>,
  ) {
    const log = createRecordingLog();
    const consumer = startSqsConsumer({
      clients: emulation.clients.sqs,
      queue,
      clock: systemClock,
      log,
      ...options,
    });
    consumers.push(consumer);
    return { consumer, log };
  }

  const send = (queue: QueueAddress, body = '{}') => sendMessage(emulation.clients.sqs, queue, body, 0);

  function countHandled() {
    let handled = 0;
    const count = async () => {
      handled += 1;
    };
    return { count, handled: () => handled };
  }

  async function isEmpty({ queueUrl, region }: QueueAddress): Promise<boolean> {
    const name = queueUrl.split('/').at(-1);
    const response = await fetch(`${emulation.emulators.endpoints.sqs}/_fauxqs/queues/${name}`);
    const { messages } = (await response.json()) as { messages: Record<string, unknown[]> };
    return region === HOME_REGION && Object.values(messages).every((list) => list.length === 0);
  }

  it('deletes handled messages, also when stopped right after', async () => {
    const queue = await createQueue();
    const { count, handled } = countHandled();
    const { consumer } = consume(queue, { handler: count });
    await Promise.all(Array.from({ length: 25 }, () => send(queue)));
    await eventually(() => handled() === 25, 'all handled');
    await consumer.stop();
    expect(await isEmpty(queue)).toBe(true);
  });

  it('deletes in batches of ten', async () => {
    const queue = await createQueue();
    await Promise.all(Array.from({ length: 20 }, () => send(queue)));
    const { clients, calls } = await clientsBehind(() => 'forward');
    const { count, handled } = countHandled();
    const { consumer } = consume(queue, { clients, handler: count });
    await eventually(() => handled() === 20, 'all handled');
    await consumer.stop();
    const deletions = calls.filter(({ operation }) => operation.startsWith('DeleteMessage'));
    expect(deletions.map(({ operation }) => operation)).toEqual(['DeleteMessageBatch', 'DeleteMessageBatch']);
  });

  it('handles at most `concurrency` messages in parallel', async () => {
    const queue = await createQueue();
    await Promise.all(Array.from({ length: 30 }, () => send(queue)));
    let inHand = 0;
    let most = 0;
    const { count, handled } = countHandled();
    consume(queue, {
      concurrency: 7,
      handler: async () => {
        inHand += 1;
        most = Math.max(most, inHand);
        await new Promise((resolve) => setImmediate(resolve));
        inHand -= 1;
        await count();
      },
    });
    await eventually(() => handled() === 30, 'all handled');
    expect(most).toBeLessThanOrEqual(7);
    expect(most).toBeGreaterThan(1);
  });

  it('receives further messages while others are handled', async () => {
    const queue = await createQueue();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let inHand = 0;
    consume(queue, {
      handler: async () => {
        inHand += 1;
        await held;
      },
    });
    await Promise.all(Array.from({ length: 40 }, () => send(queue)));
    await eventually(() => inHand === 40, 'forty in hand at the same time');
    release();
  });

  it('logs failed receives and retries with growing pauses', async () => {
    const queue = await createQueue();
    const { clients } = await clientsBehind(({ operation, count: nth }) =>
      operation === 'ReceiveMessage' && nth <= 2 ? DENIED : 'forward',
    );
    const { count, handled } = countHandled();
    const { log } = consume(queue, { clients, handler: count });
    await send(queue);
    await eventually(() => handled() === 1, 'handled after all');
    const failures = log.entries.filter(({ event }) => event === 'receive_failed');
    expect(failures.map(({ fields }) => fields.retryInMs)).toEqual([100, 200]);
  });

  it('stops at once during the pause after a failed receive', async () => {
    const queue = await createQueue();
    const { clients } = await clientsBehind(() => DENIED);
    const { consumer, log } = consume(queue, { clients, handler: async () => {} });
    await eventually(() => log.entries.length >= 3, 'three failures');
    const startedAt = performance.now();
    await consumer.stop();
    expect(performance.now() - startedAt).toBeLessThan(300);
  });

  it('logs a failed deletion, and the message is redelivered', async () => {
    const queue = await createQueue(1);
    const { clients } = await clientsBehind(({ operation, count: nth }) =>
      operation === 'DeleteMessageBatch' && nth === 1 ? DENIED : 'forward',
    );
    const counts: number[] = [];
    const { log } = consume(queue, {
      clients,
      handler: async ({ receiveCount }) => {
        counts.push(receiveCount);
      },
    });
    await send(queue);
    await eventually(() => counts.length === 2, 'handled again');
    expect(counts).toEqual([1, 2]);
    expect(log.entries.map(({ event }) => event)).toEqual(['message_delete_failed']);
  });

  it('logs a failed deletion of one entry of a batch', async () => {
    const queue = await createQueue();
    const { clients } = await clientsBehind(({ operation }) =>
      operation === 'DeleteMessageBatch'
        ? {
            status: 200,
            body: { Successful: [], Failed: [{ Id: '0', SenderFault: false, Code: 'InternalError' }] },
          }
        : 'forward',
    );
    const { log } = consume(queue, { clients, handler: async () => {} });
    await send(queue);
    await eventually(() => log.entries.length === 1, 'logged');
    expect(log.entries[0]).toMatchObject({
      event: 'message_delete_failed',
      fields: { error: expect.stringContaining('InternalError') },
    });
  });

  it('redelivers a failed message after one second by default, later failures after the visibility timeout', async () => {
    const queue = await createQueue();
    const { clients, calls } = await clientsBehind(() => 'forward');
    const at: number[] = [];
    const { consumer } = consume(queue, {
      clients,
      handler: async () => {
        at.push(performance.now());
        throw new Error('cannot');
      },
    });
    await send(queue);
    await eventually(() => at.length === 2, 'delivered again');
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(900);
    await consumer.stop();
    const changes = calls.filter(({ operation }) => operation === 'ChangeMessageVisibility');
    expect(changes.map(({ body }) => body.VisibilityTimeout)).toEqual([1]);
  });

  it('redelivers a message of a crashed consumer after its visibility timeout', async () => {
    const queue = await createQueue(1);
    await send(queue, '{"survives":true}');
    const receive = new ReceiveMessageCommand({ QueueUrl: queue.queueUrl, WaitTimeSeconds: 1 });
    const { Messages } = await emulation.clients.sqs.inRegion(queue.region).send(receive);
    expect(Messages).toHaveLength(1);
    const seen: unknown[] = [];
    consume(queue, {
      handler: async ({ body, receiveCount }) => {
        seen.push([body, receiveCount]);
      },
    });
    await eventually(() => seen.length === 1, 'delivered to the next consumer');
    expect(seen).toEqual([['{"survives":true}', 2]]);
  });

  it('does not hold back messages in the last receive of a stopped consumer', async () => {
    const queue = await createQueue();
    const { consumer } = consume(queue, { handler: async () => {} });
    await send(queue);
    // The deletion is sent after the next receive call.
    await eventually(() => isEmpty(queue), 'the first message is done with');
    await consumer.stop();
    // After two exchanges the emulator has noticed that its client disconnected.
    await isEmpty(queue);
    await isEmpty(queue);
    const { count, handled } = countHandled();
    consume(queue, { handler: count });
    await send(queue);
    await eventually(() => handled() === 1, 'delivered long before the visibility timeout', 3000);
  });
});
