import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { createEmbeddedBus, type EmbeddedBus } from '../../shared/adapters/embedded/embedded-bus.ts';
import {
  createEmbeddedDeadlineQueue,
  createEmbeddedJobQueue,
  createEmbeddedWakeQueue,
} from '../../shared/adapters/embedded/embedded-queues.ts';
import { EmbeddedStore } from '../../shared/adapters/embedded/embedded-store.ts';
import type { Level } from '../../shared/adapters/embedded/level-writer.ts';
import { MemoryQueue } from '../../shared/adapters/embedded/memory-queue.ts';
import type { PerspectiveCode } from '../../shared/mpic/perspective.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Backend } from './backend.ts';

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
}

/** Everything in this process: tables in LevelDB, queues and bus in memory. */
export function createEmbeddedBackend({
  level,
  perspectives,
  clock,
  log,
}: EmbeddedBackendOptions): EmbeddedBackend {
  const store = new EmbeddedStore({ level, clock, log });
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
  const wakeQueue = new MemoryQueue({ name: 'wake-ups', clock, log });
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
    obstacles: () => (store.hasFailed ? ['store-failed'] : []),
    close: () => store.shutdown(),
  };
}

/** Open the database of a data folder; null: one that keeps nothing. */
export async function openLevel(dataDir: string | null): Promise<Level> {
  if (dataDir === null) {
    const memory = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
    await memory.open();
    return memory;
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const disk = new ClassicLevel<string, string>(join(dataDir, 'store'));
  await disk.open();
  return disk;
}
