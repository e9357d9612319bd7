import { Duration } from 'aws-cdk-lib';
import { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { arnOf } from '../../config/names.ts';
import { denyWithoutTls } from '../../constructs/allow.ts';
import type { PartProps } from '../../constructs/scope.ts';

/** The bus of completion events, and an archive from which they can be sent again. Rules are the operator's. */
export function createEvents(scope: Construct, { deployment, key }: PartProps): void {
  const { account, home_region: region, names, retention } = deployment;
  const bus = new EventBus(scope, 'Events', {
    eventBusName: names.eventBus,
    description: 'One event for each completed request',
    ...(key === null ? {} : { kmsKey: key }),
  });
  const busArn = arnOf('events', { account, region }, `event-bus/${names.eventBus}`);
  bus.addToResourcePolicy(denyWithoutTls('events:PutEvents', busArn));
  if (retention.event_archive_days === 0) return;
  const archive = new Archive(scope, 'EventArchive', {
    // By its ARN: the policy of the key will name it, and the bus waits for the key.
    sourceEventBus: EventBus.fromEventBusArn(scope, 'ArchivedEvents', busArn),
    archiveName: names.eventBus,
    description: 'Completion events, to be sent again to whoever missed them',
    eventPattern: { source: ['mpic'] },
    retention: Duration.days(retention.event_archive_days),
    ...(key === null ? {} : { kmsKey: key }),
  });
  archive.node.addDependency(bus);
}
