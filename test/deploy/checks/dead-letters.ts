import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { queueUrl } from '../../../infra/config/names.ts';
import { poll } from '../poll.ts';
import type { Check, World } from '../world.ts';

/** Three deliveries, each followed by the time that its consumer might take. */
const TIMEOUT_MS = 180_000;
const WAIT_S = 5;
const GARBAGE = 'no message of this service';
const PERSPECTIVE = 'us-east-1';

interface Sent {
  readonly region: string;
  readonly queue: string;
}

/** Send what nobody can read to a job queue and to the queue of wake-ups; where it goes takes a minute or two. */
export async function sendGarbage(world: World): Promise<void> {
  await Promise.all(
    listQueues(world).map(({ region, queue }) =>
      world.aws
        .sqs(region)
        .send(new SendMessageCommand({ QueueUrl: addressOf(world, region, queue), MessageBody: GARBAGE })),
    ),
  );
}

/** To be asked last, for what {@link sendGarbage} sent. */
export const DEAD_LETTER_CHECKS: readonly Check[] = [
  {
    sentence: 'a job that cannot be read ends in the dead-letter queue of its perspective',
    run: (world) => waitForLetter(world, listQueues(world)[0]),
  },
  {
    sentence: 'a wake-up that cannot be read is done with: it neither comes again nor is set aside',
    run: (world) => waitUntilEmpty(world, listQueues(world)[1]),
  },
];

function listQueues({ deployment }: World): readonly [Sent, Sent] {
  const { home_region: home, names } = deployment;
  return [
    { region: PERSPECTIVE, queue: names.jobQueue(PERSPECTIVE) },
    { region: home, queue: names.wakeQueue },
  ];
}

async function waitForLetter(world: World, { region, queue }: Sent): Promise<undefined> {
  const QueueUrl = addressOf(world, region, world.deployment.names.deadLetters(queue));
  await poll(`the message in the dead-letter queue of ${queue}`, TIMEOUT_MS, 0, async () => {
    const { Messages = [] } = await world.aws
      .sqs(region)
      .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: WAIT_S }));
    return Messages.some(({ Body }) => Body === GARBAGE) ? true : null;
  });
}

async function waitUntilEmpty(world: World, { region, queue }: Sent): Promise<undefined> {
  const count = async (name: string) => {
    const { Attributes = {} } = await world.aws.sqs(region).send(
      new GetQueueAttributesCommand({
        QueueUrl: addressOf(world, region, name),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, one) => sum + Number(one), 0);
  };
  await poll(`nothing in ${queue}`, TIMEOUT_MS, WAIT_S * 1000, async () =>
    (await count(queue)) === 0 ? true : null,
  );
  const setAside = await count(world.deployment.names.deadLetters(queue));
  if (setAside > 0) throw new Error(`${setAside} messages are in the dead-letter queue of ${queue}`);
}

function addressOf({ deployment: { account } }: World, region: string, queue: string): string {
  return queueUrl({ account, region }, queue);
}
