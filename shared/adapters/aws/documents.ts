import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * How numbers are read. A perspective can store any number beside its result. By default the SDK returns an unsafe
 * integer as BigInt, and fails the whole read for a number such as 1e+30.
 */
export const READ_OPTIONS = { wrapNumbers: Number } as const;

/**
 * Wrap `client` to read and write items as plain objects. The wrapper has no connections: to close, destroy `client`.
 */
export function toDocuments(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { unmarshallOptions: READ_OPTIONS });
}
