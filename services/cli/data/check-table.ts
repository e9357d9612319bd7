import { DescribeTableCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { CommandError } from '../shell/command.ts';
import { KEY_ATTRIBUTES, RECORD_KINDS, type RecordKind } from './record-kind.ts';
import type { Session } from './session.ts';

/** Throws unless both tables are there, take items, and have the keys of their kind: so a swapped pair does no harm. */
export async function checkTables(session: Session, tables: TableNames): Promise<void> {
  for (const kind of RECORD_KINDS) {
    const description = await describeTable(session, tables[kind]);
    if (kindOfTable(description) !== kind)
      throw new CommandError(
        `table ${tables[kind]} is no ${kind} table: its keys are not ${KEY_ATTRIBUTES[kind].join(' and ')}; --tables takes <requests>,<results>`,
      );
    if (description.TableStatus !== 'ACTIVE' && description.TableStatus !== 'UPDATING')
      throw new CommandError(`table ${tables[kind]} is ${description.TableStatus ?? 'in no known state'}`);
  }
}

/** What DynamoDB says of a table. */
export async function describeTable({ client, signal }: Session, table: string): Promise<TableDescription> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }), {
    abortSignal: signal,
  });
  return Table ?? {};
}

/** The kind whose keys a table has; null for a table that is none of ours. */
export function kindOfTable({ KeySchema }: TableDescription): RecordKind | null {
  const names = (KeySchema ?? []).map(({ AttributeName }) => AttributeName).join();
  return RECORD_KINDS.find((kind) => KEY_ATTRIBUTES[kind].join() === names) ?? null;
}
