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
import { createNetworkView } from '../../shared/adapters/net/network-view.ts';
import { createStderrLog } from '../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import { findUnbound } from '../../shared/adapters/unbound/find-unbound.ts';
import { readRootFiles } from '../../shared/adapters/unbound/root-files.ts';
import { createJobHandler } from './handle-job.ts';
import { readPerspectiveSettings } from './lambda-settings.ts';
import { type OpenResolver, openResolver, type UnboundParts } from './open-resolver.ts';
import { runCheck } from './run-check.ts';

/**
 * One perspective as a Lambda function with its region's job queue as event source. Connections to the home region are
 * opened, and its resolver is started, while the function initialises.
 */
const settings = readPerspectiveSettings(process.env);
const endpoints = endpointsFromEnvironment(process.env);
const home = { region: settings.homeRegion, endpoints };
const dynamodb = createDynamoDbClient(home);
const sqs = new SqsClients(home);
const decisionQueue = queueAddress(settings.decisionQueue);
const log = createStderrLog({ format: 'json', level: settings.logLevel, now: systemClock.now });
/** The daemon of the image, which trusts the root keys of IANA and nothing else. */
async function findParts(): Promise<UnboundParts | null> {
  const found = await findUnbound();
  return found === null ? null : { ...found, rootFiles: readRootFiles(null, null) };
}

async function open(): Promise<OpenResolver> {
  return openResolver({
    perspective: settings.perspective,
    mode: settings.resolver,
    unbound: settings.resolver === 'unbound' ? await findParts() : null,
    queryTimeoutMs: settings.dnsTimeoutMs,
    checkTimeoutMs: settings.checkTimeoutMs,
    controlName: settings.controlName,
    allowedNetworks: [],
    log,
  });
}

const [{ resolver, revive }] = await Promise.all([
  open(),
  warmConnection(dynamodb, 'dynamodb', settings.homeRegion, endpoints.dynamodb),
  sqs.warm([decisionQueue.region]),
]);

const handleBatch = createSqsBatchHandler(
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

/** Each batch gets a resolver that runs, if one can be had; checks without one fail and say so. */
export const handler: typeof handleBatch = async (event) => {
  await revive();
  return handleBatch(event);
};
