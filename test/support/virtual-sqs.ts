import type { Clock } from '../../shared/ports/clock.ts';
import type { Consumer, MessageHandler } from '../../shared/ports/queues.ts';
import type { Random } from './random.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  firstReceivedAt: number | null;
  receiveCount: number;
  /** Deliveries before it is set aside, counted anew when it is sent again from there. */
  deliveriesLeft: number;
  deleted: boolean;
  /** Grows with every change of visibility, so that an outdated timer does nothing. */
  turn: number;
}

export interface QueueTroubles {
  /** Probability that a message is delivered a second time although it was handled. */
  readonly duplicate: number;
  /** Probability that a delivery takes seconds instead of milliseconds. */
  readonly delay: number;
  /** Probability that the deletion of a handled message is lost. */
  readonly lostAck: number;
}

const VISIBILITY_MS = 30_000;
/** A failed message is made visible again this soon after its first delivery. */
const RETRY_MS = 1000;
const REDRIVE_MS = 300_000;

/**
 * A durable queue with the manners of SQS: at least once, in no order, visibility timeout, and a dead-letter queue that
 * an operator empties back into it. It outlives every consumer.
 */
export class VirtualQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #troubles: () => QueueTroubles;
  readonly #maxReceives: number;
  readonly #consumers = new Map<MessageHandler, () => boolean>();
  #undelivered: Message[] = [];
  #sent = 0;

  constructor(clock: Clock, random: Random, troubles: () => QueueTroubles, maxReceives: number) {
    this.#clock = clock;
    this.#random = random;
    this.#troubles = troubles;
    this.#maxReceives = maxReceives;
  }

  send(body: string, delayMs = 0): void {
    const message: Message = {
      id: `m-${++this.#sent}`,
      body,
      sentAt: this.#clock.monotonic(),
      firstReceivedAt: null,
      receiveCount: 0,
      deliveriesLeft: this.#maxReceives,
      deleted: false,
      turn: 0,
    };
    this.#showAfter(message, delayMs + this.#latency());
  }

  /** `isDead`: the process behind the handler is gone, and takes nothing more. */
  consume(handler: MessageHandler, isDead: () => boolean): Consumer {
    this.#consumers.set(handler, isDead);
    for (const message of this.#undelivered.splice(0)) this.#show(message);
    return {
      stop: async () => {
        this.#consumers.delete(handler);
      },
    };
  }

  #latency(): number {
    return this.#random.chance(this.#troubles().delay) ? this.#random.between(100, 8000) : 2;
  }

  #showAfter(message: Message, delayMs: number): void {
    message.turn += 1;
    const { turn } = message;
    this.#clock.schedule(delayMs, () => {
      if (message.turn === turn && !message.deleted) this.#show(message);
    });
  }

  #show(message: Message): void {
    if (message.deliveriesLeft === 0) {
      message.deliveriesLeft = this.#maxReceives;
      this.#showAfter(message, REDRIVE_MS);
      return;
    }
    for (const [handler, isDead] of this.#consumers) if (isDead()) this.#consumers.delete(handler);
    if (this.#consumers.size === 0) {
      this.#undelivered.push(message);
      return;
    }
    void this.#deliver(message, this.#random.pick([...this.#consumers.keys()]));
  }

  async #deliver(message: Message, handler: MessageHandler): Promise<void> {
    const now = this.#clock.monotonic();
    message.receiveCount += 1;
    message.deliveriesLeft -= 1;
    message.firstReceivedAt ??= now;
    const { receiveCount } = message;
    // Whoever takes it and dies gives it back by silence.
    this.#showAfter(message, VISIBILITY_MS);
    try {
      await handler({
        messageId: message.id,
        body: message.body,
        receiveCount,
        ageMs: message.firstReceivedAt - message.sentAt,
      });
    } catch {
      if (receiveCount === 1) this.#showAfter(message, RETRY_MS);
      return;
    }
    const { lostAck, duplicate } = this.#troubles();
    if (this.#random.chance(lostAck)) return;
    if (this.#random.chance(duplicate)) this.#showAfter(message, this.#random.between(1, 20_000));
    else message.deleted = true;
  }
}
