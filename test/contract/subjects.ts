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

/** Conditions that an adapter's subject can simulate. Tests for the others are left out, not skipped. */
export interface Capabilities {
  readonly reopen: boolean;
  readonly unreachable: boolean;
  readonly refuse: boolean;
}

export const EVERYTHING: Capabilities = { reopen: true, unreachable: true, refuse: true };

/** `it`, if the subject can simulate the condition. */
export function itIf(can: boolean): (name: string, test: () => Promise<void>) => void {
  return can ? (name, test) => it(name, test) : () => {};
}

/**
 * What a contract suite needs from an adapter. Each suite creates one subject, uses new ids for every test, and closes
 * the subject at its end.
 */
export interface StoreSubject {
  readonly requests: RequestStore;
  readonly sink: ResultSink;
  readonly reader: ResultReader;
  /** Adapters as in a new process after this one was killed: they share only durable state with these. */
  reopen?(): Promise<StoreSubject>;
  /** The same adapters over an unreachable store. */
  unreachable?(): Omit<StoreSubject, 'close'>;
  close(): Promise<void>;
}

export interface JobQueueSubject {
  readonly queue: JobQueue;
  /** Two perspectives that have a queue. */
  readonly perspectives: readonly [PerspectiveCode, PerspectiveCode];
  /** Start a consumer; a message whose handler throws is redelivered within a second. */
  consume(perspective: PerspectiveCode, handler: MessageHandler): Consumer;
  /** Bodies set aside so far. */
  deadLetters(perspective: PerspectiveCode): Promise<readonly string[]>;
  /** The same adapter over an unreachable queue. */
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
  /** Events delivered so far, oldest first. */
  heard(): Promise<readonly RequestCompletedEvent[]>;
  /** Make the bus accept calls and refuse events from now on. */
  refuse?(): void;
  unreachable?(): EventBus;
  close(): Promise<void>;
}
