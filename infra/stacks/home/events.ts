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
  bus.addToResourcePolicy(
    denyWithoutTls('events:PutEvents', arnOf('events', { account, region }, `event-bus/${names.eventBus}`)),
  );
  if (retention.event_archive_days === 0) return;
  new Archive(scope, 'EventArchive', {
    sourceEventBus: bus,
    archiveName: names.eventBus,
    description: 'Completion events, to be sent again to whoever missed them',
    eventPattern: { source: ['mpic'] },
    retention: Duration.days(retention.event_archive_days),
  });
}
