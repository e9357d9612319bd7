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
   * Requests that a previous process left unfinished and whose messages died with it; empty for durable queues, which
   * redeliver. Resolves once new requests can be accepted; the unfinished ones may be found while new ones are served.
   */
  recover(): Promise<Iterable<RequestRecord> | AsyncIterable<RequestRecord>>;
  /** Number of requests accepted but not yet decided, for one caller or for all; null if the backend does not know. */
  countOpen(caller?: string): number | null;
  /** Requests decided but not yet published; null if the backend does not know. */
  unpublished(): Unpublished | null;
  /** Tells whether verdicts get published, if {@link unpublished} cannot; null otherwise. */
  readonly publications: PublicationWatch | null;
  /** Known problems of the backend because of which no request may be accepted; empty if there are none. */
  obstacles(): readonly Obstacle[];
  close(): Promise<void>;
}
