import { join } from 'node:path';
import { openCheckedLevel } from '../../../shared/adapters/embedded/store-folder.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Backend } from './backend.ts';
import { createEmbeddedBackend, MAX_KEPT_IN_MEMORY, openMemoryLevel } from './embedded-backend.ts';
import { FreeSpace } from './free-space.ts';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

const NO_EMULATORS =
  'MPIC_BACKEND is emulated, which needs the development packages: run npm ci and npm run build, or choose embedded';

/**
 * Opens the backend that the configuration names. The SDK clients are loaded only by the backends that need them,
 * because they are the larger part of this program.
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

/** What `dist/emulated.mjs` exports: emulators belong to the tests and are not part of this program. */
export interface EmulatedModule {
  openEmulated: typeof openBackend;
}

async function openEmulated(
  config: ServiceConfig,
  environment: NodeJS.ProcessEnv,
  log: Log,
): Promise<Backend> {
  const emulated = await loadEmulated();
  return emulated.openEmulated(config, environment, log);
}

async function loadEmulated(): Promise<EmulatedModule> {
  try {
    return await import(new URL('./emulated.mjs', import.meta.url).href);
  } catch (error) {
    // It was not built, or its packages were omitted or removed after the build.
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw isMissing ? new ConfigurationError([NO_EMULATORS]) : error;
  }
}

async function openAws(config: ServiceConfig, environment: NodeJS.ProcessEnv, log: Log): Promise<Backend> {
  const { createAwsBackend } = await import('./aws-backend.ts');
  const { endpointsFromEnvironment, queueAddress } = await import('../../../shared/adapters/aws/clients.ts');
  const { createAwsClients } = await import('../../../shared/adapters/aws/home-clients.ts');
  const { perspectives } = config;
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  if (region === undefined)
    throw new ConfigurationError(['AWS_REGION is not set: the home region, where the tables are']);
  const clients = createAwsClients({ region, endpoints: endpointsFromEnvironment(environment) });
  const addressOf = (url: string | null, otherwise: string | null, what: string) => {
    if (url === null) throw new ConfigurationError([`${what} is missing`]);
    try {
      return queueAddress(url, otherwise);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigurationError([`${what}: ${reason}; give it as "queue_region" beside "queue"`]);
    }
  };
  const jobQueues = new Map(
    perspectives.map(({ code, queue, queueRegion }) => {
      const address = addressOf(queue, queueRegion, `the queue of perspective ${code}`);
      if (queueRegion !== null && address.region !== queueRegion)
        throw new ConfigurationError([
          `the queue of perspective ${code} is in ${address.region} by its URL, and in ${queueRegion} by its queue_region`,
        ]);
      return [code, address] as const;
    }),
  );
  const backend = createAwsBackend({
    clients,
    tables: { requests: config.requestsTable, results: config.resultsTable },
    eventBus: config.eventBus,
    jobQueues,
    deadlineQueue: addressOf(config.deadlineQueue, region, 'MPIC_DEADLINE_QUEUE'),
    wakeQueue: addressOf(config.wakeQueue, region, 'MPIC_WAKE_QUEUE'),
    clock: systemClock,
    log,
  });
  await clients.warm([...new Set([...jobQueues.values()].map((queue) => queue.region))]);
  return backend;
}
