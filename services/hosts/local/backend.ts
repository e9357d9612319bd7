import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { Obstacle } from '../../../shared/domain/errors.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { EventBus } from '../../../shared/ports/event-bus.ts';
import type { PublicationWatch, Unpublished } from '../../../shared/ports/publication-watch.ts';
import type {
  Consumer,
  DeadlineQueue,
  JobQueue,
  MessageHandler,
  WakeQueue,
} from '../../../shared/ports/queues.ts';
import type { RequestStore, ResultReader, ResultSink } from '../../../shared/ports/request-store.ts';

/** Store, queues and bus of one kind, behind the ports: the services do not know which kind. */
export interface Backend {
  readonly requests: RequestStore;
  readonly results: ResultReader & ResultSink;
  readonly jobs: JobQueue;
  readonly deadlines: DeadlineQueue;
  readonly wakeUps: WakeQueue;
  readonly bus: EventBus;
  consumeJobs(perspective: PerspectiveCode, handler: MessageHandler): Consumer;
  consumeDeadlines(handler: MessageHandler): Consumer;
  consumeWakeUps(handler: MessageHandler): Consumer;
  /**
   * Requests that a former process left unfinished and whose messages died with it. Durable queues redeliver by
   * themselves and have none. Resolves once new requests can be taken; the leftovers may be found while they are served.
   */
  recover(): Promise<Iterable<RequestRecord> | AsyncIterable<RequestRecord>>;
  /** Requests accepted and not yet decided, of all callers or of one, where the backend knows; null elsewhere. */
  countOpen(caller?: string): number | null;
  /** Where the backend knows; null elsewhere. */
  unpublished(): Unpublished | null;
  /** Whether verdicts get published, where {@link unpublished} cannot tell. */
  readonly publications: PublicationWatch | null;
  /** What is wrong with it, so that no request may be taken; empty: nothing that it knows of. */
  obstacles(): readonly Obstacle[];
  close(): Promise<void>;
}
