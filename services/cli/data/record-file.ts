import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { itemToJson, type TypedItem } from './item-json.ts';

/** For the owner only: records hold challenge values. */
export const FILE_MODE = 0o600;

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
