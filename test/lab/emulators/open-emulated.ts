import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '../../../services/hosts/local/backend.ts';
import type { EmulatedModule } from '../../../services/hosts/local/open-backend.ts';
import { type AwsEndpoints, endpointsFromEnvironment } from '../../../shared/adapters/aws/clients.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { DEFAULT_TABLE_NAMES } from '../../../shared/contract/deployment/tables.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { createEmulatedBackend } from './emulated-backend.ts';
import { startEmulatorProcess } from './start-emulator-process.ts';

/** The AWS adapters over emulators of our own in a child process, unless the AWS endpoint variables name others. */
export const openEmulated: EmulatedModule['openEmulated'] = async (
  config: ServiceConfig,
  environment: NodeJS.ProcessEnv,
  log: Log,
): Promise<Backend> => {
  const { endpoints, close } = await findEmulators(config, environment);
  return createEmulatedBackend({
    endpoints,
    tables: DEFAULT_TABLE_NAMES,
    perspectives: config.perspectives.map(({ code }) => code),
    clock: systemClock,
    log,
    onClose: close,
  });
};

async function findEmulators(config: ServiceConfig, environment: NodeJS.ProcessEnv) {
  const given = endpointsFromEnvironment(environment);
  if (isComplete(given)) return { endpoints: given, close: async () => {} };
  if (Object.keys(given).length > 0) {
    throw new ConfigurationError([
      'AWS_ENDPOINT_URL names only some of the emulated services: set it for DynamoDB, SQS and EventBridge, or for none',
    ]);
  }
  const dataDir = config.dataDir === null ? null : join(config.dataDir, 'emulated');
  if (dataDir !== null) await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return startEmulatorProcess({ entry: new URL('./emulators.mjs', import.meta.url), dataDir });
}

function isComplete(endpoints: AwsEndpoints): endpoints is Required<AwsEndpoints> {
  return (
    endpoints.dynamodb !== undefined && endpoints.sqs !== undefined && endpoints.eventbridge !== undefined
  );
}
