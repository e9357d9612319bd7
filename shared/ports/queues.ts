import type { PerspectiveCode } from '../domain/check/perspective.ts';

/** Sends check jobs, one queue per perspective. Throws {@link QueueUnavailableError} when the message was not accepted. */
export interface JobQueue {
  /** @param signal ends the attempt to send: nobody waits for it any more. It may have been accepted all the same. */
  send(perspective: PerspectiveCode, body: string, signal?: AbortSignal): Promise<void>;
}

/**
 * Sends deadlines, within the home region only: no perspective may. A message is not delivered before `delayMs` are over. Each
 * may be the last that remembers a request, so that it is delivered {@link HOME_RECEIVE_COUNT} times, or more, before it is set aside.
 */
export interface DeadlineQueue {
  send(body: string, delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Take back a delayed message with this very body, where the queue can: a courtesy that nothing relies on. */
  forget?(body: string): void;
}

/**
 * Sends wake-ups, which say that a result was written. The only queue at home to which perspectives may send, so that nothing
 * which comes over it is believed.
 */
export interface WakeQueue {
  send(body: string): Promise<void>;
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
  /** When the queue first handed it out, by the queue's own clock, Unix milliseconds. Left out when the queue does not tell. */
  readonly handedOutAt?: number;
}

/**
 * Handles one message. Returning means it is done and may be deleted; throwing means it comes again, and after
 * {@link MAX_RECEIVE_COUNT} deliveries, or what its queue allows, goes to the dead-letter queue.
 */
export type MessageHandler = (message: ReceivedMessage) => Promise<void>;

/** Deliveries before a message is set aside in the dead-letter queue. */
export const MAX_RECEIVE_COUNT = 3;
/**
 * The same for what the decision takes, deadlines and wake-ups: most of an hour of trouble at home must not leave requests open, or
 * late results off the record, until somebody moves messages back.
 */
export const HOME_RECEIVE_COUNT = 100;

/** A host that feeds a handler from a queue until it is stopped. */
export interface Consumer {
  /** Stop taking messages and wait for those in hand. */
  stop(): Promise<void>;
}

export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}
