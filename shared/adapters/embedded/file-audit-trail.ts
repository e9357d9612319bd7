import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { AuditRecord } from '../../contract/audit/audit-schema.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';

export interface FileAuditTrail extends AuditTrail {
  /** Append to the file of the current day. */
  append(records: readonly AuditRecord[]): Promise<void>;
  /** Wait for the writes in progress and close the file. */
  close(): Promise<void>;
}

interface OpenFile {
  readonly name: string;
  readonly handle: FileHandle;
  /** Bytes known to be written. */
  size: number;
}

/**
 * Number of remembered facts, so that a repetition is not written. A publication that fails after its records were
 * written is retried within half a minute, in which a service at full load writes about 50,000; takes about 15 MB of
 * memory.
 */
const MAX_REMEMBERED = 100_000;

/**
 * Bytes read at start from the end of each of the newest files: the records of about 4,000 requests, far more than can
 * be unpublished when a process ends.
 */
const TAIL_BYTES = 32 * 1024 * 1024;

/**
 * Two, because a process that died about midnight may have written its last records into the file of the day before.
 */
const NEWEST_FILES = 2;

/**
 * The audit trail as JSON lines in `<folder>/audit-<UTC date>.jsonl`, one append-only file per day.
 *
 * A process killed while writing leaves an incomplete last line. Its record was not acknowledged and will be written
 * again, so the next start cuts the line off.
 */
export async function openFileAuditTrail(folder: string, now: () => number): Promise<FileAuditTrail> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const written = await readWrittenIds(folder);
  const remembered = new Set<string>();
  let waiting: AuditRecord[] = [];
  let flushing: Promise<void> | null = null;
  let current: OpenFile | null = null;

  async function fileForToday(): Promise<OpenFile> {
    const name = fileName(now());
    if (current?.name === name) return current;
    await current?.handle.close();
    const handle = await open(join(folder, name), 'a', 0o600);
    current = { name, handle, size: (await handle.stat()).size };
    return current;
  }

  async function flush(): Promise<void> {
    // Let all appends of this turn share one write.
    await Promise.resolve();
    const group = waiting;
    waiting = [];
    flushing = null;
    try {
      await write(group.map((record) => `${JSON.stringify(record)}\n`).join(''));
    } catch (error) {
      // Not written, so a repetition must not be dropped.
      for (const { record_id } of group) remembered.delete(attemptOf(record_id));
      throw error;
    }
  }

  async function write(text: string): Promise<void> {
    const file = await fileForToday();
    const bytes = Buffer.from(text, 'utf8');
    try {
      await file.handle.appendFile(bytes);
    } catch (error) {
      // A line cut by a full disk would corrupt the next one.
      await file.handle.truncate(file.size).catch(() => {});
      throw error;
    }
    file.size += bytes.length;
  }

  /** The newest flush. A remembered fact that is not waiting is in this flush or an earlier one. */
  let last: Promise<void> = Promise.resolve();
  return {
    append(records) {
      const fresh = records.filter(
        ({ record_id }) => !written.has(record_id) && !remembered.has(attemptOf(record_id)),
      );
      waiting.push(...fresh);
      for (const { record_id } of fresh) remember(remembered, attemptOf(record_id));
      if (waiting.length === 0) return flushing ?? last;
      if (flushing === null) {
        const mine = last.catch(() => {}).then(flush);
        flushing = mine;
        last = mine;
        // The callers of this flush get its error; later callers must not.
        mine.catch(() => {
          if (last === mine) last = Promise.resolve();
        });
      }
      return flushing;
    },
    async close() {
      await last.catch(() => {});
      await current?.handle.close();
      current = null;
    },
  };
}

function fileName(nowMs: number): string {
  return `audit-${new Date(nowMs).toISOString().slice(0, 10)}.jsonl`;
}

/**
 * The name under which a record is remembered. The records of one attempt, `<request>/<attempt>/<perspective or
 * quorum>`, are appended together and share a name; any other record has its own.
 */
function attemptOf(recordId: string): string {
  return /^[^/]+\/\d+(?=\/[^/]+$)/.exec(recordId)?.[0] ?? recordId;
}

function remember(names: Set<string>, name: string): void {
  names.add(name);
  if (names.size <= MAX_REMEMBERED) return;
  const [oldest] = names;
  if (oldest !== undefined) names.delete(oldest);
}

/**
 * Ids of the records at the end of the newest files. An earlier process may have died before it learned that they were
 * written.
 */
async function readWrittenIds(folder: string): Promise<ReadonlySet<string>> {
  const names = (await readdir(folder)).filter((name) => /^audit-.*\.jsonl$/.test(name)).sort();
  const ids = new Set<string>();
  for (const name of names.slice(-NEWEST_FILES)) {
    for (const id of await readLastIds(join(folder, name))) ids.add(id);
  }
  return ids;
}

/** Ids at the end of a file; cuts off an incomplete last line. */
async function readLastIds(path: string): Promise<readonly string[]> {
  const { text, start } = await readTail(path);
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length) await truncate(path, start + end);
  // A tail that starts inside the file may start with a partial line, which is skipped.
  const lines = text.slice(start === 0 ? 0 : text.indexOf('\n') + 1, end).split('\n');
  return lines.flatMap((line) => /"record_id":"([^"\\]+)"/.exec(line)?.[1] ?? []);
}

async function readTail(path: string): Promise<{ readonly text: string; readonly start: number }> {
  const { size } = await stat(path);
  const start = Math.max(0, size - TAIL_BYTES);
  // As a stream, because one read may return fewer bytes than asked for, and the missing ones would look like a torn line.
  const bytes = await buffer(createReadStream(path, { start }));
  // latin1 has one character per byte, so that positions in the text are positions in the file.
  return { text: bytes.toString('latin1'), start };
}
