import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { QueueAddress, SqsClients } from '../../shared/adapters/aws/clients.ts';
import { EventBridgeBus } from '../../shared/adapters/aws/eventbridge-bus.ts';
import { type AwsClients, createAwsClients } from '../../shared/adapters/aws/home-clients.ts';
import { startSqsConsumer } from '../../shared/adapters/aws/sqs-consumer.ts';
import { SqsDeadlineQueue, SqsWakeQueue } from '../../shared/adapters/aws/sqs-home-queues.ts';
import { SqsJobQueue } from '../../shared/adapters/aws/sqs-job-queue.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import { DEFAULT_TABLE_NAMES } from '../../shared/contract/deployment/tables.ts';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import type { DeadlineQueue, MessageHandler, WakeQueue } from '../../shared/ports/queues.ts';
import { emulatorSettings } from '../lab/emulators/emulators.ts';
import {
  DEADLINE_QUEUE_NAME,
  deadLetterQueueName,
  homeQueues,
  jobQueueName,
  WAKE_QUEUE_NAME,
} from '../lab/emulators/queues.ts';
import { awsStores, HOME_REGION, startAwsEmulation } from '../support/aws-emulation.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { describeEventBus } from './event-bus.ts';
import { describeDeadlineQueue, describeWakeQueue } from './home-queue.ts';
import { describeJobQueue } from './job-queue.ts';
import { describeRequestStore } from './request-store.ts';
import { describeResultStore } from './result-store.ts';
import type { HomeQueueSubject, StoreSubject } from './subjects.ts';

const NAME = 'AWS adapters over emulators';
const NEAR = 'near';
const FAR = 'far';

/** Nothing listens on port 1. */
const NOWHERE = {
  dynamodb: 'http://127.0.0.1:1',
  sqs: 'http://127.0.0.1:1',
  eventbridge: 'http://127.0.0.1:1',
};
const unreachableClients = () => createAwsClients(emulatorSettings(NOWHERE, HOME_REGION));

async function openStore(dataDir: string): Promise<StoreSubject> {
  const emulation = await startAwsEmulation(dataDir);
  return {
    ...awsStores(emulation.clients, emulation.tables),
    async reopen() {
      await emulation.close();
      return openStore(dataDir);
    },
    unreachable: () => awsStores(unreachableClients(), DEFAULT_TABLE_NAMES),
    async close() {
      await emulation.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const temporaryStore = async () => openStore(await mkdtemp(join(tmpdir(), 'mpic-contract-')));

describeRequestStore(NAME, temporaryStore);
describeResultStore(NAME, temporaryStore);

function consume(clients: AwsClients, queue: QueueAddress, handler: MessageHandler) {
  return startSqsConsumer({
    clients: clients.sqs,
    queue,
    handler,
    clock: systemClock,
    log: createRecordingLog(),
    retrySeconds: () => 0,
  });
}

/** Collects dead letters over several reads: SQS hides a message from other readers after each read. */
function followDeadLetters(clients: AwsClients, queue: QueueAddress): () => Promise<readonly string[]> {
  const bodies: string[] = [];
  return async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: queue.queueUrl, MaxNumberOfMessages: 10 });
    const { Messages } = await clients.sqs.inRegion(queue.region).send(receive);
    for (const { Body } of Messages ?? []) bodies.push(Body ?? '');
    return bodies;
  };
}

function take<T>(queues: ReadonlyMap<string, T>, name: string): T {
  const queue = queues.get(name);
  if (queue === undefined) throw new Error(`no queue ${name}`);
  return queue;
}

describeJobQueue(NAME, async () => {
  const { clients, createQueues, close } = await startAwsEmulation();
  const made = await createQueues([
    { name: jobQueueName(NEAR), region: 'eu-central-1' },
    { name: jobQueueName(FAR), region: 'ap-southeast-1' },
  ]);
  const queues = new Map([NEAR, FAR].map((code) => [code, take(made, jobQueueName(code))]));
  const deadLetters = new Map(
    [NEAR, FAR].map((code) => [
      code,
      followDeadLetters(clients, take(made, deadLetterQueueName(jobQueueName(code)))),
    ]),
  );
  return {
    queue: new SqsJobQueue(clients.sqs, queues),
    perspectives: [NEAR, FAR],
    consume: (perspective, handler) => consume(clients, take(queues, perspective), handler),
    deadLetters: (perspective) => take(deadLetters, perspective)(),
    unreachable: () => new SqsJobQueue(unreachableClients().sqs, queues),
    close,
  };
});

/** One of the two queues of the home region, with its sending adapter. */
async function homeQueue<Queue extends DeadlineQueue | WakeQueue>(
  name: string,
  connect: (clients: SqsClients, queue: QueueAddress) => Queue,
): Promise<HomeQueueSubject<Queue>> {
  const { clients, createQueues, close } = await startAwsEmulation();
  const made = await createQueues(homeQueues(HOME_REGION));
  const queue = take(made, name);
  return {
    queue: connect(clients.sqs, queue),
    consume: (handler) => consume(clients, queue, handler),
    deadLetters: followDeadLetters(clients, take(made, deadLetterQueueName(name))),
    unreachable: () => connect(unreachableClients().sqs, queue),
    close,
  };
}

describeDeadlineQueue(NAME, () =>
  homeQueue(DEADLINE_QUEUE_NAME, (clients, queue) => new SqsDeadlineQueue(clients, queue)),
);
describeWakeQueue(NAME, () =>
  homeQueue(WAKE_QUEUE_NAME, (clients, queue) => new SqsWakeQueue(clients, queue)),
);

describeEventBus(NAME, async () => {
  const { clients, emulators, close } = await startAwsEmulation();
  return {
    bus: new EventBridgeBus({ client: clients.eventbridge, busName: 'mpic' }),
    async heard() {
      const response = await fetch(`${emulators.endpoints.eventbridge}/events`);
      const { events } = (await response.json()) as { events: { detail: RequestCompletedEvent }[] };
      return events.map(({ detail }) => detail);
    },
    refuse: () => emulators.refuseEvents('ThrottlingException'),
    unreachable: () => new EventBridgeBus({ client: unreachableClients().eventbridge, busName: null }),
    close,
  };
});
