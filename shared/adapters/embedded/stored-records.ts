import { readStoredResult, type StoredResult } from '../../messages/stored-result.ts';
import type { RequestRecord } from '../../mpic/lifecycle.ts';
import { type DatabaseReader, textOf } from './database.ts';
import type { LevelWrite } from './level-writer.ts';
import type { OpenRequest, StoredOpen } from './open-requests.ts';

export const requestKey = (requestId: string) => `request!${requestId}`;
export const openKey = (requestId: string) => `open!${requestId}`;
export const resultKey = (requestId: string, slot: string) => `result!${requestId}!${slot}`;
export const slotOf = (attempt: number, perspective: string) => `${attempt}!${perspective}`;

const OLD_RECORD = { attemptToken: null };
const OLD_VERDICT = { attemptToken: null, results: [] };

/** The record in its text, which only this store writes; the version before wrote no tokens and froze nothing. */
export function recordOf(text: string): RequestRecord {
  const record = JSON.parse(text) as RequestRecord;
  const verdicts = record.verdicts.map((verdict) => ({ ...OLD_VERDICT, ...verdict }));
  return { ...OLD_RECORD, ...record, verdicts };
}

export function putRequest(record: RequestRecord): LevelWrite {
  return { type: 'put', key: requestKey(record.requestId), value: JSON.stringify(record) };
}

/** Results that are in memory and not known to be in the log. */
export function unwrittenOf({ record, unwritten }: OpenRequest): readonly LevelWrite[] {
  return [...unwritten].map(([slot, value]) => ({
    type: 'put',
    key: resultKey(record.requestId, slot),
    value,
  }));
}

export async function readRecord(reader: DatabaseReader, requestId: string): Promise<RequestRecord | null> {
  const text = await reader.get(requestKey(requestId));
  return text === undefined ? null : recordOf(text);
}

export interface OpenInDatabase {
  /** Those that are decided in the order in which they were. */
  readonly open: readonly StoredOpen[];
  /** Open requests whose record is missing, or cannot be read, and why. */
  readonly unreadable: readonly { readonly requestId: string; readonly problem: string }[];
}

/** Every request that the database has as accepted and not published, with its results. */
export async function readOpen(reader: DatabaseReader): Promise<OpenInDatabase> {
  const keys = await reader.keys({ gt: 'open!', lt: 'open"' });
  const open: StoredOpen[] = [];
  const unreadable: { requestId: string; problem: string }[] = [];
  for (const key of keys) {
    const requestId = key.slice('open!'.length);
    try {
      const record = await readRecord(reader, requestId);
      if (record === null) throw new Error('its record is missing');
      open.push({ record, results: await readResultsOf(reader, requestId) });
    } catch (error) {
      unreadable.push({ requestId, problem: textOf(error) });
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
      const at = slot.indexOf('!');
      const stored = { attempt: Number(slot.slice(0, at)), perspective: slot.slice(at + 1) };
      return [slot, readStoredResult(value, requestId, stored)];
    }),
  );
}
