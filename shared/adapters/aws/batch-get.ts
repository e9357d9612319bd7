import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
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

type RequestItems = NonNullable<BatchGetCommandInput['RequestItems']>;

/** DynamoDB accepts at most 100 keys in one call. */
const MAX_KEYS_PER_CALL = 100;

/**
 * A batch get may leave keys unprocessed (throttling, or more than 16 MB). Gives up after this many successive calls
 * without progress.
 */
const MAX_FRUITLESS_CALLS = 5;
const FIRST_BACKOFF_MS = 20;

/** Outcome of a batch; for the keys in `unread` it is unknown whether an item exists. */
export interface Batch {
  readonly items: readonly TableItem[];
  readonly unread: readonly TableKey[];
}

/**
 * Read items by key, strongly consistent, from any tables, in any order; keys without an item are left out. Keys must
 * be unique. Throws {@link StoreUnavailableError} if some keys cannot be read.
 */
export async function batchGet(
  client: DynamoDBDocumentClient,
  clock: Clock,
  keys: readonly TableKey[],
): Promise<readonly TableItem[]> {
  const { items, unread } = await batchGetAvailable(client, clock, keys);
  assertRead(unread);
  return items;
}

/** The same, but returns keys that cannot be read as `unread`: a writer can keep its own key busy. */
export async function batchGetAvailable(
  client: DynamoDBDocumentClient,
  clock: Clock,
  keys: readonly TableKey[],
  maxFruitlessCalls = MAX_FRUITLESS_CALLS,
): Promise<Batch> {
  const calls: Promise<Batch>[] = [];
  for (let start = 0; start < keys.length; start += MAX_KEYS_PER_CALL) {
    calls.push(
      getAll(client, clock, toRequestItems(keys.slice(start, start + MAX_KEYS_PER_CALL)), maxFruitlessCalls),
    );
  }
  const batches = await Promise.all(calls);
  return {
    items: batches.flatMap(({ items }) => items),
    unread: batches.flatMap(({ unread }) => unread),
  };
}

export function assertRead(unread: readonly TableKey[]): void {
  if (unread.length > 0)
    throw new StoreUnavailableError(`BatchGetItem: ${unread.length} keys are still unprocessed`);
}

async function getAll(
  client: DynamoDBDocumentClient,
  clock: Clock,
  first: RequestItems,
  maxFruitlessCalls: number,
): Promise<Batch> {
  const items: TableItem[] = [];
  let pending = first;
  for (let fruitless = 0; fruitless < maxFruitlessCalls; ) {
    const requestItems = pending;
    const { Responses, UnprocessedKeys } = await callStore('BatchGetItem', () =>
      client.send(new BatchGetCommand({ RequestItems: requestItems })),
    );
    for (const [table, found] of Object.entries(Responses ?? {})) {
      for (const item of found) items.push({ table, item });
    }
    const before = countKeys(pending);
    pending = UnprocessedKeys ?? {};
    if (countKeys(pending) === 0) return { items, unread: [] };
    if (countKeys(pending) < before) {
      fruitless = 0;
      continue;
    }
    await sleep(clock, FIRST_BACKOFF_MS * 2 ** fruitless);
    fruitless += 1;
  }
  const unread = Object.entries(pending).flatMap(([table, { Keys = [] }]) =>
    Keys.map((key) => ({ table, key })),
  );
  return { items, unread };
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
