import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * How attributes are read. A perspective can store any number beside its result; by default one past the safe integers
 * becomes a BigInt or, such as 1e+30, ends the whole read with an error.
 */
export const READ_OPTIONS = { wrapNumbers: Number } as const;

/** A view of `client` that takes and gives items as plain objects. It has no connections of its own: end `client` instead. */
export function toDocuments(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { unmarshallOptions: READ_OPTIONS });
}
