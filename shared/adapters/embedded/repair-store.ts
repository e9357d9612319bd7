import { unseal } from './batch-seal.ts';
import type { DatabaseReader, LevelWrite } from './level.ts';
import { MADE_RANGE, madeIdOf, madeKey, usedKey } from './retention.ts';
import { OPEN_RANGE, recordOf, requestKey } from './stored-records.ts';

/** Outcome of a repair. */
export interface Repair {
  readonly kept: number;
  /** Ids of accepted requests that are lost or given up. */
  readonly lost: readonly string[];
}

const STEP = 500;

/**
 * Make a damaged store usable: keeps intact completed requests, gives up damaged and running ones. The id of a lost
 * request stays taken if it was derived from a key or a Request Token, since it may have been for one use.
 *
 * @param write writes one group; after a failed group, the next repair repeats the earlier ones.
 */
export async function repairStore(
  reader: DatabaseReader,
  write: (writes: readonly LevelWrite[]) => Promise<void>,
  folder: string,
): Promise<Repair> {
  const kept = new Set<string>();
  const lost = new Set<string>();
  for (let after = 'request!'; ; ) {
    const entries = await reader.entries({ gt: after, lt: 'request"', limit: STEP });
    const last = entries.at(-1);
    if (last === undefined) break;
    after = last[0];
    const writes: LevelWrite[] = [];
    for (const [key, value] of entries) {
      const requestId = key.slice('request!'.length);
      const record = readable(requestId, value);
      // A running request may have been decided by a lost write, and must not be decided twice.
      if (record?.status !== 'completed') {
        lost.add(requestId);
        continue;
      }
      kept.add(requestId);
      writes.push({ type: 'put', key: madeKey(record), value: '' });
    }
    if (writes.length > 0) await write(writes);
  }
  await giveUp(reader, write, kept, lost);
  await unseal(reader, write, folder);
  return { kept: kept.size, lost: [...lost].sort() };
}

async function giveUp(
  reader: DatabaseReader,
  write: (writes: readonly LevelWrite[]) => Promise<void>,
  kept: ReadonlySet<string>,
  lost: Set<string>,
): Promise<void> {
  const stale: string[] = [];
  for (const key of await reader.keys(MADE_RANGE)) {
    if (kept.has(madeIdOf(key))) continue;
    lost.add(madeIdOf(key));
    stale.push(key);
  }
  for (const key of await reader.keys(OPEN_RANGE)) {
    const requestId = key.slice('open!'.length);
    if (kept.has(requestId)) continue;
    lost.add(requestId);
    stale.push(key);
  }
  const keys = [...stale, ...[...lost].map(requestKey)];
  for (let at = 0; at < keys.length; at += STEP)
    await write(keys.slice(at, at + STEP).map((key): LevelWrite => ({ type: 'del', key })));
  const used = [...lost].filter((requestId) => requestId.charAt(14) !== '7').map(usedKey);
  for (let at = 0; at < used.length; at += STEP)
    await write(used.slice(at, at + STEP).map((key): LevelWrite => ({ type: 'put', key, value: '' })));
}

function readable(requestId: string, value: string) {
  try {
    const record = recordOf(requestId, value);
    return record.requestId === requestId ? record : null;
  } catch {
    return null;
  }
}
