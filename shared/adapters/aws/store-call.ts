import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { MAX_ITEM_BYTES } from '../../contract/deployment/tables.ts';
import { StoreUnavailableError } from '../../ports/request-store.ts';
import { describeError } from './describe-error.ts';

export type Item = Record<string, AttributeValue>;

/**
 * What became of a conditional write.
 *
 * `refused-on-retry`: an earlier try of the same call got no answer, so the item that stands in the way may be the very
 * one this call wrote.
 */
export type ConditionalOutcome = 'written' | 'refused' | 'refused-on-retry';

/** Run a call to DynamoDB; whatever it throws becomes a {@link StoreUnavailableError} that names the operation. */
export async function callStore<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new StoreUnavailableError(`${operation}: ${describeError(error)}`);
  }
}

export function putConditionally(
  client: DynamoDBClient,
  input: PutItemCommandInput,
): Promise<ConditionalOutcome> {
  return writeConditionally('PutItem', () => client.send(new PutItemCommand(input)));
}

export function updateConditionally(
  client: DynamoDBClient,
  input: UpdateItemCommandInput,
): Promise<ConditionalOutcome> {
  return writeConditionally('UpdateItem', () => client.send(new UpdateItemCommand(input)));
}

function writeConditionally(operation: string, call: () => Promise<unknown>): Promise<ConditionalOutcome> {
  return callStore(operation, async () => {
    try {
      await call();
      return 'written';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return (error.$metadata.attempts ?? 1) > 1 ? 'refused-on-retry' : 'refused';
    }
  });
}

/** Throws when an item is larger than DynamoDB takes; saying so here names the item, which the service does not. */
export function assertItemFits(item: Item, what: string): void {
  const bytes = itemBytes(item);
  if (bytes > MAX_ITEM_BYTES)
    throw new Error(`${what} is ${bytes} bytes; an item holds at most ${MAX_ITEM_BYTES}`);
}

/** Size by DynamoDB's own counting for the types used here; numbers are counted at their largest. */
function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return 21;
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return value.L.reduce((sum, element) => sum + 1 + valueBytes(element), 3);
  return 1;
}
