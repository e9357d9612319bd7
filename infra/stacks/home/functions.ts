import { Duration, Stack } from 'aws-cdk-lib';
import type { ApiKey } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import { SETTINGS } from '../../../shared/contract/settings/settings.ts';
import { HOME_RECEIVE_COUNT } from '../../../shared/ports/queues.ts';
import type { Deployment } from '../../config/deployment.ts';
import { homeEnvironment } from '../../config/environment.ts';
import type { PackagedCode } from '../../config/packaged-code.ts';
import { apiPermissions, decisionPermissions, type Permission } from '../../config/permissions.ts';
import { allow } from '../../constructs/allow.ts';
import type { PartProps } from '../../constructs/scope.ts';
import { ServiceFunction } from '../../constructs/service-function.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';

/** A gateway waits 29 seconds; whatever runs longer runs for nobody. */
const API_TIMEOUT = Duration.seconds(29);
/** A look, the wait for stragglers, the verdict and its publication; far below it unless a store hangs. */
const DECISION_TIMEOUT = Duration.seconds(25);
/** Messages of one batch are handled at the same time. */
const DECISION_BATCH = 10;
const DEADLINE_CONCURRENCY = 50;
/** Perspectives may send wake-ups without end; deadlines have environments that these cannot take. */
const WAKE_CONCURRENCY = 20;

export interface HomeFunctions {
  readonly api: ServiceFunction;
  readonly decision: ServiceFunction;
  readonly deadlines: WorkQueue;
  readonly wakeUps: WorkQueue;
}

/** The two functions of the home region and the queues by which the decision learns what to look at. */
export function createFunctions(
  scope: Construct,
  props: PartProps,
  code: PackagedCode,
  keys: ReadonlyMap<string, ApiKey>,
): HomeFunctions {
  const { deployment } = props;
  const { names, functions } = deployment;
  const environment = homeEnvironment(deployment, code.version);
  const api = new ServiceFunction(scope, 'ApiFunction', {
    ...props,
    what: 'api',
    description: 'Accepts requests, waits for their verdicts and answers',
    code: { zip: code.api },
    memoryMb: functions.api_memory_mb,
    timeout: API_TIMEOUT,
    environment: { ...environment, [SETTINGS.callers.name]: namesById(scope, keys) },
    permissions: toStatements(apiPermissions(deployment)),
    provisioned: functions.provisioned_api,
    preTraffic: code.preTraffic,
  });
  const decision = new ServiceFunction(scope, 'DecisionFunction', {
    ...props,
    what: 'decision',
    description: 'Ends requests at their deadlines and publishes every verdict',
    code: { zip: code.decision },
    memoryMb: functions.decision_memory_mb,
    timeout: DECISION_TIMEOUT,
    environment: { ...environment, [SETTINGS.auditBucket.name]: auditBucket(deployment) },
    permissions: toStatements(decisionPermissions(deployment)),
    provisioned: 0,
    preTraffic: code.preTraffic,
  });
  const deadlines = new WorkQueue(scope, 'Deadlines', {
    ...props,
    queueName: names.deadlineQueue,
    what: 'deadlines',
    consumerTimeout: DECISION_TIMEOUT,
    // Each one may be the last that remembers a request.
    retention: Duration.days(14),
    maxReceives: HOME_RECEIVE_COUNT,
  });
  const wakeUps = new WorkQueue(scope, 'WakeUps', {
    ...props,
    queueName: names.wakeQueue,
    what: 'wake-ups',
    consumerTimeout: DECISION_TIMEOUT,
    // What perspectives send is gone soon, and may wait for the tables as long as a deadline may.
    retention: Duration.hours(1),
    maxReceives: HOME_RECEIVE_COUNT,
  });
  // Mappings and no more: an event source of the CDK would give the role further actions.
  decision.live.addEventSourceMapping('Deadlines', {
    eventSourceArn: deadlines.queue.queueArn,
    batchSize: DECISION_BATCH,
    maxConcurrency: DEADLINE_CONCURRENCY,
    reportBatchItemFailures: true,
  });
  decision.live.addEventSourceMapping('WakeUps', {
    eventSourceArn: wakeUps.queue.queueArn,
    batchSize: DECISION_BATCH,
    maxConcurrency: WAKE_CONCURRENCY,
    reportBatchItemFailures: true,
  });
  return { api, decision, deadlines, wakeUps };
}

function auditBucket({ account, home_region: region, names }: Deployment): string {
  return names.auditBucket({ account, region });
}

/** The platform tells the ids of keys, people know their names. */
function namesById(scope: Construct, keys: ReadonlyMap<string, ApiKey>): string {
  return Stack.of(scope).toJsonString(Object.fromEntries([...keys].map(([name, key]) => [key.keyId, name])));
}

function toStatements(permissions: readonly Permission[]) {
  return permissions.map(({ actions, resources, conditions }) => allow(actions, resources, conditions));
}
