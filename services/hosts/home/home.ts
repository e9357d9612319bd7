import { fileURLToPath } from 'node:url';
import {
  createAwsClients,
  endpointsFromEnvironment,
  queueAddress,
} from '../../../shared/adapters/aws/clients.ts';
import { DynamoDbRequestStore } from '../../../shared/adapters/aws/dynamodb-request-store.ts';
import { DynamoDbResultReader } from '../../../shared/adapters/aws/dynamodb-result-reader.ts';
import { EventBridgeBus } from '../../../shared/adapters/aws/eventbridge-bus.ts';
import { PublicationCanary } from '../../../shared/adapters/aws/publication-canary.ts';
import { readSecret } from '../../../shared/adapters/aws/read-secret.ts';
import { SqsDeadlineQueue } from '../../../shared/adapters/aws/sqs-home-queues.ts';
import { SqsJobQueue } from '../../../shared/adapters/aws/sqs-job-queue.ts';
import { createStderrLog } from '../../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { createUuidIds } from '../../../shared/adapters/system/uuid-ids.ts';
import type { AuditTrail } from '../../../shared/ports/audit-trail.ts';
import type { PublicationWatch } from '../../../shared/ports/publication-watch.ts';
import { loadConfig } from '../load-config.ts';
import { logRuleChanges, ruleChangesAhead } from '../rule-changes.ts';
import type { HomeParts } from '../wire.ts';
import { type FunctionSettings, readFunctionSettings } from './settings.ts';

/** The perspectives of this deployment, packaged beside the code: another set is another version. */
const PERSPECTIVES_FILE = fileURLToPath(new URL('./perspectives.json', import.meta.url));

export interface Home extends HomeParts {
  readonly publications: PublicationWatch;
  readonly settings: FunctionSettings;
}

/**
 * Everything a function of the home region works with, its connections open. Done once, while the function initialises: a
 * wrong configuration fails there, and with it the roll-out.
 *
 * @param openAudit where this function writes its audit records.
 */
export async function openHome(
  environment: NodeJS.ProcessEnv,
  openAudit: (settings: FunctionSettings) => Promise<AuditTrail>,
): Promise<Home> {
  const settings = readFunctionSettings(environment);
  const { region } = settings;
  // The secret stands in for the setting until it is here: it is in nobody's environment.
  const cohortSecret = readSecret(region, settings.cohortSecretId);
  const config = loadConfig([], serviceEnvironment(settings, await cohortSecret), new Date());
  const log = createStderrLog({ format: 'json', level: config.logLevel, now: systemClock.now });
  logRuleChanges(log, ruleChangesAhead(config, systemClock.now()));
  const clients = createAwsClients({ region, endpoints: endpointsFromEnvironment(environment) });
  const tables = { requests: config.aws.requestsTable, results: config.aws.resultsTable };
  const jobQueues = new Map(config.perspectives.map(({ code, queue }) => [code, queueAddress(queue ?? '')]));
  const regions = [...jobQueues.values()].map((queue) => queue.region);
  const [audit] = await Promise.all([openAudit(settings), clients.warm([...new Set([region, ...regions])])]);
  const clock = systemClock;
  const client = clients.dynamodb;
  return {
    settings,
    config,
    backend: {
      requests: new DynamoDbRequestStore({ client, table: tables.requests, clock }),
      results: new DynamoDbResultReader({ client, tables, clock }),
      jobs: new SqsJobQueue(clients.sqs, jobQueues),
      deadlines: new SqsDeadlineQueue(clients.sqs, queueAddress(config.aws.deadlineQueue ?? '')),
      bus: new EventBridgeBus({ client: clients.eventbridge, busName: config.aws.eventBus }),
    },
    publications: new PublicationCanary({ client, table: tables.requests, clock, log }),
    audit,
    clock,
    ids: createUuidIds(clock.now),
    log,
    recorder: { service: 'mpic', version: settings.version, instance: settings.instance },
    cohortSecret: config.cohortSecret ?? '',
  };
}

function serviceEnvironment({ service }: FunctionSettings, cohortSecret: string): NodeJS.ProcessEnv {
  return {
    MPIC_BACKEND: 'aws',
    MPIC_CONFIG: PERSPECTIVES_FILE,
    ...service,
    MPIC_COHORT_SECRET: cohortSecret,
  };
}
