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
  /** How long requests are kept; for ever if left out. */
  readonly retention?: Pick<RetentionRules, 'keepMs' | 'maxKept'>;
  /** Folder of the database; null if it is not on disk. */
  readonly folder?: string | null;
  /** Watches the free space of the database's disk; stopped with the backend. Null if there is no watch. */
  readonly freeSpace?: FreeSpace | null;
}

/** Maximum number of requests kept in memory; the oldest are dropped. */
export const MAX_KEPT_IN_MEMORY = 10_000;

/** The backend within this process: tables in LevelDB, queues and bus in memory. */
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
    // Never moved to a dead-letter queue: this message alone ends and publishes the request in this process, and
    // nothing would move it back.
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

/** True if the request id was derived from a single-use Request Token, which then must stay used. */
function isNamedByToken({ requestId, check }: RequestRecord): boolean {
  if (check.checkType !== 'dcv' || !('challengeValue' in check.dcv)) return false;
  return requestId === requestIdForToken(check.dcv.challengeValue.toLowerCase());
}

/** Opens a database that is only in memory. */
export async function openMemoryLevel(): Promise<Level> {
  const memory = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
  await memory.open();
  return memory;
}
