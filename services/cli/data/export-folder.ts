import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { OperationError } from './errors.ts';
import { MANIFEST_FILE, RECORD_FILES } from './manifest.ts';
import { FILE_MODE, RecordFile } from './record-file.ts';
import type { RecordKind } from './record-kind.ts';

const FOLDER_MODE = 0o700;
const UNFINISHED_MANIFEST = `${MANIFEST_FILE}.unfinished`;

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
    throw new OperationError(
      `the folder is not empty: ${quoteInput(first)} is in it; an export needs a folder of its own`,
    );
  }

  async createRecords(kind: RecordKind): Promise<RecordFile> {
    const name = RECORD_FILES[kind];
    const file = await RecordFile.create(join(this.path, name));
    this.#files.unshift(name);
    return file;
  }

  /** The manifest appears as a whole or not at all, and after everything it speaks of. */
  async complete(manifest: string): Promise<void> {
    const handle = await open(join(this.path, UNFINISHED_MANIFEST), 'wx', FILE_MODE);
    this.#files.unshift(MANIFEST_FILE, UNFINISHED_MANIFEST);
    try {
      await handle.writeFile(manifest);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(join(this.path, UNFINISHED_MANIFEST), join(this.path, MANIFEST_FILE));
    await syncFolder(this.path);
  }

  /** Take back what was made, and nothing else, so that the export can be repeated. */
  async discard(): Promise<void> {
    for (const name of this.#files) await rm(join(this.path, name), { force: true }).catch(() => {});
    if (this.#made) await rmdir(this.path).catch(() => {});
  }
}

/** So that the names of the files last as well. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
