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
  /** Receives in flight at the same time while the queue is full; an idle queue always has one. */
  readonly maxReceives?: number;
  /** Seconds of a long poll. */
  readonly waitSeconds?: number;
  /** Seconds until a failed message comes again, by its receive count; null: when its visibility timeout is over. */
  readonly retrySeconds?: (receiveCount: number) => number | null;
}

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_MAX_RECEIVES = 4;
const DEFAULT_WAIT_SECONDS = 20;
/** SQS hands out at most ten messages at once. */
const MAX_MESSAGES = 10;
/** Time for the answer of a long poll beyond its wait. */
const RECEIVE_GRACE_MS = 5000;
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;

/** A hiccup is over in a second; whatever lasts longer gets the queue's full visibility timeout before the last try. */
const retryOnceQuickly = (receiveCount: number) => (receiveCount === 1 ? 1 : null);

/**
 * Feed a handler from an SQS queue by long polling: the host for everything that is not a Lambda function.
 *
 * Receiving goes on while messages are handled, up to `concurrency`. A message that a stopped consumer's last receive
 * may have taken comes again when its visibility timeout is over.
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
  /** Messages that the receives in flight may still bring. */
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

  /** The first receiver runs until the end; a full batch calls in another one, which leaves when it comes back empty. */
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

  /** Set room aside for the messages of one receive; waits until there is some. 0: the consumer stops. */
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
      // It comes again all the same, when its visibility timeout is over.
      log.debug('visibility_change_failed', { queue: queue.queueUrl, error: describeError(error) });
    }
  }
}
