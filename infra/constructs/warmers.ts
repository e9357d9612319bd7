import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { FunctionEvent } from '../../shared/contract/messages/function-event.ts';
import { allow } from './allow.ts';
import type { PartProps } from './scope.ts';

/** How long an environment that is warmed stays busy, so that the next warmer reaches another one, milliseconds. */
const HOLD_MS = 500;

/** Have the scheduler touch as many environments of a function as the operator wants kept warm, with an event of our own. */
export function keepWarm(
  scope: Construct,
  live: Alias,
  { deployment, what }: Pick<PartProps, 'deployment'> & { readonly what: string },
): void {
  const { every_minutes: minutes, instances } = deployment.warmers;
  if (instances === 0) return;
  const role = new Role(scope, 'WarmerRole', {
    roleName: deployment.names.role(`warm-${what}`),
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': deployment.account } },
    }),
  });
  role.addToPolicy(allow(['lambda:InvokeFunction'], live.functionArn));
  const event: FunctionEvent = { mpic: 'warm', hold_ms: instances > 1 ? HOLD_MS : 0 };
  for (let index = 1; index <= instances; index++) {
    const schedule = new CfnSchedule(scope, `Warmer${index}`, {
      name: deployment.names.function(`warm-${what}-${index}`),
      description: `Keeps an environment of ${deployment.names.function(what)} ready`,
      scheduleExpression: `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: live.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(event),
        // The next one comes soon enough.
        retryPolicy: { maximumRetryAttempts: 0 },
      },
    });
    schedule.node.addDependency(role);
  }
}
