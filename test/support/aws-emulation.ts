import type { QueueAddress } from '../../shared/adapters/aws/clients.ts';
import { createTables } from '../../shared/adapters/aws/create-tables.ts';
import { DynamoDbRequestStore } from '../../shared/adapters/aws/dynamodb-request-store.ts';
import { DynamoDbResultReader } from '../../shared/adapters/aws/dynamodb-result-reader.ts';
import { DynamoDbResultStore } from '../../shared/adapters/aws/dynamodb-result-store.ts';
import { type AwsClients, createAwsClients } from '../../shared/adapters/aws/home-clients.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import { DEFAULT_TABLE_NAMES, type TableNames } from '../../shared/contract/deployment/tables.ts';
import { type Emulators, emulatorSettings, startEmulators } from '../lab/emulators/emulators.ts';
import { createQueues, type QueueSpec } from '../lab/emulators/queues.ts';

export const HOME_REGION = 'eu-central-1';

export interface AwsEmulation {
  readonly emulators: Emulators;
  readonly clients: AwsClients;
  readonly tables: TableNames;
  createQueues(specs: readonly QueueSpec[]): Promise<ReadonlyMap<string, QueueAddress>>;
  close(): Promise<void>;
}

/** Starts the emulators in this process, with clients and empty tables. */
export async function startAwsEmulation(dataDir: string | null = null): Promise<AwsEmulation> {
  const emulators = await startEmulators({ dataDir });
  const clients = createAwsClients(emulatorSettings(emulators.endpoints, HOME_REGION));
  await createTables(clients.dynamodb, DEFAULT_TABLE_NAMES, systemClock);
  return {
    emulators,
    clients,
    tables: DEFAULT_TABLE_NAMES,
    createQueues: (specs) => createQueues(clients.sqs, specs),
    async close() {
      clients.close();
      await emulators.close();
    },
  };
}

/** The three store adapters on the clients of an emulation. */
export function awsStores(clients: AwsClients, tables: TableNames) {
  const { dynamodb: client } = clients;
  return {
    requests: new DynamoDbRequestStore({ client, table: tables.requests, clock: systemClock }),
    sink: new DynamoDbResultStore({ client, table: tables.results }),
    reader: new DynamoDbResultReader({ client, tables, clock: systemClock }),
  };
}
