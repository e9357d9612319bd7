import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { CommandError } from '../shell/command.ts';
import { itemToJson, type TypedItem } from './item-json.ts';
import { MANIFEST_FILE, RECORD_FILES } from './manifest.ts';
import type { RecordKind } from './record-kind.ts';

/** For the owner only: records hold challenge values. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const UNFINISHED_MANIFEST = `${MANIFEST_FILE}.unfinished`;

/** A new file of records, one line each, which knows its own count, size and SHA-256. */
export class RecordFile {
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  /** The write under way; each begins when the one before it has ended. */
  #written: Promise<void> = Promise.resolve();
  #items = 0;
  #bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Throws when the file exists. */
  static async create(path: string): Promise<RecordFile> {
    return new RecordFile(await open(path, 'wx', FILE_MODE));
  }

  /** Number of the line that the next item gets. */
  get nextLine(): number {
    return this.#items + 1;
  }

  /** Add a line for each item; resolves when they are handed to the system. */
  append(items: readonly TypedItem[]): Promise<void> {
    const bytes = Buffer.from(items.map((item) => `${itemToJson(item)}\n`).join(''));
    this.#hash.update(bytes);
    this.#items += items.length;
    this.#bytes += bytes.length;
    this.#written = this.#written.then(() => this.#handle.appendFile(bytes));
    return this.#written;
  }

  /** Wait until everything is on the disk, and close. */
  async finish(): Promise<{ readonly items: number; readonly bytes: number; readonly sha256: string }> {
    await this.#written;
    await this.#handle.sync();
    await this.#handle.close();
    return { items: this.#items, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Close without regard to what is in it. */
  async abandon(): Promise<void> {
    await this.#written.catch(() => {});
    await this.#handle.close().catch(() => {});
  }
}

/** The folder of one export while it is written. */
export class ExportFolder {
  readonly path: string;
  /** Whether the folder itself was made for this export. */
  readonly #made: boolean;
  /** Names of the files made here, the last one first: what makes it look complete goes before the rest. */
  readonly #files: string[] = [];

  private constructor(path: string, made: boolean) {
    this.path = path;
    this.#made = made;
  }

  /** Make the folder, or take an empty one. Throws when there is anything in it. */
  static async open(path: string): Promise<ExportFolder> {
    const made = (await mkdir(path, { recursive: true, mode: FOLDER_MODE })) !== undefined;
    const [first] = await readdir(path);
    if (first === undefined) return new ExportFolder(path, made);
    throw new CommandError(
      `the folder is not empty: ${quoteInput(first)} is in it; an export needs a folder of its own`,
    );
  }

  /** The file for the records of one kind. Throws when there is one. */
  async createRecords(kind: RecordKind): Promise<RecordFile> {
    const name = RECORD_FILES[kind];
    const file = await RecordFile.create(join(this.path, name));
    this.#files.unshift(name);
    return file;
  }

  /** The manifest appears as a whole or not at all, and after everything it speaks of; the names of the files last as well. */
  async complete(manifest: string): Promise<void> {
    const unfinished = join(this.path, UNFINISHED_MANIFEST);
    const handle = await open(unfinished, 'wx', FILE_MODE);
    this.#files.unshift(MANIFEST_FILE, UNFINISHED_MANIFEST);
    await handle.writeFile(manifest).finally(() => syncAndClose(handle));
    await rename(unfinished, join(this.path, MANIFEST_FILE));
    await syncAndClose(await open(this.path, 'r'));
  }

  /** Take back what was made, and nothing else, so that the export can be repeated. */
  async discard(): Promise<void> {
    for (const name of this.#files) await rm(join(this.path, name), { force: true }).catch(() => {});
    if (this.#made) await rmdir(this.path).catch(() => {});
  }
}

async function syncAndClose(handle: FileHandle): Promise<void> {
  await handle.sync().finally(() => handle.close());
}
