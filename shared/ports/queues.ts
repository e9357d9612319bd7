import type { PerspectiveCode } from '../mpic/perspective.ts';

/** Sends check jobs, one queue per perspective. Throws {@link QueueUnavailableError} when the message was not accepted. */
export interface JobQueue {
  send(perspective: PerspectiveCode, body: string): Promise<void>;
}

/** Sends messages to the home decision queue. A delayed message is not delivered before `delayMs` are over. */
export interface DecisionQueue {
  send(body: string, delayMs: number): Promise<void>;
  /** Take back a delayed message with this very body, where the queue can: a courtesy that nothing relies on. */
  forget?(body: string): void;
}

/** A message as a consumer gets it: at least once, in any order. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly body: string;
  /** 1 for the first delivery. */
  readonly receiveCount: number;
  /**
   * Milliseconds between sending and first receipt, by the queue's own clock, so that the clocks of sender and receiver
   * need not agree. Null when the queue does not tell.
   */
  readonly ageMs: number | null;
}

/**
 * Handles one message. Returning means it is done and may be deleted; throwing means it comes again, and after
 * {@link MAX_RECEIVE_COUNT} deliveries goes to the dead-letter queue.
 */
export type MessageHandler = (message: ReceivedMessage) => Promise<void>;

/** Deliveries before a message is set aside in the dead-letter queue. */
export const MAX_RECEIVE_COUNT = 3;

/** A host that feeds a handler from a queue until it is stopped. */
export interface Consumer {
  /** Stop taking messages and wait for those in hand. */
  stop(): Promise<void>;
}

export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}
