import type { Reaction, ServiceCall } from './scripted-service.ts';

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);

/**
 * A script for a service in front of an emulated DynamoDB, which is always consistent: a read without ConsistentRead
 * finds nothing, as from a replica that lags behind. Every other call is forwarded.
 */
export function laggingReplica({ operation, body }: ServiceCall): Reaction {
  if (!READS.has(operation) || asksToBeConsistent(operation, body)) return 'forward';
  if (operation === 'BatchGetItem') return { status: 200, body: { Responses: {}, UnprocessedKeys: {} } };
  return { status: 200, body: operation === 'GetItem' ? {} : { Items: [], Count: 0, ScannedCount: 0 } };
}

/** In a batch every table must be read consistently. Transactions always are. */
function asksToBeConsistent(operation: string, body: ServiceCall['body']): boolean {
  if (operation === 'TransactGetItems') return true;
  if (operation !== 'BatchGetItem') return body.ConsistentRead === true;
  const tables = Object.values(body.RequestItems as Record<string, { readonly ConsistentRead?: boolean }>);
  return tables.every(({ ConsistentRead }) => ConsistentRead === true);
}
