import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { createEmbeddedBus } from '../../shared/adapters/embedded/embedded-bus.ts';
import {
  createEmbeddedDeadlineQueue,
  createEmbeddedJobQueue,
  createEmbeddedWakeQueue,
} from '../../shared/adapters/embedded/embedded-queues.ts';
import { EmbeddedStore } from '../../shared/adapters/embedded/embedded-store.ts';
import type { Level } from '../../shared/adapters/embedded/level.ts';
import { MemoryQueue, type MemoryQueueOptions } from '../../shared/adapters/embedded/memory-queue.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { describeEventBus } from './event-bus.ts';
import { describeDeadlineQueue, describeWakeQueue } from './home-queue.ts';
import { describeJobQueue } from './job-queue.ts';
import { describeRequestStore } from './request-store.ts';
import { describeResultStore } from './result-store.ts';
import type { StoreSubject } from './subjects.ts';

async function openStore(level: Level, cleanUp: () => Promise<void>): Promise<StoreSubject> {
  await level.open();
  const store = new EmbeddedStore({ level, clock: systemClock, log: createRecordingLog() });
  await store.recover();
  return {
    requests: store,
    sink: store,
    reader: store,
    async reopen() {
      await store.shutdown();
      return openStore(level, cleanUp);
    },
    async close() {
      await store.shutdown();
      await cleanUp();
    },
  };
}

async function onDisk(): Promise<StoreSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'mpic-contract-'));
  return openStore(new ClassicLevel(join(folder, 'store')), () =>
    rm(folder, { recursive: true, force: true }),
  );
}

const inMemory = () => openStore(new MemoryLevel<string, string>({ storeEncoding: 'utf8' }), async () => {});

/** The database is in this process, so it cannot be made unreachable. */
const CAN = { reopen: true, unreachable: false, refuse: false };

describeRequestStore('embedded store on disk', onDisk, CAN);
describeResultStore('embedded store on disk', onDisk, CAN);
describeRequestStore('embedded store in memory', inMemory, CAN);
describeResultStore('embedded store in memory', inMemory, CAN);

function memoryQueue(name: string, options: Partial<MemoryQueueOptions> = {}): MemoryQueue {
  const log = createRecordingLog();
  return new MemoryQueue({ name, clock: systemClock, log, retryDelayMs: 20, ...options });
}

describeJobQueue(
  'embedded queues',
  async () => {
    const queues = new Map(['near', 'far'].map((code) => [code, memoryQueue(code)]));
    const queueOf = (code: string) => {
      const queue = queues.get(code);
      if (queue === undefined) throw new Error(`no queue ${code}`);
      return queue;
    };
    return {
      queue: createEmbeddedJobQueue(queues),
      perspectives: ['near', 'far'],
      consume: (code, handler) => queueOf(code).consume(handler),
      deadLetters: async (code) => queueOf(code).deadLetters.map(({ body }) => body),
      close: async () => {},
    };
  },
  CAN,
);

describeDeadlineQueue(
  'embedded queues',
  async () => {
    const queue = memoryQueue('deadlines', { maxReceives: Number.POSITIVE_INFINITY, maxRetryDelayMs: 20 });
    return {
      queue: createEmbeddedDeadlineQueue(queue),
      consume: (handler) => queue.consume(handler),
      deadLetters: async () => queue.deadLetters.map(({ body }) => body),
      close: async () => {},
    };
  },
  CAN,
);

describeWakeQueue(
  'embedded queues',
  async () => {
    const queue = memoryQueue('wake-ups');
    return {
      queue: createEmbeddedWakeQueue(queue),
      consume: (handler) => queue.consume(handler),
      deadLetters: async () => queue.deadLetters.map(({ body }) => body),
      close: async () => {},
    };
  },
  CAN,
);

describeEventBus(
  'embedded bus',
  async () => {
    const bus = createEmbeddedBus();
    const heard: RequestCompletedEvent[] = [];
    bus.subscribe((event) => heard.push(event));
    return { bus, heard: async () => heard, close: async () => {} };
  },
  CAN,
);
