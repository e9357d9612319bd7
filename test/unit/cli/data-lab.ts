import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { TypedItem } from '../../../services/cli/data/item-json.ts';
import { createDynamoDbClient } from '../../../shared/adapters/aws/clients.ts';
import { createTables } from '../../../shared/adapters/aws/create-tables.ts';
import { resultToItem } from '../../../shared/adapters/aws/result-item.ts';
import { requestToItem } from '../../../shared/adapters/aws/stored-request.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import type { CheckResult } from '../../../shared/domain/check/check-result.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { startDynamoDbEmulator } from '../../lab/emulators/dynamodb-emulator.ts';
import { emulatorSettings } from '../../lab/emulators/emulators.ts';
import { BUILT_AT } from '../../support/builders.ts';
import { runCommand } from './run-command.ts';

const REGION = 'eu-central-1';

/** What a run of the command came to. */
export interface Run {
  readonly exitStatus: number;
  readonly printed: string;
  /** Standard error, without the name of the program. */
  readonly notes: string;
}

/** A clock on which nobody waits: time jumps by what is asked for, or by `haste` times as much. */
export function createImpatientClock(haste = 1): Clock & { readonly elapsed: () => number } {
  let elapsed = 0;
  return {
    now: () => BUILT_AT + elapsed,
    monotonic: () => elapsed,
    schedule(delayMs, action) {
      elapsed += haste * Math.max(0, delayMs);
      const immediate = setImmediate(action);
      return () => clearImmediate(immediate);
    },
    elapsed: () => elapsed,
  };
}

export interface RunOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** Run `mpic data` in this process, against the service at `url`. */
export async function run(url: string, argv: readonly string[], options: RunOptions = {}): Promise<Run> {
  // The SDK reads credentials from the environment of the process.
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  const { status, out, error } = await runCommand(['data', ...argv], {
    environment: { AWS_REGION: REGION, AWS_ENDPOINT_URL_DYNAMODB: url },
    clock: options.clock ?? createImpatientClock(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { exitStatus: status, printed: out, notes: error.replace(/^mpic data /gm, '') };
}

function connect(url: string): DynamoDBClient {
  return createDynamoDbClient(emulatorSettings({ dynamodb: url }, REGION));
}

/** What a table pair holds. */
export interface Records {
  readonly requests: readonly TypedItem[];
  readonly results: readonly TypedItem[];
}

export function toItems(requests: readonly RequestRecord[], results: readonly CheckResult[]): Records {
  return {
    requests: requests.map((record) => marshall(requestToItem(record, `token of ${record.requestId}`))),
    results: results.map((result) => marshall(resultToItem(result))),
  };
}

export type DataLab = Awaited<ReturnType<typeof startDataLab>>;

/** An emulated DynamoDB and a folder for exports. */
export async function startDataLab() {
  const emulator = await startDynamoDbEmulator(null);
  const client = connect(emulator.url);
  const folder = await mkdtemp(join(tmpdir(), 'mpic-data-'));
  let made = 0;

  const putAll = async (table: string, items: readonly TypedItem[]) => {
    for (const item of items) await client.send(new PutItemCommand({ TableName: table, Item: item }));
  };
  const readAll = async (table: string) => {
    const { Items } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
    return sortItems(Items ?? []);
  };
  return {
    url: emulator.url,
    /** A path in which nothing is yet. */
    freshPath: () => join(folder, `export-${made++}`),
    /** Two new tables with these records. */
    async makeTables(records: Records = { requests: [], results: [] }): Promise<TableNames> {
      const number = made++;
      const tables = { requests: `requests-${number}`, results: `results-${number}` };
      await createTables(client, tables, systemClock);
      await putAll(tables.requests, records.requests);
      await putAll(tables.results, records.results);
      return tables;
    },
    putAll,
    async readTables(tables: TableNames): Promise<Records> {
      return { requests: await readAll(tables.requests), results: await readAll(tables.results) };
    },
    async close() {
      client.destroy();
      await emulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const pair = ({ requests, results }: TableNames) => `${requests},${results}`;

export function sortRecords({ requests, results }: Records): Records {
  return { requests: sortItems(requests), results: sortItems(results) };
}

function sortItems(items: readonly TypedItem[]): readonly TypedItem[] {
  const keyOf = (item: TypedItem) => `${item.request_id?.S ?? item.pk?.S}#${item.sk?.N}`;
  return [...items].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
}
