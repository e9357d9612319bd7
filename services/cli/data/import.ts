import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { escapeUnseen } from '../../../shared/domain/net/quote.ts';
import { type AddOutcome, addItem } from './add-item.ts';
import { checkTables } from './check-table.ts';
import { createProgress } from './progress.ts';
import { readItems } from './read-export.ts';
import { describeKey, type RecordKind } from './record-kind.ts';
import type { Report, Session } from './session.ts';
import { forEachTogether } from './together.ts';
import { checkReadable, type ReadableExport } from './verify-export.ts';

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
  await forEachTogether(
    session.signal,
    CONCURRENCY,
    readItems(checked, kind),
    async ({ item, line }, signal) => {
      const outcome = await addItem({ ...session, signal }, table, kind, item);
      counts[outcome] += 1;
      progress(1);
      if (outcome === 'conflict' && counts.conflicting.length < MAX_CONFLICTS_TOLD)
        counts.conflicting.push(`${kind} line ${line}: ${escapeUnseen(describeKey(kind, item))}`);
    },
  );
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
    exitStatus: conflicts === 0 ? 0 : 1,
  };
}

function countsOf({ written, present, conflict }: Counts) {
  return { written, present, conflict };
}

function describeCounts(kind: RecordKind, { written, present, conflict }: Counts): string {
  return `${kind}: ${written} written, ${present} present already, ${conflict} in conflict`;
}
