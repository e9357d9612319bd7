import type { AwsEndpoints, AwsSettings } from '../../../shared/adapters/aws/clients.ts';
import { startDynamoDbEmulator } from './dynamodb-emulator.ts';
import { startEventBridgeEmulator } from './eventbridge-emulator.ts';
import { startSqsEmulator } from './sqs-emulator.ts';

export interface EmulatorOptions {
  /** Folder that keeps the tables over a restart; null: nothing is kept. Queues and events never are. */
  readonly dataDir: string | null;
}

export interface Emulators {
  readonly endpoints: Required<AwsEndpoints>;
  /** See `EventBridgeEmulator.refuseEntries`. */
  refuseEvents(errorCode: string | null): void;
  close(): Promise<void>;
}

/** Start dynalite, fauxqs and the PutEvents endpoint in this process, each on a free loopback port. */
export async function startEmulators(options: EmulatorOptions): Promise<Emulators> {
  const [dynamodb, sqs, eventbridge] = await Promise.all([
    startDynamoDbEmulator(options.dataDir),
    startSqsEmulator(),
    startEventBridgeEmulator(),
  ]);
  return {
    endpoints: { dynamodb: dynamodb.url, sqs: sqs.url, eventbridge: eventbridge.url },
    refuseEvents: eventbridge.refuseEntries,
    async close() {
      await Promise.all([dynamodb.close(), sqs.close(), eventbridge.close()]);
    },
  };
}

/** Settings for clients of emulators: fixed credentials, which emulators read and never check. */
export function emulatorSettings(endpoints: AwsEndpoints, region: string): AwsSettings {
  return { region, endpoints, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}
