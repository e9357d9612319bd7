import { createHash } from 'node:crypto';
import { UnreadableItemError, VERSION_ATTRIBUTE } from '../../../shared/adapters/aws/stored-version.ts';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { CONTRACT_VERSION } from '../../../shared/contract/messages/contract.ts';
import { EXIT } from '../shell/command.ts';
import { checkTables } from './check-table.ts';
import { ExportFolder } from './export-folder.ts';
import type { TypedItem } from './item-json.ts';
import { formatManifest } from './manifest.ts';
import { RECORD_KINDS, type RecordKind, readRecord } from './record-kind.ts';
import { createPace, type Pace, scanTable } from './scan.ts';
import { createProgress, type Report, type Session } from './session.ts';

export interface ExportOrder {
  readonly tables: TableNames;
  readonly folder: string;
  readonly maxReadUnits: number;
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

  const digest = createHash('sha256').update(manifest).digest('hex');
  const seen = { requests: requests.seen, results: results.seen };
  const [requestCount, resultCount] = [requests.entry.items, results.entry.items];
  return {
    text: [
      `${requestCount} requests and ${resultCount} results are in ${folder.path}`,
      `SHA-256 of manifest.json: ${digest}`,
      ...RECORD_KINDS.flatMap((kind) => seen[kind].describe(kind)).map((note) => `Note: ${note}`),
    ].join('\n'),
    data: {
      folder: folder.path,
      requests: requestCount,
      results: resultCount,
      running: seen.requests.running,
      unreadable: seen.requests.unreadable + seen.results.unreadable,
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
) {
  const file = await folder.createRecords(kind);
  const seen = new Seen();
  const progress = createProgress(session, (count) => `${count} ${kind} so far`);
  const take = (items: readonly TypedItem[]) => {
    for (const [index, item] of items.entries()) seen.look(kind, item, file.nextLine + index);
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

/** What was seen of the items of one table while they were written. */
class Seen {
  readonly versions = new Set<string>();
  unreadable = 0;
  running = 0;
  #firstUnreadableLine = 0;

  /** An item that cannot be read is exported all the same: a copy leaves nothing out. Import refuses it, so it is told here. */
  look(kind: RecordKind, item: TypedItem, line: number): void {
    const version = item[VERSION_ATTRIBUTE]?.S ?? '';
    this.versions.add(/^\d{1,5}\.\d{1,5}$/.test(version) ? version : 'unknown');
    try {
      if (readRecord(kind, item).running) this.running += 1;
    } catch (error) {
      if (!(error instanceof UnreadableItemError)) throw error;
      this.unreadable += 1;
      this.#firstUnreadableLine ||= line;
    }
  }

  describe(kind: RecordKind): readonly string[] {
    const { unreadable, running } = this;
    const unread = `${unreadable} ${kind} cannot be read by this version, the first in line ${this.#firstUnreadableLine}; import refuses this export`;
    const still = `${running} ${kind} are still running: imported elsewhere, nobody ends them there`;
    return [...(unreadable === 0 ? [] : [unread]), ...(running === 0 ? [] : [still])];
  }
}
