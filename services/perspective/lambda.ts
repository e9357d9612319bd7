import {
  createDynamoDbClient,
  endpointsFromEnvironment,
  queueAddress,
  SqsClients,
} from '../../shared/adapters/aws/clients.ts';
import { DynamoDbResultStore } from '../../shared/adapters/aws/dynamodb-result-store.ts';
import { SqsDecisionQueue } from '../../shared/adapters/aws/sqs-decision-queue.ts';
import { createSqsBatchHandler } from '../../shared/adapters/aws/sqs-lambda-batch.ts';
import { warmConnection } from '../../shared/adapters/aws/warm-connection.ts';
import { parseServerAddress } from '../../shared/adapters/dns/server-address.ts';
import { createStubResolver, createSystemResolver } from '../../shared/adapters/dns/stub-resolver.ts';
import { createNetworkView } from '../../shared/adapters/net/network-view.ts';
import { createStderrLog } from '../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import { createJobHandler } from './handle-job.ts';
import { readPerspectiveSettings } from './lambda-settings.ts';
import { runCheck } from './run-check.ts';

/**
 * One perspective as a Lambda function with its region's job queue as event source. Connections to the home region are
 * opened while the function initialises.
 */
const settings = readPerspectiveSettings(process.env);
const endpoints = endpointsFromEnvironment(process.env);
const home = { region: settings.homeRegion, endpoints };
const dynamodb = createDynamoDbClient(home);
const sqs = new SqsClients(home);
const decisionQueue = queueAddress(settings.decisionQueue);
const log = createStderrLog({ format: 'json', level: settings.logLevel, now: systemClock.now });
const { dnsTimeoutMs: queryTimeoutMs } = settings;

const resolver =
  settings.resolver === 'system'
    ? createSystemResolver({ queryTimeoutMs })
    : createStubResolver({
        mode: settings.resolver,
        servers: [parseServerAddress(settings.resolver)],
        queryTimeoutMs,
      });

export const handler = createSqsBatchHandler(
  createJobHandler({
    perspective: settings.perspective,
    view: createNetworkView({ resolver, allowTestNames: false }),
    results: new DynamoDbResultStore({ client: dynamodb, table: settings.resultsTable }),
    decisions: new SqsDecisionQueue(sqs, decisionQueue),
    runCheck,
    clock: systemClock,
    log,
    checkTimeoutMs: settings.checkTimeoutMs,
    recorder: `mpic/${settings.version} ${settings.instance}`,
  }),
  log,
);

await Promise.all([
  warmConnection(dynamodb, 'dynamodb', settings.homeRegion, endpoints.dynamodb),
  sqs.warm([decisionQueue.region]),
]);
