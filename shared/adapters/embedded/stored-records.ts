import { crc32 } from 'node:zlib';
import { readStoredResult } from '../../contract/messages/stored-result.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import type { RequestRecord } from '../../domain/mpic/lifecycle.ts';
import { describeError } from './database.ts';
import type { DatabaseReader, LevelWrite } from './level.ts';
import type { OpenRequest, StoredOpen } from './open-requests.ts';

export const requestKey = (requestId: string) => `request!${requestId}`;
export const openKey = (requestId: string) => `open!${requestId}`;
export const OPEN_RANGE = { gt: 'open!', lt: 'open"' };
export const resultKey = (requestId: string, slot: string) => `result!${requestId}!${slot}`;
export const slotOf = (attempt: number, perspective: string) => `${attempt}!${perspective}`;

/** Length of the checksum before a text: CRC-32 of key and text, hexadecimal. */
const CHECKSUM_DIGITS = 8;

/** A text with its checksum, as stored under a key. */
export function withChecksum(key: string, text: string): string {
  return `${crc32(text, crc32(key)).toString(16).padStart(CHECKSUM_DIGITS, '0')}${text}`;
}

/**
 * The text of a stored value; null if it does not match its checksum. LevelDB does not verify the checksums of its
 * tables. An earlier version wrote JSON objects without a checksum.
 */
export function textOf(key: string, value: string): string | null {
  if (value.startsWith('{')) return value;
  const text = value.slice(CHECKSUM_DIGITS);
  return value === withChecksum(key, text) ? text : null;
}

const OLD_RECORD = { attemptToken: null };
const OLD_VERDICT = { attemptToken: null, results: [] };

/**
 * Read the record of a request from its stored value, which only this store writes. The previous version stored no
 * tokens and no evidence.
 *
 * @throws Error if the value does not match its checksum.
 */
export function recordOf(requestId: string, value: string): RequestRecord {
  const text = textOf(requestKey(requestId), value);
  if (text === null) throw new Error(`the record of request ${requestId} is damaged`);
  const record = JSON.parse(text) as RequestRecord;
  const verdicts = record.verdicts.map((verdict) => ({ ...OLD_VERDICT, ...verdict }));
  return { ...OLD_RECORD, ...record, verdicts };
}

export function putRequest(record: RequestRecord): LevelWrite {
  const key = requestKey(record.requestId);
  return { type: 'put', key, value: withChecksum(key, JSON.stringify(record)) };
}

/**
 * The mark of a request that is not published. Contains the number of verdicts of the record, because LevelDB may
 * return an earlier record of the request if a part of a table is damaged.
 */
export function putOpen(record: RequestRecord): LevelWrite {
  return { type: 'put', key: openKey(record.requestId), value: String(record.verdicts.length) };
}

/** Whether a record is the newest one by the mark of its request; `mark` is null if there is none. */
export function isNewest(record: RequestRecord, mark: string | null): boolean {
  if (mark === null) return record.status === 'completed';
  // The previous version wrote no number.
  return mark === '' || mark === String(record.verdicts.length);
}

/** Writes for the results not known to be in the log. */
export function unwrittenOf({ record, unwritten }: OpenRequest): readonly LevelWrite[] {
  return [...unwritten].map(([slot, text]) => putResult(record.requestId, slot, text));
}

export function putResult(requestId: string, slot: string, text: string): LevelWrite {
  const key = resultKey(requestId, slot);
  return { type: 'put', key, value: withChecksum(key, text) };
}

/** Read the result from a stored value; a damaged one is an unreadable result. */
export function resultOf(requestId: string, slot: string, value: string): StoredResult {
  const at = slot.indexOf('!');
  const key = { attempt: Number(slot.slice(0, at)), perspective: slot.slice(at + 1) };
  return readStoredResult(textOf(resultKey(requestId, slot), value) ?? value, requestId, key);
}

export async function readRecord(reader: DatabaseReader, requestId: string): Promise<RequestRecord | null> {
  const value = await reader.get(requestKey(requestId));
  return value === undefined ? null : recordOf(requestId, value);
}

export interface OpenInDatabase {
  /** Open requests; decided ones in the order of their decision. */
  readonly open: readonly StoredOpen[];
  /** Open requests whose record is missing or unreadable, and why. */
  readonly unreadable: readonly { readonly requestId: string; readonly problem: string }[];
}

/** Read every request that was accepted and not published, with its results. */
export async function readOpen(reader: DatabaseReader): Promise<OpenInDatabase> {
  const marks = await reader.entries(OPEN_RANGE);
  const open: StoredOpen[] = [];
  const unreadable: { requestId: string; problem: string }[] = [];
  for (const [key, mark] of marks) {
    const requestId = key.slice('open!'.length);
    try {
      const record = await readRecord(reader, requestId);
      if (record === null) throw new Error('its record is missing');
      if (!isNewest(record, mark)) throw new Error('its newest record is missing');
      open.push({ record, results: await readResultsOf(reader, requestId) });
    } catch (error) {
      unreadable.push({ requestId, problem: describeError(error) });
    }
  }
  const decidedAt = ({ record }: StoredOpen) => record.completedAt ?? Number.POSITIVE_INFINITY;
  return { open: open.sort((a, b) => (decidedAt(a) < decidedAt(b) ? -1 : 1)), unreadable };
}

async function readResultsOf(
  reader: DatabaseReader,
  requestId: string,
): Promise<ReadonlyMap<string, StoredResult>> {
  const prefix = `result!${requestId}!`;
  const entries = await reader.entries({ gt: prefix, lt: `result!${requestId}"` });
  return new Map(
    entries.map(([key, value]) => {
      const slot = key.slice(prefix.length);
      return [slot, resultOf(requestId, slot, value)];
    }),
  );
}
