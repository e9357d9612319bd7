import { isDeepStrictEqual } from 'node:util';
import type { Level } from '../../shared/adapters/embedded/level-writer.ts';
import { textOf } from '../../shared/adapters/embedded/stored-records.ts';
import type { RequestRecord } from '../../shared/mpic/lifecycle.ts';

interface Operation {
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: string;
}

export interface LevelWatch {
  /** What the writes did that they must never do. */
  readonly violations: string[];
  /** Ids of the requests ever written. */
  requestIds(): readonly string[];
  /** See `operations` as they reach the database. */
  note(operations: readonly Operation[]): void;
}

/** Looks at every write of the embedded store: verdicts and results, once written, stay as they are. */
export function createLevelWatch(): LevelWatch {
  const requests = new Map<string, RequestRecord>();
  const results = new Map<string, string>();
  const violations: string[] = [];

  function noteRequest(key: string, record: RequestRecord): void {
    const before = requests.get(key);
    requests.set(key, record);
    if (before === undefined) return;
    const kept = record.verdicts.slice(0, before.verdicts.length);
    if (!isDeepStrictEqual(kept, before.verdicts)) violations.push(`${key}: a verdict was changed`);
    if (before.status === 'completed') violations.push(`${key}: written after it was completed`);
  }

  return {
    violations,
    requestIds: () => [...requests.values()].map(({ requestId }) => requestId),
    note(operations) {
      for (const { type, key, value: stored = '' } of operations) {
        if (type !== 'put') continue;
        const value = textOf(key, stored) ?? '';
        if (key.startsWith('request!')) noteRequest(key, JSON.parse(value) as RequestRecord);
        if (!key.startsWith('result!')) continue;
        if (results.has(key) && results.get(key) !== value) violations.push(`${key}: a result was changed`);
        results.set(key, value);
      }
    },
  };
}

/** `level`, seen by `watch`. */
export function watchLevel(level: Level, watch: LevelWatch): Level {
  return new Proxy(level, {
    get(target, property) {
      if (property === 'batch') {
        return async (operations: Operation[]) => {
          await (target.batch as (operations: Operation[]) => Promise<void>)(operations);
          watch.note(operations);
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
