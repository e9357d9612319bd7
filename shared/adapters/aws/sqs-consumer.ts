import {
  ChangeMessageVisibilityCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Clock, sleep } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Consumer, MessageHandler } from '../../ports/queues.ts';
import type { QueueAddress, SqsClients } from './clients.ts';
import { describeError } from './describe-error.ts';
import { SqsDeletions } from './sqs-deletions.ts';
import { toReceivedMessage } from './sqs-message.ts';

export interface SqsConsumerOptions {
  readonly clients: SqsClients;
  readonly queue: QueueAddress;
  readonly handler: MessageHandler;
  readonly clock: Clock;
  readonly log: Log;
  /** Messages handled at the same time. */
  readonly concurrency?: number;
  /** Receive calls in parallel while the queue is full; an idle queue has one. */
  readonly maxReceives?: number;
  /** Seconds of a long poll. */
  readonly waitSeconds?: number;
  /** Seconds until a failed message is delivered again, by its receive count; null for its visibility timeout. */
  readonly retrySeconds?: (receiveCount: number) => number | null;
}

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_MAX_RECEIVES = 4;
const DEFAULT_WAIT_SECONDS = 20;
/** SQS returns at most ten messages per call. */
const MAX_MESSAGES = 10;
/** Time for the response of a long poll beyond its wait. */
const RECEIVE_GRACE_MS = 5000;
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;

/** A short fault is over in a second. A longer one gets the queue's full visibility timeout before the last try. */
const retryOnceQuickly = (receiveCount: number) => (receiveCount === 1 ? 1 : null);

/**
 * Deliver messages of an SQS queue to a handler by long polling, for hosts other than Lambda.
 *
 * Receives while messages are handled, up to `concurrency`. A message taken by the last receive of a stopped consumer
 * is delivered again after its visibility timeout.
 */
export function startSqsConsumer(options: SqsConsumerOptions): Consumer {
  const consumer = new SqsConsumer(options);
  consumer.start();
  return { stop: () => consumer.stop() };
}

class SqsConsumer {
  readonly #options: Required<SqsConsumerOptions>;
  readonly #client: SQSClient;
  readonly #deletions: SqsDeletions;
  readonly #stopping = new AbortController();
  readonly #receivers = new Set<Promise<void>>();
  readonly #inHand = new Set<Promise<void>>();
  /** Messages that the open receive calls may still return. */
  #expected = 0;
  #wakeReceivers: (() => void)[] = [];

  constructor(options: SqsConsumerOptions) {
    const { clients, queue, clock, log } = options;
    this.#options = {
      concurrency: DEFAULT_CONCURRENCY,
      maxReceives: DEFAULT_MAX_RECEIVES,
      waitSeconds: DEFAULT_WAIT_SECONDS,
      retrySeconds: retryOnceQuickly,
      ...options,
    };
    this.#client = clients.inRegion(queue.region);
    this.#deletions = new SqsDeletions(this.#client, queue.queueUrl, clock, log);
  }

  start(): void {
    this.#addReceiver(true);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await Promise.all(this.#receivers);
    await Promise.all(this.#inHand);
    await this.#deletions.drain();
  }

  #addReceiver(isFirst: boolean): void {
    const receiver = this.#receive(isFirst).finally(() => this.#receivers.delete(receiver));
    this.#receivers.add(receiver);
  }

  /**
   * The first receiver runs until the consumer stops. A full batch starts another one, which ends at its first empty
   * receive.
   */
  async #receive(isFirst: boolean): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const count = await this.#reserve();
      if (count === 0) return;
      try {
        const messages = await this.#receiveOnce(count);
        pauseMs = FIRST_PAUSE_MS;
        for (const message of messages) this.#take(message);
        if (messages.length === MAX_MESSAGES && this.#receivers.size < this.#options.maxReceives) {
          this.#addReceiver(false);
        }
        if (messages.length === 0 && !isFirst) return;
      } catch (error) {
        if (signal.aborted) return;
        const { log, queue, clock } = this.#options;
        log.warn('receive_failed', {
          queue: queue.queueUrl,
          error: describeError(error),
          retryInMs: pauseMs,
        });
        await sleep(clock, pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
      } finally {
        this.#expected -= count;
        this.#wake();
      }
    }
  }

  /** Wait for room and reserve it for the messages of one receive; 0 if the consumer stops. */
  async #reserve(): Promise<number> {
    while (!this.#stopping.signal.aborted) {
      const room = Math.min(this.#options.concurrency - this.#inHand.size - this.#expected, MAX_MESSAGES);
      if (room > 0) {
        this.#expected += room;
        return room;
      }
      await new Promise<void>((resolve) => this.#wakeReceivers.push(resolve));
    }
    return 0;
  }

  #wake(): void {
    for (const wake of this.#wakeReceivers.splice(0)) wake();
  }

  async #receiveOnce(count: number): Promise<readonly Message[]> {
    const { queue, waitSeconds } = this.#options;
    const { Messages } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.queueUrl,
        MaxNumberOfMessages: count,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: [
          'ApproximateReceiveCount',
          'SentTimestamp',
          'ApproximateFirstReceiveTimestamp',
        ],
      }),
      { abortSignal: this.#stopping.signal, requestTimeout: waitSeconds * 1000 + RECEIVE_GRACE_MS },
    );
    return Messages ?? [];
  }

  #take(message: Message): void {
    const handling = this.#handle(message).finally(() => {
      this.#inHand.delete(handling);
      this.#wake();
    });
    this.#inHand.add(handling);
  }

  async #handle({ MessageId, Body, Attributes, ReceiptHandle }: Message): Promise<void> {
    if (ReceiptHandle === undefined) return;
    const { handler, log, queue } = this.#options;
    const message = toReceivedMessage(MessageId ?? '', Body ?? '', Attributes ?? {});
    try {
      await handler(message);
      this.#deletions.add(ReceiptHandle);
    } catch (error) {
      const { messageId, receiveCount } = message;
      log.warn('message_failed', {
        queue: queue.queueUrl,
        messageId,
        receiveCount,
        error: describeError(error),
      });
      await this.#comeAgain(ReceiptHandle, receiveCount);
    }
  }

  async #comeAgain(receiptHandle: string, receiveCount: number): Promise<void> {
    const { queue, log, retrySeconds } = this.#options;
    const seconds = retrySeconds(receiveCount);
    if (seconds === null) return;
    try {
      await this.#client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queue.queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    } catch (error) {
      // The message is delivered again after its visibility timeout anyway.
      log.debug('visibility_change_failed', { queue: queue.queueUrl, error: describeError(error) });
    }
  }
}
