import { describe, expect, it } from 'vitest';
import { QUEUE_SETTINGS } from '../simulation/world/cloud.ts';
import { synthesise } from '../support/infra/synthesise.ts';
import { memberAt, theOne } from '../support/infra/template.ts';

describe('the queues of the simulation', () => {
  const { home, perspectives } = synthesise('the example');
  const jobs = perspectives.get('sa-east-1');
  it.each([
    { stack: home, name: 'mpic-deadlines', simulated: QUEUE_SETTINGS.deadlines },
    { stack: home, name: 'mpic-wake-ups', simulated: QUEUE_SETTINGS.wakeUps },
    { stack: jobs, name: 'mpic-jobs-sa-east-1', simulated: QUEUE_SETTINGS.jobs },
  ])('$name keeps, hides and gives up messages as it is deployed', ({ stack, name, simulated }) => {
    const { properties } = theOne(stack ?? home, 'AWS::SQS::Queue', { QueueName: name });
    expect({
      maxReceives: memberAt(properties, 'RedrivePolicy.maxReceiveCount'),
      visibilityMs: Number(properties.VisibilityTimeout) * 1000,
      retentionMs: Number(properties.MessageRetentionPeriod) * 1000,
    }).toEqual(simulated);
  });
});
