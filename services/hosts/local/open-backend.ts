import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AwsEndpoints } from '../../../shared/adapters/aws/clients.ts';
import { openCheckedLevel } from '../../../shared/adapters/embedded/store-folder.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { DEFAULT_TABLE_NAMES } from '../../../shared/contract/deployment/tables.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Backend } from './backend.ts';
import { createEmbeddedBackend, MAX_KEPT_IN_MEMORY, openMemoryLevel } from './embedded-backend.ts';
import { FreeSpace } from './free-space.ts';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/**
 * The backend that the configuration names, ready to use. The SDK clients are loaded only by those that need them: they
 * are the larger part of this program.
 */
export async function openBackend(
  config: ServiceConfig,
  environment: NodeJS.ProcessEnv,
  log: Log,
): Promise<Backend> {
  switch (config.backend) {
    case 'embedded':
      return openEmbedded(config, log);
    case 'emulated':
      return openEmulated(config, environment, log);
    case 'aws':
      return openAws(config, environment, log);
  }
}

async function openEmbedded(config: ServiceConfig, log: Log): Promise<Backend> {
  const { dataDir, minFreeMb, retentionDays } = config;
  const folder = dataDir === null ? null : join(dataDir, 'store');
  return createEmbeddedBackend({
    level: folder === null ? await openMemoryLevel() : await openCheckedLevel(folder, systemClock, log),
    folder,
    perspectives: config.perspectives.map(({ code }) => code),
    clock: systemClock,
    log,
    retention: {
      keepMs: retentionDays * DAY_MS,
      maxKept: dataDir === null ? MAX_KEPT_IN_MEMORY : null,
    },
    freeSpace: dataDir === null || minFreeMb === 0 ? null : await watchFreeSpace(dataDir, minFreeMb, log),
  });
}

async function watchFreeSpace(folder: string, minFreeMb: number, log: Log): Promise<FreeSpace> {
  const watch = new FreeSpace({ folder, minBytes: minFreeMb * MIB, clock: systemClock, log });
  await watch.start();
  return watch;
}

/** Emulators of our own in a child process, unless the AWS endpoint variables name others. */
async function openEmulated(
  config: ServiceConfig,
  environment: NodeJS.ProcessEnv,
  log: Log,
): Promise<Backend> {
  const { createEmulatedBackend } = await import('../../../test/lab/emulators/emulated-backend.ts');
  const { endpoints, close } = await findEmulators(config, environment);
  return createEmulatedBackend({
    endpoints,
    tables: DEFAULT_TABLE_NAMES,
    perspectives: config.perspectives.map(({ code }) => code),
    clock: systemClock,
    log,
    onClose: close,
  });
}

async function findEmulators(config: ServiceConfig, environment: NodeJS.ProcessEnv) {
  const { endpointsFromEnvironment } = await import('../../../shared/adapters/aws/clients.ts');
  const given = endpointsFromEnvironment(environment);
  if (isComplete(given)) return { endpoints: given, close: async () => {} };
  if (Object.keys(given).length > 0) {
    throw new ConfigurationError([
      'AWS_ENDPOINT_URL names only some of the emulated services: set it for DynamoDB, SQS and EventBridge, or for none',
    ]);
  }
  const dataDir = config.dataDir === null ? null : join(config.dataDir, 'emulated');
  if (dataDir !== null) await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const { startEmulatorProcess } = await import('../../../test/lab/emulators/start-emulator-process.ts');
  return startEmulatorProcess({ entry: new URL('./emulators.mjs', import.meta.url), dataDir });
}

function isComplete(endpoints: AwsEndpoints): endpoints is Required<AwsEndpoints> {
  return (
    endpoints.dynamodb !== undefined && endpoints.sqs !== undefined && endpoints.eventbridge !== undefined
  );
}

async function openAws(config: ServiceConfig, environment: NodeJS.ProcessEnv, log: Log): Promise<Backend> {
  const { createAwsBackend } = await import('./aws-backend.ts');
  const { createAwsClients, endpointsFromEnvironment, queueAddress } = await import(
    '../../../shared/adapters/aws/clients.ts'
  );
  const { perspectives } = config;
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  if (region === undefined)
    throw new ConfigurationError(['AWS_REGION is not set: the home region, where the tables are']);
  const clients = createAwsClients({ region, endpoints: endpointsFromEnvironment(environment) });
  const addressOf = (url: string | null, what: string) => {
    if (url === null) throw new ConfigurationError([`${what} is missing`]);
    try {
      return queueAddress(url);
    } catch (error) {
      throw new ConfigurationError([`${what}: ${error instanceof Error ? error.message : String(error)}`]);
    }
  };
  const jobQueues = new Map(
    perspectives.map(
      ({ code, queue }) => [code, addressOf(queue, `the queue of perspective ${code}`)] as const,
    ),
  );
  const backend = createAwsBackend({
    clients,
    tables: { requests: config.requestsTable, results: config.resultsTable },
    eventBus: config.eventBus,
    jobQueues,
    deadlineQueue: addressOf(config.deadlineQueue, 'MPIC_DEADLINE_QUEUE'),
    wakeQueue: addressOf(config.wakeQueue, 'MPIC_WAKE_QUEUE'),
    clock: systemClock,
    log,
  });
  await clients.warm([...new Set([...jobQueues.values()].map((queue) => queue.region))]);
  return backend;
}
