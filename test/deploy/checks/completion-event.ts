import {
  DeleteRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { arnOf } from '../../../infra/config/names.ts';
import { EVENT_SOURCE, requestCompletedSchema } from '../../../shared/contract/messages/request-completed.ts';
import { poll } from '../poll.ts';
import { type Check, demand, type World } from '../world.ts';
import { PERMITTED } from '../zone.ts';

const TIMEOUT_MS = 30_000;
const WAIT_S = 2;
const MAX_MESSAGES = 10;
const RULE_TARGET = 'queue';

const eventSchema = z.object({ source: z.literal(EVENT_SOURCE), detail: requestCompletedSchema });

/** Completion events reach whoever has a rule on the bus (docs/events.md). */
export const EVENT_CHECKS: readonly Check[] = [
  {
    sentence:
      'a rule on the event bus gets the completion events of a synchronous and an asynchronous request',
    run: (world) =>
      withListener(world, async (receive) => {
        const { mpic_id: sync } = await world.api.checkCaa(PERMITTED);
        const { mpic_id: async_ } = await world.api.checkCaaAsync(PERMITTED);
        const seen = new Map<string, boolean>();
        await poll('both completion events came', TIMEOUT_MS, 0, async () => {
          for (const { detail } of await receive()) seen.set(detail.mpic_id, detail.is_valid);
          return seen.has(sync) && seen.has(async_) ? true : null;
        });
        demand(seen.get(sync) === true && seen.get(async_) === true, 'they say that it is not valid');
        return undefined;
      }),
  },
];

type Receive = () => Promise<readonly z.infer<typeof eventSchema>[]>;

/** A queue with a rule that leads there, as an operator would make them, for as long as `work` takes. */
async function withListener<T>(world: World, work: (receive: Receive) => Promise<T>): Promise<T> {
  const { account, home_region: region, names } = world.deployment;
  const [events, sqs] = [world.aws.events(region), world.aws.sqs(region)];
  const name = names.function('listener');
  const arn = arnOf('sqs', { account, region }, name);
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn,
      },
    ],
  });
  const rule = { Name: name, EventBusName: names.eventBus };
  const target = { Rule: name, EventBusName: names.eventBus };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }));
  try {
    await events.send(
      new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: [EVENT_SOURCE] }) }),
    );
    await events.send(new PutTargetsCommand({ ...target, Targets: [{ Id: RULE_TARGET, Arn: arn }] }));
    return await work(async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: WAIT_S, MaxNumberOfMessages: MAX_MESSAGES }),
      );
      return Messages.map(({ Body = '' }) => eventSchema.parse(JSON.parse(Body)));
    });
  } finally {
    await events.send(new RemoveTargetsCommand({ ...target, Ids: [RULE_TARGET] }));
    await events.send(new DeleteRuleCommand(rule));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }
}
