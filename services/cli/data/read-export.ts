import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnreadableItemError } from '../../../shared/adapters/aws/stored-version.ts';
import { MAX_ITEM_BYTES } from '../../../shared/contract/deployment/tables.ts';
import { escapeUnseen, quoteInput } from '../../../shared/domain/net/quote.ts';
import { CommandError, EXIT } from '../shell/command.ts';
import { BadLineError, readLines } from '../shell/read-lines.ts';
import { itemFromJson, type TypedItem } from './item-json.ts';
import { MANIFEST_FILE, type Manifest, parseManifest, RECORD_FILES } from './manifest.ts';
import { RECORD_KINDS, type RecordKind, readRecord } from './record-kind.ts';
import type { Report } from './session.ts';

/** JSON writes one octet as six at most, and the names of types add little. */
const MAX_LINE_BYTES = 8 * MAX_ITEM_BYTES;
const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_PROBLEM_CHARACTERS = 400;

/** The folder does not hold an export that can be relied on. */
class DamagedExportError extends CommandError {}

/** An export whose files are those that its manifest speaks of, octet for octet. */
export interface CheckedExport {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
}

export interface ExportedItem {
  readonly line: number;
  readonly item: TypedItem;
  readonly running: boolean;
}

/** An export of which every record is known to be readable. */
export interface ReadableExport extends CheckedExport {
  /** Requests without a verdict. */
  readonly running: number;
}

/** Check hashes first and then every record, before anything is done with any of them. Throws {@link DamagedExportError}. */
export async function checkReadable(folder: string, signal: AbortSignal): Promise<ReadableExport> {
  const checked = await checkExport(folder);
  let running = 0;
  for (const kind of RECORD_KINDS) {
    for await (const item of readItems(checked, kind)) {
      signal.throwIfAborted();
      if (item.running) running += 1;
    }
  }
  return { ...checked, running };
}

/** Whether an export is complete, unchanged and readable: where not, that is the answer of the command. */
export async function verifyExport(folder: string, signal: AbortSignal): Promise<Report> {
  const { manifest, manifestSha256, running } = await checkReadable(folder, signal).catch((error) => {
    throw error instanceof DamagedExportError ? new CommandError(error.message, EXIT.no) : error;
  });
  const { requests, results } = manifest.files;
  return {
    text: [
      `complete, unchanged and readable: ${requests.items} requests of ${requests.table} and ${results.items} results of ${results.table}, exported ${manifest.exported_at}`,
      `SHA-256 of manifest.json: ${manifestSha256}; compare it with what export printed`,
    ].join('\n'),
    data: {
      requests: requests.items,
      results: results.items,
      running,
      exported_at: manifest.exported_at,
      manifest_sha256: manifestSha256,
    },
    exitStatus: EXIT.ok,
  };
}

/** Everything about an export that can be known without reading its records. */
async function checkExport(folder: string): Promise<CheckedExport> {
  await checkFiles(folder);
  const bytes = await readFile(join(folder, MANIFEST_FILE));
  const manifest = parseManifest(bytes.toString('utf8'));
  if ('problem' in manifest) throw new DamagedExportError(manifest.problem);
  for (const kind of RECORD_KINDS) {
    const { file, bytes: size, sha256 } = manifest.files[kind];
    const found = await hashFile(join(folder, file));
    if (found.bytes !== size)
      throw new DamagedExportError(`${file} has ${found.bytes} bytes, and ${size} were written`);
    if (found.sha256 !== sha256)
      throw new DamagedExportError(`${file} was changed after the export: its SHA-256 is another`);
  }
  return { folder, manifest, manifestSha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * The items of one kind, each known to be readable by the service.
 *
 * Throws {@link DamagedExportError} that names the line and never what it holds.
 */
export async function* readItems(
  { folder, manifest }: CheckedExport,
  kind: RecordKind,
): AsyncGenerator<ExportedItem> {
  const { file, items } = manifest.files[kind];
  let count = 0;
  try {
    for await (const { number, text } of readLines(join(folder, file), MAX_LINE_BYTES)) {
      count += 1;
      yield parseLine(kind, file, number, text);
    }
  } catch (error) {
    if (error instanceof BadLineError)
      throw new DamagedExportError(`${file} line ${error.number} ${error.message}`);
    throw error;
  }
  if (count !== items)
    throw new DamagedExportError(`${file} has ${count} lines, and ${items} items were written`);
}

function parseLine(kind: RecordKind, file: string, number: number, text: string): ExportedItem {
  const item = itemFromJson(text);
  if (item === null) throw new DamagedExportError(`${file} line ${number} is no item in DynamoDB JSON`);
  try {
    return { line: number, item, running: readRecord(kind, item).running };
  } catch (error) {
    if (!(error instanceof UnreadableItemError)) throw error;
    const problem = escapeUnseen(error.message.slice(0, MAX_PROBLEM_CHARACTERS));
    throw new DamagedExportError(`${file} line ${number}: ${problem}`);
  }
}

/** Exactly the three files, each a file and no link to one. */
async function checkFiles(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes(MANIFEST_FILE))
    throw new DamagedExportError(
      `there is no ${MANIFEST_FILE}: this is no export, or one that was not completed`,
    );
  const expected = [MANIFEST_FILE, ...Object.values(RECORD_FILES)];
  const missing = expected.find((name) => !names.includes(name));
  if (missing !== undefined) throw new DamagedExportError(`${missing} is missing`);
  const extra = names.find((name) => !expected.includes(name));
  if (extra !== undefined)
    throw new DamagedExportError(`${quoteInput(extra)} is in the folder and not part of the export`);
  for (const name of expected) {
    const found = await lstat(join(folder, name));
    if (!found.isFile()) throw new DamagedExportError(`${name} is no file`);
    if (name === MANIFEST_FILE && found.size > MAX_MANIFEST_BYTES)
      throw new DamagedExportError(`${name} is larger than any manifest`);
  }
}

async function hashFile(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
