import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { pMapIterable } from 'p-map';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { escapeUnseen } from '../../../shared/domain/net/quote.ts';
import { CommandError, EXIT } from '../shell/command.ts';
import { checkTables } from './check-table.ts';
import { itemToJson, type TypedItem } from './item-json.ts';
import { checkReadable, type ReadableExport, readItems } from './read-export.ts';
import { describeKey, KEY_ATTRIBUTES, keyOf, type RecordKind } from './record-kind.ts';
import { createProgress, type Report, type Session } from './session.ts';

/** Writes under way at the same time. */
const CONCURRENCY = 16;
const MAX_CONFLICTS_TOLD = 20;

interface Counts extends Record<AddOutcome, number> {
  /** Keys of the first conflicts. */
  readonly conflicting: string[];
}

/**
 * Add the records of an export to two tables. Nothing is written unless all of it can be read, and nothing that is there
 * is changed, so that it may be repeated at will.
 *
 * Results come first: a request that can be seen has what it rests on.
 */
export async function importRecords(session: Session, tables: TableNames, folder: string): Promise<Report> {
  const checked = await checkReadable(folder, session.signal);
  session.note('the export is complete, unchanged and readable');
  await checkTables(session, tables);
  const results = await importKind(session, checked, 'results', tables.results);
  const requests = await importKind(session, checked, 'requests', tables.requests);
  return report(requests, results, checked);
}

async function importKind(
  session: Session,
  checked: ReadableExport,
  kind: RecordKind,
  table: string,
): Promise<Counts> {
  const counts: Counts = { written: 0, present: 0, conflict: 0, conflicting: [] };
  const progress = createProgress(session, (count) => `${count} ${kind} so far`);
  const added = pMapIterable(
    readItems(checked, kind),
    async ({ item, line }) => ({ item, line, outcome: await addItem(session, table, kind, item) }),
    { concurrency: CONCURRENCY, preserveOrder: false },
  );
  for await (const { item, line, outcome } of added) {
    counts[outcome] += 1;
    progress(1);
    if (outcome === 'conflict' && counts.conflicting.length < MAX_CONFLICTS_TOLD)
      counts.conflicting.push(`${kind} line ${line}: ${escapeUnseen(describeKey(kind, item))}`);
  }
  return counts;
}

function report(requests: Counts, results: Counts, { running }: ReadableExport): Report {
  const conflicts = requests.conflict + results.conflict;
  const told = [...requests.conflicting, ...results.conflicting];
  return {
    text: [
      describeCounts('requests', requests),
      describeCounts('results', results),
      ...(running === 0 ? [] : [`Note: ${running} requests are still running, and nobody ends them here`]),
      ...(conflicts === 0 ? [] : ['Another record has the key, and was left as it is:']),
      ...told.map((key) => `- ${key}`),
      ...(conflicts > told.length ? [`- and ${conflicts - told.length} more`] : []),
    ].join('\n'),
    data: { requests: countsOf(requests), results: countsOf(results), running, conflicts: told },
    exitStatus: conflicts === 0 ? EXIT.ok : EXIT.no,
  };
}

function countsOf({ written, present, conflict }: Counts) {
  return { written, present, conflict };
}

function describeCounts(kind: RecordKind, { written, present, conflict }: Counts): string {
  return `${kind}: ${written} written, ${present} present already, ${conflict} in conflict`;
}

/**
 * What became of an item. `present`: the very same was there already, perhaps by an earlier try of this call whose answer
 * was lost. `conflict`: another one has its key, and was left as it is.
 */
export type AddOutcome = 'written' | 'present' | 'conflict';

/** Puts an item unless there is one with its key. */
export async function addItem(
  { client, signal }: Session,
  table: string,
  kind: RecordKind,
  item: TypedItem,
): Promise<AddOutcome> {
  const options = { abortSignal: signal };
  try {
    const put = {
      TableName: table,
      Item: item,
      ConditionExpression: 'attribute_not_exists(#key)',
      ExpressionAttributeNames: { '#key': KEY_ATTRIBUTES[kind][0] },
    };
    await client.send(new PutItemCommand(put), options);
    return 'written';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  const get = { TableName: table, Key: keyOf(kind, item), ConsistentRead: true };
  const { Item: existing } = await client.send(new GetItemCommand(get), options);
  if (existing === undefined)
    throw new CommandError(
      `${escapeUnseen(describeKey(kind, item))} vanished from ${table} meanwhile: something else changes that table`,
    );
  return itemToJson(existing) === itemToJson(item) ? 'present' : 'conflict';
}
