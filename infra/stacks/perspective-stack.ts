import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { App } from 'aws-cdk-lib/core';
import type { DeployedPerspective, Deployment } from '../config/deployment.ts';
import { perspectiveEnvironment } from '../config/environment.ts';
import type { PackagedCode } from '../config/packaged-code.ts';
import { perspectivePermissions } from '../config/permissions.ts';
import { raiseAlarm } from '../constructs/alarm.ts';
import { allow } from '../constructs/allow.ts';
import { countLines } from '../constructs/log-metrics.ts';
import { createRegionParts } from '../constructs/region-parts.ts';
import type { PartProps } from '../constructs/scope.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { WorkQueue } from '../constructs/work-queue.ts';

/** Time a function has beyond its check, for a cold start and the writes. */
const BEYOND_CHECK = Duration.seconds(10);
/** Jobs of one batch run at the same time and share one resolver. */
const BATCH_SIZE = 10;

/** One perspective: its job queue, and its function unless it is hosted elsewhere. */
export class PerspectiveStack extends Stack {
  constructor(app: App, deployment: Deployment, perspective: DeployedPerspective, code: PackagedCode) {
    const { account, names } = deployment;
    super(app, names.perspectiveStack(perspective.code), {
      env: { account, region: perspective.region },
      description: `MPIC: the perspective ${perspective.code} of ${deployment.name}`,
    });
    const parts = createRegionParts(this, deployment, `perspective-${perspective.code}`);
    // Functions and queues count in whole seconds.
    const timeout = Duration.seconds(Math.ceil(deployment.limits.check_timeout_ms / 1_000)).plus(
      BEYOND_CHECK,
    );
    const jobs = new WorkQueue(this, 'Jobs', {
      ...parts,
      queueName: names.jobQueue(perspective.code),
      what: perspective.code,
      consumerTimeout: timeout,
      // A job is of no use once its attempt is over; a minute lets a short outage drain into the log rather than vanish.
      retention: Duration.minutes(5),
    });
    new CfnOutput(this, 'JobQueueUrl', { value: jobs.queue.queueUrl });
    if (perspective.host === 'function') this.#hostFunction(parts, perspective, code, jobs, timeout);
  }

  #hostFunction(
    parts: PartProps,
    perspective: DeployedPerspective,
    code: PackagedCode,
    jobs: WorkQueue,
    timeout: Duration,
  ): void {
    const { deployment } = parts;
    const { functions, limits } = deployment;
    const isZip = perspective.packaging === 'zip';
    const service = new ServiceFunction(this, 'Perspective', {
      ...parts,
      what: `perspective-${perspective.code}`,
      description: `Looks at targets from ${perspective.name}`,
      code: isZip ? { zip: code.perspectiveZip } : { image: code.perspectiveImage },
      memoryMb: functions.perspective_memory_mb,
      timeout,
      environment: perspectiveEnvironment(deployment, perspective, code.version),
      permissions: perspectivePermissions(deployment, perspective.code).map(
        ({ actions, resources, conditions }) => allow(actions, resources, conditions),
      ),
      provisioned: functions.provisioned_perspective,
      preTraffic: code.preTraffic,
    });
    const pollers = functions.provisioned_pollers;
    // A mapping and no more: an event source of the CDK would give the role further actions.
    service.live.addEventSourceMapping('Jobs', {
      eventSourceArn: jobs.queue.queueArn,
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
      // Pollers of one's own and a limit of concurrency exclude each other.
      ...(pollers > 0
        ? {
            provisionedPollerConfig: {
              minimumPollers: Math.max(2, pollers),
              maximumPollers: Math.max(2, pollers) * 5,
            },
          }
        : { maxConcurrency: limits.perspective_concurrency }),
    });
    raiseAlarm(this, 'ResolverAlarm', parts, {
      name: `resolver-failed-${perspective.code}`,
      runbook: 'resolver-failed',
      says: `The validating resolver of ${perspective.code} has failed for good in an environment: its lookups fail.`,
      metric: countLines(
        service.logGroup,
        `ResolverFailed-${perspective.code}`,
        '{ $.event = "resolver_failed" }',
      ),
      threshold: 1,
    });
  }
}
