import type { Backend } from '../../services/hosts/local/backend.ts';
import {
  createEmbeddedBackend,
  type EmbeddedBackend,
  type EmbeddedBackendOptions,
  openMemoryLevel,
} from '../../services/hosts/local/embedded-backend.ts';
import { onlyFor } from '../../services/hosts/local/service.ts';
import type { Level } from '../../shared/adapters/embedded/level.ts';
import { resultKey, slotOf } from '../../shared/adapters/embedded/stored-records.ts';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { ResultSink } from '../../shared/ports/request-store.ts';
import { RecordingAudit } from './recording-audit.ts';
import { createRealTime, type TestTime, VirtualTime } from './virtual-clock.ts';

/** What outlives a process: a durable store, the audit trail, those who heard the events, and time. */
export interface Bench {
  readonly time: TestTime;
  readonly audit: RecordingAudit;
  /** Events that the bus accepted, oldest first. */
  readonly events: RequestCompletedEvent[];
  /** Settings that suit this kind of backend, before those of a test. */
  readonly settings: Partial<ServiceConfig>;
  /** How much later than by its own timers something may happen here, milliseconds. */
  readonly slackMs: number;
  /** How long a message takes to be given up and set aside, milliseconds; null: longer than a test wants to wait. */
  readonly giveUpMs: number | null;
  /** What a new process finds. */
  openBackend(options: BackendOptions): Promise<Backend>;
  /**
   * Store what the credentials of a perspective allow, under its own keys: any text, whatever lies there. Its own code stores
   * results only, and the first one only.
   */
  putResult(perspective: PerspectiveCode, requestId: string, attempt: number, text: string): Promise<void>;
  /** Bodies set aside from the queue of a perspective, or from `deadlines` or `wake-ups`, since the backend was opened. */
  deadLetters(queue: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface BackendOptions {
  readonly perspectives: readonly PerspectiveCode[];
  readonly clock: Clock;
  readonly log: Log;
  /** Stands between the backend and its database, where it has one of its own. */
  readonly wrapLevel?: (level: Level) => Level;
  /** How long requests are kept, where the backend deletes them itself. */
  readonly retention?: NonNullable<EmbeddedBackendOptions['retention']>;
}

/** `startsAt`: Unix milliseconds that the clocks of the bench begin with. */
export type OpenBench = (startsAt: number) => Promise<Bench>;

/** The embedded backend in virtual time, over a database in memory that survives its processes. */
export function openEmbeddedBench(startsAt: number): Promise<Bench> {
  return openEmbedded(new VirtualTime(startsAt));
}

/** The embedded backend in real time, for perspectives that ask real servers. */
export function openRealTimeBench(startsAt: number): Promise<Bench> {
  return openEmbedded(createRealTime(startsAt));
}

/** Offer the port whatever a text holds; where it is not even an object the port has nothing to take. */
async function recordAnything(sink: ResultSink, text: string): Promise<void> {
  try {
    await sink.record(JSON.parse(text));
  } catch {
    // The process of the attacker has this error, and may ignore it.
  }
}

async function openEmbedded(time: TestTime): Promise<Bench> {
  const level = await openMemoryLevel();
  let current: EmbeddedBackend | null = null;
  return {
    time,
    audit: new RecordingAudit(),
    events: [],
    settings: {},
    slackMs: 1,
    giveUpMs: 3000,
    async openBackend({ wrapLevel = (inner) => inner, ...options }) {
      await level.open();
      current = createEmbeddedBackend({ level: wrapLevel(level), ...options });
      return current;
    },
    async putResult(perspective, requestId, attempt, text) {
      // What a request that is open rests on lies in memory, which a perspective reaches through its port only.
      if (current !== null) await recordAnything(onlyFor(perspective, current.results), text);
      await level.put(resultKey(requestId, slotOf(attempt, perspective)), text);
    },
    async deadLetters(name) {
      const home = { deadlines: current?.deadlineQueue, 'wake-ups': current?.wakeQueue };
      const queue = name in home ? home[name as keyof typeof home] : current?.jobQueues.get(name);
      return queue?.deadLetters.map(({ body }) => body) ?? [];
    },
    close: () => level.close(),
  };
}
