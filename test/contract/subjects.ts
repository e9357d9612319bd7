import { it } from 'vitest';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { EventBus } from '../../shared/ports/event-bus.ts';
import type {
  Consumer,
  DeadlineQueue,
  JobQueue,
  MessageHandler,
  WakeQueue,
} from '../../shared/ports/queues.ts';
import type { RequestStore, ResultReader, ResultSink } from '../../shared/ports/request-store.ts';

/** What an adapter can be put through, besides the contract itself. Rows for the rest are left out, not skipped. */
export interface Capabilities {
  readonly reopen: boolean;
  readonly unreachable: boolean;
  readonly refuse: boolean;
}

export const EVERYTHING: Capabilities = { reopen: true, unreachable: true, refuse: true };

/** `it`, where the adapter can be put through it. */
export function itIf(can: boolean): (name: string, test: () => Promise<void>) => void {
  return can ? (name, test) => it(name, test) : () => {};
}

/**
 * What a contract suite needs of an adapter. Each suite makes one subject, uses fresh ids for every test, and closes the
 * subject at its end.
 */
export interface StoreSubject {
  readonly requests: RequestStore;
  readonly sink: ResultSink;
  readonly reader: ResultReader;
  /** What a new process finds after this one was killed: adapters that share nothing with these but what is durable. */
  reopen?(): Promise<StoreSubject>;
  /** The same adapters before a store that cannot be reached. */
  unreachable?(): Omit<StoreSubject, 'close'>;
  close(): Promise<void>;
}

export interface JobQueueSubject {
  readonly queue: JobQueue;
  /** Two perspectives that have a queue. */
  readonly perspectives: readonly [PerspectiveCode, PerspectiveCode];
  /** Start a consumer; a message whose handler throws comes again within a second. */
  consume(perspective: PerspectiveCode, handler: MessageHandler): Consumer;
  /** Bodies set aside so far. */
  deadLetters(perspective: PerspectiveCode): Promise<readonly string[]>;
  /** A queue that cannot be reached. */
  unreachable?(): JobQueue;
  close(): Promise<void>;
}

export interface HomeQueueSubject<Queue extends DeadlineQueue | WakeQueue> {
  readonly queue: Queue;
  consume(handler: MessageHandler): Consumer;
  deadLetters(): Promise<readonly string[]>;
  unreachable?(): Queue;
  close(): Promise<void>;
}

export interface EventBusSubject {
  readonly bus: EventBus;
  /** Events that reached a listener so far, oldest first. */
  heard(): Promise<readonly RequestCompletedEvent[]>;
  /** From now on the bus takes the call and refuses the event. */
  refuse?(): void;
  unreachable?(): EventBus;
  close(): Promise<void>;
}
