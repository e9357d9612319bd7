import type { Clock } from '../../ports/clock.ts';
import { errorLine, type Log } from '../../ports/log.ts';
import { type Consumer, MAX_RECEIVE_COUNT, type MessageHandler } from '../../ports/queues.ts';

interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  receiveCount: number;
}

export interface MemoryQueueOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Messages handled at the same time. */
  readonly concurrency?: number;
  /** Pause before redelivery after the first failure, milliseconds; doubles with each further failure. */
  readonly retryDelayMs?: number;
  /** Longest such pause, milliseconds. */
  readonly maxRetryDelayMs?: number;
  /** Deliveries before a message is set aside; infinity to redeliver for the life of the process. */
  readonly maxReceives?: number;
}

/** How many messages set aside are kept; the oldest are dropped. */
const MAX_DEAD_LETTERS = 1000;

const DEFAULT_CONCURRENCY = 1024;
const DEFAULT_RETRY_DELAY_MS = 1000;
const DEFAULT_MAX_RETRY_DELAY_MS = 30_000;

/**
 * An in-process queue that behaves like SQS: delivers at least once, redelivers a failed message after growing pauses,
 * and sets it aside after `maxReceives` deliveries. Its content ends with the process; the next start sends it again
 * from the store.
 */
export class MemoryQueue {
  /** Messages set aside, oldest first. */
  readonly deadLetters: { readonly messageId: string; readonly body: string; readonly error: string }[] = [];
  readonly #options: Required<MemoryQueueOptions>;
  readonly #ready: Message[] = [];
  readonly #delayed = new Set<() => void>();
  readonly #idle: (() => void)[] = [];
  #handler: MessageHandler | null = null;
  #inHand = 0;
  #sent = 0;

  constructor(options: MemoryQueueOptions) {
    this.#options = {
      concurrency: DEFAULT_CONCURRENCY,
      retryDelayMs: DEFAULT_RETRY_DELAY_MS,
      maxRetryDelayMs: DEFAULT_MAX_RETRY_DELAY_MS,
      maxReceives: MAX_RECEIVE_COUNT,
      ...options,
    };
  }

  /**
   * Accept a message for delivery after `delayMs`. The returned function removes a delayed message; `onReady` is called
   * once that is no longer possible.
   */
  send(body: string, delayMs = 0, onReady: () => void = () => {}): () => void {
    this.#sent += 1;
    const { clock, name } = this.#options;
    const message = { messageId: `${name}-${this.#sent}`, body, sentAt: clock.monotonic(), receiveCount: 0 };
    if (delayMs > 0) return this.#deliverLater(message, delayMs, onReady);
    this.#ready.push(message);
    this.#pump();
    return () => {};
  }

  consume(handler: MessageHandler): Consumer {
    if (this.#handler !== null) throw new Error(`queue ${this.#options.name} has a consumer already`);
    this.#handler = handler;
    this.#pump();
    return {
      stop: async () => {
        this.#handler = null;
        for (const cancel of this.#delayed) cancel();
        this.#delayed.clear();
        if (this.#inHand > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
      },
    };
  }

  #deliverLater(message: Message, delayMs: number, onReady: () => void = () => {}): () => void {
    const cancelTimer = this.#options.clock.schedule(delayMs, () => {
      this.#delayed.delete(cancel);
      onReady();
      this.#ready.push(message);
      this.#pump();
    });
    const cancel = () => {
      this.#delayed.delete(cancel);
      cancelTimer();
    };
    this.#delayed.add(cancel);
    return cancel;
  }

  #pump(): void {
    while (this.#handler !== null && this.#inHand < this.#options.concurrency) {
      const message = this.#ready.shift();
      if (message === undefined) return;
      this.#inHand += 1;
      void this.#deliver(message, this.#handler);
    }
  }

  async #deliver(message: Message, handler: MessageHandler): Promise<void> {
    message.receiveCount += 1;
    const { messageId, body, receiveCount } = message;
    try {
      await handler({
        messageId,
        body,
        receiveCount,
        ageMs: this.#options.clock.monotonic() - message.sentAt,
      });
    } catch (error) {
      this.#failed(message, error);
    } finally {
      this.#inHand -= 1;
      if (this.#inHand === 0) for (const resolve of this.#idle.splice(0)) resolve();
      this.#pump();
    }
  }

  #failed(message: Message, error: unknown): void {
    const { log, name, retryDelayMs, maxRetryDelayMs, maxReceives } = this.#options;
    const { messageId, body, receiveCount } = message;
    const text = errorLine(error);
    if (receiveCount < maxReceives) {
      const delayMs = Math.min(retryDelayMs * 2 ** (receiveCount - 1), maxRetryDelayMs);
      log.warn('message_failed', { queue: name, messageId, receiveCount, error: text, nextTryMs: delayMs });
      this.#deliverLater(message, delayMs);
      return;
    }
    log.error('message_set_aside', { queue: name, messageId, receiveCount, error: text });
    this.deadLetters.push({ messageId, body, error: text });
    if (this.deadLetters.length > MAX_DEAD_LETTERS) this.deadLetters.shift();
  }
}
