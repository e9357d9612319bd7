import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { type Clock, sleep } from '../../ports/clock.ts';
import { StoreUnavailableError } from '../../ports/request-store.ts';
import { callStore, type Item } from './store-call.ts';

export interface TableKey {
  readonly table: string;
  readonly key: Item;
}

export interface TableItem {
  readonly table: string;
  readonly item: Item;
}

type RequestItems = NonNullable<BatchGetItemCommandInput['RequestItems']>;

/** DynamoDB takes at most 100 keys in one call. */
const MAX_KEYS_PER_CALL = 100;

/** A batch get may leave keys undone (throttling, or more than 16 MB): calls in a row that bring nothing before giving up. */
const MAX_FRUITLESS_CALLS = 5;
const FIRST_BACKOFF_MS = 20;

/**
 * Strongly consistent read of items by key, from any tables, in any order; keys without an item bring nothing.
 * No key may be named twice. Throws {@link StoreUnavailableError} when some keys cannot be read.
 */
export async function batchGet(
  client: DynamoDBClient,
  clock: Clock,
  keys: readonly TableKey[],
): Promise<readonly TableItem[]> {
  const calls: Promise<readonly TableItem[]>[] = [];
  for (let start = 0; start < keys.length; start += MAX_KEYS_PER_CALL) {
    calls.push(getAll(client, clock, toRequestItems(keys.slice(start, start + MAX_KEYS_PER_CALL))));
  }
  return (await Promise.all(calls)).flat();
}

async function getAll(
  client: DynamoDBClient,
  clock: Clock,
  first: RequestItems,
): Promise<readonly TableItem[]> {
  const items: TableItem[] = [];
  let pending = first;
  for (let fruitless = 0; fruitless < MAX_FRUITLESS_CALLS; ) {
    const requestItems = pending;
    const { Responses, UnprocessedKeys } = await callStore('BatchGetItem', () =>
      client.send(new BatchGetItemCommand({ RequestItems: requestItems })),
    );
    for (const [table, found] of Object.entries(Responses ?? {})) {
      for (const item of found) items.push({ table, item });
    }
    const before = countKeys(pending);
    pending = UnprocessedKeys ?? {};
    if (countKeys(pending) === 0) return items;
    if (countKeys(pending) < before) {
      fruitless = 0;
      continue;
    }
    await sleep(clock, FIRST_BACKOFF_MS * 2 ** fruitless);
    fruitless += 1;
  }
  throw new StoreUnavailableError(`BatchGetItem: ${countKeys(pending)} keys are still unprocessed`);
}

function toRequestItems(keys: readonly TableKey[]): RequestItems {
  const requestItems: RequestItems = {};
  for (const { table, key } of keys) {
    const ofTable = requestItems[table]?.Keys;
    if (ofTable === undefined) requestItems[table] = { Keys: [key], ConsistentRead: true };
    else ofTable.push(key);
  }
  return requestItems;
}

function countKeys(requestItems: RequestItems): number {
  return Object.values(requestItems).reduce((sum, { Keys }) => sum + (Keys?.length ?? 0), 0);
}
