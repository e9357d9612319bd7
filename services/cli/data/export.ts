import { createHash } from 'node:crypto';
import { UnreadableItemError, VERSION_ATTRIBUTE } from '../../../shared/adapters/aws/stored-version.ts';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { CONTRACT_VERSION } from '../../../shared/contract/messages/contract.ts';
import { EXIT } from '../shell/command.ts';
import { checkTables } from './check-table.ts';
import { ExportFolder } from './export-folder.ts';
import type { TypedItem } from './item-json.ts';
import { type FileEntry, formatManifest } from './manifest.ts';
import { type RecordKind, readRecord } from './record-kind.ts';
import { createPace, type Pace, scanTable } from './scan.ts';
import { createProgress, type Report, type Session } from './session.ts';

export interface ExportOrder {
  readonly tables: TableNames;
  readonly folder: string;
  readonly maxReadUnits: number;
}

/** What was seen of the items of one table while they were written. */
interface Seen {
  readonly versions: Set<string>;
  unreadable: number;
  firstUnreadableLine: number | null;
  running: number;
}

interface ExportedTable {
  readonly entry: Omit<FileEntry, 'file'>;
  readonly seen: Seen;
}

/** Write all records into files that another account can import. A failed or interrupted export leaves nothing behind. */
export async function exportRecords(session: Session, order: ExportOrder): Promise<Report> {
  await checkTables(session, order.tables);
  const folder = await ExportFolder.open(order.folder);
  try {
    return await writeExport(session, order, folder);
  } catch (error) {
    await folder.discard();
    throw error;
  }
}

/** Requests first, for the reason that {@link backUp} in `backup.ts` has: results are written before the verdict on them. */
async function writeExport(session: Session, order: ExportOrder, folder: ExportFolder): Promise<Report> {
  const pace = createPace(session.clock, order.maxReadUnits);
  const requests = await exportTable(session, 'requests', order, folder, pace);
  const results = await exportTable(session, 'results', order, folder, pace);
  session.signal.throwIfAborted();
  const manifest = formatManifest({
    exported_at: new Date(session.clock.now()).toISOString(),
    region: session.region,
    contract: CONTRACT_VERSION,
    files: {
      requests: { file: 'requests.jsonl', ...requests.entry },
      results: { file: 'results.jsonl', ...results.entry },
    },
  });
  await folder.complete(manifest);
  return report(folder.path, requests, results, createHash('sha256').update(manifest).digest('hex'));
}

function report(folder: string, requests: ExportedTable, results: ExportedTable, digest: string): Report {
  const { running } = requests.seen;
  const warnings = [
    ...describeUnreadable('requests', requests.seen),
    ...describeUnreadable('results', results.seen),
    ...(running === 0
      ? []
      : [`${running} requests are still running: imported elsewhere, nobody ends them there`]),
  ];
  return {
    text: [
      `${requests.entry.items} requests and ${results.entry.items} results are in ${folder}`,
      `SHA-256 of manifest.json: ${digest}`,
      ...warnings.map((warning) => `Note: ${warning}`),
    ].join('\n'),
    data: {
      folder,
      requests: requests.entry.items,
      results: results.entry.items,
      running,
      unreadable: requests.seen.unreadable + results.seen.unreadable,
      manifest_sha256: digest,
    },
    exitStatus: EXIT.ok,
  };
}

async function exportTable(
  session: Session,
  kind: RecordKind,
  { tables, maxReadUnits }: ExportOrder,
  folder: ExportFolder,
  pace: Pace,
): Promise<ExportedTable> {
  const file = await folder.createRecords(kind);
  const seen: Seen = { versions: new Set(), unreadable: 0, firstUnreadableLine: null, running: 0 };
  const progress = createProgress(session, (count) => `${count} ${kind} so far`);
  const take = (items: readonly TypedItem[]) => {
    for (const [index, item] of items.entries()) look(seen, kind, item, file.nextLine + index);
    progress(items.length);
    return file.append(items);
  };
  try {
    await scanTable({ session, table: tables[kind], pace, maxReadUnits, take });
    const written = await file.finish();
    return {
      entry: { table: tables[kind], ...written, contract_versions: [...seen.versions].sort() },
      seen,
    };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** An item that cannot be read is exported all the same: a copy leaves nothing out. Import refuses it, so it is told here. */
function look(seen: Seen, kind: RecordKind, item: TypedItem, line: number): void {
  const version = item[VERSION_ATTRIBUTE]?.S ?? '';
  seen.versions.add(/^\d{1,5}\.\d{1,5}$/.test(version) ? version : 'unknown');
  try {
    if (readRecord(kind, item).running) seen.running += 1;
  } catch (error) {
    if (!(error instanceof UnreadableItemError)) throw error;
    seen.unreadable += 1;
    seen.firstUnreadableLine ??= line;
  }
}

function describeUnreadable(kind: RecordKind, seen: Seen): readonly string[] {
  if (seen.firstUnreadableLine === null) return [];
  return [
    `${seen.unreadable} ${kind} cannot be read by this version, the first in line ${seen.firstUnreadableLine}; import refuses this export`,
  ];
}
