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

/** What outlives a process: a durable store, the audit trail, the received events, and time. */
export interface Bench {
  readonly time: TestTime;
  readonly audit: RecordingAudit;
  /** Events that the bus accepted, oldest first. */
  readonly events: RequestCompletedEvent[];
  /** Default settings for this kind of backend; a test may override them. */
  readonly settings: Partial<ServiceConfig>;
  /** How late events may be on this bench, compared with their timers, milliseconds. */
  readonly slackMs: number;
  /** Time until a message goes to the dead-letter queue, milliseconds; null if longer than a test can wait. */
  readonly giveUpMs: number | null;
  /** The backend of a new process. */
  openBackend(options: BackendOptions): Promise<Backend>;
  /**
   * Store any text under a perspective's own keys, as its credentials allow, overwriting what is there. The
   * perspective's own code stores only results, and only the first one.
   */
  putResult(perspective: PerspectiveCode, requestId: string, attempt: number, text: string): Promise<void>;
  /**
   * Bodies in the dead-letter queue of a perspective, of `deadlines` or of `wake-ups`, since the backend was opened.
   */
  deadLetters(queue: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface BackendOptions {
  readonly perspectives: readonly PerspectiveCode[];
  readonly clock: Clock;
  readonly log: Log;
  /** Wraps the database of a backend that has its own. */
  readonly wrapLevel?: (level: Level) => Level;
  /** How long requests are kept, if the backend deletes them itself. */
  readonly retention?: NonNullable<EmbeddedBackendOptions['retention']>;
}

/** `startsAt`: start time of the bench's clocks, Unix milliseconds. */
export type OpenBench = (startsAt: number) => Promise<Bench>;

/** The embedded backend in virtual time, on an in-memory database that survives its processes. */
export function openEmbeddedBench(startsAt: number): Promise<Bench> {
  return openEmbedded(new VirtualTime(startsAt));
}

/** The embedded backend in real time, for perspectives that query real servers. */
export function openRealTimeBench(startsAt: number): Promise<Bench> {
  return openEmbedded(createRealTime(startsAt));
}

/** Pass the parsed text to the port; a text that is not a JSON object is not passed. */
async function recordAnything(sink: ResultSink, text: string): Promise<void> {
  try {
    await sink.record(JSON.parse(text));
  } catch {
    // The error goes to the attacker's process, which may ignore it.
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
      // The results of a running request are in memory; a perspective can reach them only through its port.
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
