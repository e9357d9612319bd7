import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { REQUESTS_KEY, RESULTS_KEY, type TableNames } from '../../contract/deployment/tables.ts';
import { type Clock, sleep } from '../../ports/clock.ts';

const POLL_MS = 10;
const GIVE_UP_MS = 30_000;

/** Create both tables in an emulator and wait until they are active; existing tables stay as they are. */
export async function createTables(client: DynamoDBClient, names: TableNames, clock: Clock): Promise<void> {
  await Promise.all(
    [requestsTable(names.requests), resultsTable(names.results)].map(async (table) => {
      await createTable(client, table);
      await untilActive(client, table.TableName, clock);
    }),
  );
}

type TableInput = CreateTableCommandInput & { readonly TableName: string };

function requestsTable(name: string): TableInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: REQUESTS_KEY.partition, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: REQUESTS_KEY.partition, KeyType: 'HASH' }],
  };
}

function resultsTable(name: string): TableInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: RESULTS_KEY.partition, AttributeType: 'S' },
      { AttributeName: RESULTS_KEY.sort, AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: RESULTS_KEY.partition, KeyType: 'HASH' },
      { AttributeName: RESULTS_KEY.sort, KeyType: 'RANGE' },
    ],
  };
}

async function createTable(client: DynamoDBClient, input: TableInput): Promise<void> {
  try {
    await client.send(new CreateTableCommand(input));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

async function untilActive(client: DynamoDBClient, name: string, clock: Clock): Promise<void> {
  const until = clock.monotonic() + GIVE_UP_MS;
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === 'ACTIVE') return;
    if (clock.monotonic() > until)
      throw new Error(`table ${name} is ${Table?.TableStatus ?? 'unknown'} after ${GIVE_UP_MS} ms`);
    await sleep(clock, POLL_MS);
  }
}
