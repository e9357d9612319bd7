import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { OperationError } from './errors.ts';
import { itemToJson, type TypedItem } from './item-json.ts';
import { describeKey, KEY_ATTRIBUTES, keyOf, type RecordKind } from './record-kind.ts';
import { retrying } from './retry.ts';
import type { Session } from './session.ts';

/**
 * What became of an item. `present`: the very same was there already, perhaps by an earlier try of this call whose answer
 * was lost. `conflict`: another one has its key, and was left as it is.
 */
export type AddOutcome = 'written' | 'present' | 'conflict';

export async function addItem(
  session: Session,
  table: string,
  kind: RecordKind,
  item: TypedItem,
): Promise<AddOutcome> {
  if (await putIfFree(session, table, kind, item)) return 'written';
  const { Item: existing } = await retrying(session, () =>
    session.client.send(
      new GetItemCommand({ TableName: table, Key: keyOf(kind, item), ConsistentRead: true }),
      { abortSignal: session.signal },
    ),
  );
  if (existing === undefined)
    throw new OperationError(
      `${describeKey(kind, item)} vanished from ${table} meanwhile: something else changes that table`,
    );
  return itemToJson(existing) === itemToJson(item) ? 'present' : 'conflict';
}

function putIfFree(session: Session, table: string, kind: RecordKind, item: TypedItem): Promise<boolean> {
  const command = new PutItemCommand({
    TableName: table,
    Item: item,
    ConditionExpression: 'attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': KEY_ATTRIBUTES[kind][0] },
  });
  return retrying(session, async () => {
    try {
      await session.client.send(command, { abortSignal: session.signal });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  });
}
