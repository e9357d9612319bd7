import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type QueueAddress, queueAddress, type SqsClients } from '../../../shared/adapters/aws/clients.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import { HOME_RECEIVE_COUNT, MAX_RECEIVE_COUNT } from '../../../shared/ports/queues.ts';

export interface QueueSpec {
  readonly name: string;
  readonly region: string;
  /** Seconds until a message that was received and not deleted comes again. */
  readonly visibilitySeconds?: number;
  /** Deliveries before a message is set aside. */
  readonly maxReceives?: number;
}

export const DEADLINE_QUEUE_NAME = 'mpic-deadlines';
export const WAKE_QUEUE_NAME = 'mpic-wake-ups';
const DEFAULT_VISIBILITY_SECONDS = 30;

/** The two queues of the home region. */
export function homeQueues(region: string): readonly QueueSpec[] {
  return [
    { name: DEADLINE_QUEUE_NAME, region, maxReceives: HOME_RECEIVE_COUNT },
    { name: WAKE_QUEUE_NAME, region, maxReceives: HOME_RECEIVE_COUNT },
  ];
}

export function jobQueueName(perspective: PerspectiveCode): string {
  return `mpic-jobs-${perspective}`;
}

/** Every queue has a dead-letter queue of this name beside it. */
export function deadLetterQueueName(name: string): string {
  return `${name}-dlq`;
}

/** Make queues in an emulator, each with its dead-letter queue, and return their addresses by name. */
export async function createQueues(
  clients: SqsClients,
  specs: readonly QueueSpec[],
): Promise<ReadonlyMap<string, QueueAddress>> {
  const made = await Promise.all(
    specs.map((spec) => createWithDeadLetterQueue(clients.inRegion(spec.region), spec)),
  );
  return new Map(made.flat());
}

async function createWithDeadLetterQueue(
  client: SQSClient,
  spec: QueueSpec,
): Promise<[string, QueueAddress][]> {
  const { name, region, maxReceives = MAX_RECEIVE_COUNT } = spec;
  const { visibilitySeconds = DEFAULT_VISIBILITY_SECONDS } = spec;
  const deadLetterName = deadLetterQueueName(name);
  const deadLetters = await createQueue(client, deadLetterName, {});
  const queue = await createQueue(client, name, {
    VisibilityTimeout: String(visibilitySeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: queueArn(deadLetters.queueUrl, region, deadLetterName),
      maxReceiveCount: maxReceives,
    }),
  });
  return [
    [name, queue],
    [deadLetterName, deadLetters],
  ];
}

async function createQueue(
  client: SQSClient,
  name: string,
  attributes: Readonly<Record<string, string>>,
): Promise<QueueAddress> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  if (QueueUrl === undefined) throw new Error(`queue ${name} was made without a URL`);
  return queueAddress(QueueUrl);
}

/** A queue URL ends in `/<account>/<name>`. */
function queueArn(queueUrl: string, region: string, name: string): string {
  const account = new URL(queueUrl).pathname.split('/')[1];
  return `arn:aws:sqs:${region}:${account}:${name}`;
}
