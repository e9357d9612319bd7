import { fileURLToPath } from 'node:url';
import { endpointsFromEnvironment, queueAddress } from '../../../shared/adapters/aws/clients.ts';
import { DynamoDbRequestStore } from '../../../shared/adapters/aws/dynamodb-request-store.ts';
import { DynamoDbResultReader } from '../../../shared/adapters/aws/dynamodb-result-reader.ts';
import { EventBridgeBus } from '../../../shared/adapters/aws/eventbridge-bus.ts';
import { createAwsClients } from '../../../shared/adapters/aws/home-clients.ts';
import { PublicationCanary } from '../../../shared/adapters/aws/publication-canary.ts';
import { readSecret } from '../../../shared/adapters/aws/read-secret.ts';
import { SqsDeadlineQueue } from '../../../shared/adapters/aws/sqs-home-queues.ts';
import { SqsJobQueue } from '../../../shared/adapters/aws/sqs-job-queue.ts';
import { createStderrLog } from '../../../shared/adapters/system/stderr-log.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { createUuidIds } from '../../../shared/adapters/system/uuid-ids.ts';
import { defaultsOf, parseSettings } from '../../../shared/contract/settings/read-settings.ts';
import type { SettingsOf } from '../../../shared/contract/settings/settings.ts';
import type { AuditTrail } from '../../../shared/ports/audit-trail.ts';
import type { PublicationWatch } from '../../../shared/ports/publication-watch.ts';
import { loadHomeConfig } from '../load-config.ts';
import { logRuleChanges, ruleChangesAhead } from '../rule-changes.ts';
import type { HomeParts } from '../wire.ts';

/** The perspectives of this deployment, packaged with the code: a different set is a different version. */
const PERSPECTIVES_FILE = fileURLToPath(new URL('./perspectives.json', import.meta.url));

export interface Home extends HomeParts {
  readonly publications: PublicationWatch;
  readonly settings: SettingsOf<'home'>;
}

/**
 * Builds the dependencies of a home region function and opens its connections. Runs once, while the function
 * initialises: a wrong configuration fails there, and with it the deployment.
 *
 * @param openAudit opens the trail to which this function writes its audit records.
 */
export async function openHome(
  environment: NodeJS.ProcessEnv,
  openAudit: (settings: SettingsOf<'home'>) => Promise<AuditTrail>,
): Promise<Home> {
  const given = parseSettings('home', environment);
  const settings = { ...defaultsOf('home'), ...given };
  const { region } = settings;
  const secret = await readSecret(region, settings.cohortSecretId);
  const config = loadHomeConfig(given, PERSPECTIVES_FILE, secret, new Date());
  const log = createStderrLog({
    format: 'json',
    level: config.logLevel,
    now: systemClock.now,
    targets: config.logTargets,
  });
  logRuleChanges(log, ruleChangesAhead(config, systemClock.now()));
  const clients = createAwsClients({ region, endpoints: endpointsFromEnvironment(environment) });
  const tables = { requests: config.requestsTable, results: config.resultsTable };
  const jobQueues = new Map(
    config.perspectives.map(({ code, queue, queueRegion }) => [code, queueAddress(queue ?? '', queueRegion)]),
  );
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
      deadlines: new SqsDeadlineQueue(clients.sqs, queueAddress(settings.deadlineQueue)),
      bus: new EventBridgeBus({ client: clients.eventbridge, busName: config.eventBus }),
    },
    publications: new PublicationCanary({ client, table: tables.requests, clock, log }),
    audit,
    clock,
    ids: createUuidIds(clock.now),
    log,
    recorder: { service: 'mpic', version: settings.version, instance: settings.instance },
    cohortSecret: secret,
  };
}
