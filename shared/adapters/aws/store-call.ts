import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { MAX_ITEM_BYTES } from '../../contract/deployment/tables.ts';
import { StoreUnavailableError } from '../../ports/request-store.ts';
import { describeError } from './describe-error.ts';

/** Attributes by name: strings, numbers, booleans, bytes, and lists and maps of these. */
export type Item = Readonly<Record<string, unknown>>;

/**
 * Outcome of a conditional write.
 *
 * `refused-on-retry`: an earlier try of the same call got no response, so the existing item may be its own write.
 */
export type ConditionalOutcome = 'written' | 'refused' | 'refused-on-retry';

/** Run a call to DynamoDB; rethrows every error as a {@link StoreUnavailableError} that names the operation. */
export async function callStore<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new StoreUnavailableError(`${operation}: ${describeError(error)}`);
  }
}

export function writeConditionally(
  operation: string,
  call: () => Promise<unknown>,
): Promise<ConditionalOutcome> {
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

/** Throws if an item exceeds DynamoDB's limit; unlike the service's error, this one names the item. */
export function assertItemFits(item: Item, what: string): void {
  const bytes = itemBytes(item);
  if (bytes > MAX_ITEM_BYTES)
    throw new Error(`${what} is ${bytes} bytes; an item holds at most ${MAX_ITEM_BYTES}`);
}

/** Item size by DynamoDB's rules, for the types used here; numbers count at their largest size. */
function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return 21;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, element) => sum + 1 + valueBytes(element), 3);
  return 1;
}
