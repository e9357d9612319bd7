import type { PerspectiveCode } from '../domain/check/perspective.ts';

/**
 * Sends check jobs, one queue per perspective. Throws {@link QueueUnavailableError} if the message was not accepted.
 */
export interface JobQueue {
  /** @param signal cancels sending; the message may have been accepted already. */
  send(perspective: PerspectiveCode, body: string, signal?: AbortSignal): Promise<void>;
}

/**
 * Sends deadlines, within the home region only; perspectives may not send here. A message is delivered after `delayMs`
 * at the earliest. It may be the only trigger left for a request, so it is delivered at least {@link
 * HOME_RECEIVE_COUNT} times before it is set aside.
 */
export interface DeadlineQueue {
  send(body: string, delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Remove a delayed message with exactly this body, if the queue can; best effort. */
  forget?(body: string): void;
}

/**
 * Sends wake-ups: notices that a result was written. The only home queue to which perspectives may send, so its
 * messages are not trusted.
 */
export interface WakeQueue {
  send(body: string): Promise<void>;
}

/** A message as delivered to a consumer: at least once, in any order. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly body: string;
  /** 1 for the first delivery. */
  readonly receiveCount: number;
  /**
   * Milliseconds between sending and first receipt, by the queue's own clock, so that the clocks of sender and receiver
   * may differ. Null if the queue does not report it.
   */
  readonly ageMs: number | null;
  /** Time of first receipt, by the queue's own clock, Unix milliseconds. Absent if the queue does not report it. */
  readonly handedOutAt?: number;
}

/**
 * Handles one message. If it returns, the message is deleted; if it throws, the message is delivered again and, after
 * {@link MAX_RECEIVE_COUNT} deliveries or the limit of its queue, goes to the dead-letter queue.
 */
export type MessageHandler = (message: ReceivedMessage) => Promise<void>;

/** Deliveries before a message goes to the dead-letter queue. */
export const MAX_RECEIVE_COUNT = 3;
/**
 * The same limit for deadlines and wake-ups. They outlast an outage of most of an hour in the home region; otherwise
 * requests would stay open, and late results unrecorded, until an operator moves the messages back.
 */
export const HOME_RECEIVE_COUNT = 100;

/** Delivers messages from a queue to a handler until stopped. */
export interface Consumer {
  /** Stop receiving and wait for messages in progress. */
  stop(): Promise<void>;
}

export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}
