import { Duration, Stack } from 'aws-cdk-lib';
import type { ApiKey } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { Deployment } from '../../config/deployment.ts';
import { homeEnvironment } from '../../config/environment.ts';
import { apiPermissions, decisionPermissions, type Permission } from '../../config/permissions.ts';
import { allow } from '../../constructs/allow.ts';
import type { PartProps } from '../../constructs/scope.ts';
import { ServiceFunction } from '../../constructs/service-function.ts';
import { WorkQueue } from '../../constructs/work-queue.ts';
import type { PackagedCode } from '../packaged-code.ts';

/** A gateway waits 29 seconds; whatever runs longer runs for nobody. */
const API_TIMEOUT = Duration.seconds(29);
/** A look, the wait for stragglers, the verdict and its publication; far below it unless a store hangs. */
const DECISION_TIMEOUT = Duration.seconds(25);
/** Messages of one batch are handled at the same time. */
const DECISION_BATCH = 10;
const DECISION_CONCURRENCY = 50;

export interface HomeFunctions {
  readonly api: ServiceFunction;
  readonly decision: ServiceFunction;
  readonly decisions: WorkQueue;
}

/** The two functions of the home region and the queue between them. */
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
    environment: { ...environment, MPIC_CALLERS: namesById(scope, keys) },
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
    environment: { ...environment, MPIC_AUDIT_BUCKET: auditBucket(deployment) },
    permissions: toStatements(decisionPermissions(deployment)),
    provisioned: 0,
    preTraffic: code.preTraffic,
  });
  const decisions = new WorkQueue(scope, 'Decisions', {
    ...props,
    queueName: names.decisionQueue,
    what: 'decision',
    consumerTimeout: DECISION_TIMEOUT,
    // Each one may be the last that remembers a request.
    retention: Duration.days(14),
  });
  // A mapping and no more: an event source of the CDK would give the role further actions.
  decision.live.addEventSourceMapping('Decisions', {
    eventSourceArn: decisions.queue.queueArn,
    batchSize: DECISION_BATCH,
    maxConcurrency: DECISION_CONCURRENCY,
    reportBatchItemFailures: true,
  });
  return { api, decision, decisions };
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
