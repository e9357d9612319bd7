import { MemoryLevel } from 'memory-level';
import { createEmbeddedBus, type EmbeddedBus } from '../../../shared/adapters/embedded/embedded-bus.ts';
import {
  createEmbeddedDeadlineQueue,
  createEmbeddedJobQueue,
  createEmbeddedWakeQueue,
} from '../../../shared/adapters/embedded/embedded-queues.ts';
import { EmbeddedStore } from '../../../shared/adapters/embedded/embedded-store.ts';
import type { Level } from '../../../shared/adapters/embedded/level.ts';
import { MemoryQueue } from '../../../shared/adapters/embedded/memory-queue.ts';
import type { RetentionRules } from '../../../shared/adapters/embedded/retention.ts';
import { createUuidIds } from '../../../shared/adapters/system/uuid-ids.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { HOME_RECEIVE_COUNT } from '../../../shared/ports/queues.ts';
import type { Backend } from './backend.ts';
import type { FreeSpace } from './free-space.ts';

export interface EmbeddedBackend extends Backend {
  readonly bus: EmbeddedBus;
  readonly jobQueues: ReadonlyMap<PerspectiveCode, MemoryQueue>;
  readonly deadlineQueue: MemoryQueue;
  readonly wakeQueue: MemoryQueue;
}

export interface EmbeddedBackendOptions {
  readonly level: Level;
  readonly perspectives: readonly PerspectiveCode[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long requests are kept; left out: for ever. */
  readonly retention?: Pick<RetentionRules, 'keepMs' | 'maxKept'>;
  /** Folder of the database, where it is on disk. */
  readonly folder?: string | null;
  /** The watch over the disk below the database, if there is one; ended with the backend. */
  readonly freeSpace?: FreeSpace | null;
}

/** Requests that are kept where there is only memory: the newest. */
export const MAX_KEPT_IN_MEMORY = 10_000;

/** Everything in this process: tables in LevelDB, queues and bus in memory. */
export function createEmbeddedBackend({
  level,
  perspectives,
  clock,
  log,
  retention,
  folder = null,
  freeSpace = null,
}: EmbeddedBackendOptions): EmbeddedBackend {
  const store = new EmbeddedStore({
    level,
    clock,
    log,
    folder,
    ...(retention === undefined ? {} : { retention: { ...retention, staysUsed: isNamedByToken } }),
  });
  const jobQueues = new Map(
    perspectives.map((code) => [code, new MemoryQueue({ name: `jobs-${code}`, clock, log })] as const),
  );
  const deadlineQueue = new MemoryQueue({
    name: 'deadlines',
    clock,
    log,
    // The last that remembers a request in this process, and its publication: nobody would move it back.
    maxReceives: Number.POSITIVE_INFINITY,
  });
  const wakeQueue = new MemoryQueue({ name: 'wake-ups', clock, log, maxReceives: HOME_RECEIVE_COUNT });
  return {
    requests: store,
    results: store,
    jobs: createEmbeddedJobQueue(jobQueues),
    deadlines: createEmbeddedDeadlineQueue(deadlineQueue),
    wakeUps: createEmbeddedWakeQueue(wakeQueue),
    bus: createEmbeddedBus(),
    jobQueues,
    deadlineQueue,
    wakeQueue,
    consumeJobs(code, handler) {
      const queue = jobQueues.get(code);
      if (queue === undefined) throw new Error(`no queue for perspective ${code}`);
      return queue.consume(handler);
    },
    consumeDeadlines: (handler) => deadlineQueue.consume(handler),
    consumeWakeUps: (handler) => wakeQueue.consume(handler),
    recover: () => store.recover(),
    countOpen: (caller) => store.countRunning(caller),
    unpublished: () => store.unpublished(),
    publications: null,
    obstacles: () => [
      ...(store.hasFailed ? (['store-failed'] as const) : []),
      ...(freeSpace?.isLow ? (['storage-full'] as const) : []),
    ],
    close() {
      freeSpace?.stop();
      return store.shutdown();
    },
  };
}

const { requestIdForToken } = createUuidIds(Date.now);

/** Whether a Request Token for one use is what the id of this request was made of: it stays used. */
function isNamedByToken({ requestId, check }: RequestRecord): boolean {
  if (check.checkType !== 'dcv' || !('challengeValue' in check.dcv)) return false;
  return requestId === requestIdForToken(check.dcv.challengeValue.toLowerCase());
}

/** A database that keeps nothing. */
export async function openMemoryLevel(): Promise<Level> {
  const memory = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
  await memory.open();
  return memory;
}
