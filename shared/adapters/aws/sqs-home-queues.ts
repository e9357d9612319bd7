import type { DeadlineQueue, WakeQueue } from '../../ports/queues.ts';
import type { QueueAddress, SqsClients } from './clients.ts';
import { sendMessage } from './sqs-send.ts';

/** Deadlines over an SQS queue of the home region. Rounds a delay up to whole seconds. */
export class SqsDeadlineQueue implements DeadlineQueue {
  readonly #clients: SqsClients;
  readonly #queue: QueueAddress;

  constructor(clients: SqsClients, queue: QueueAddress) {
    this.#clients = clients;
    this.#queue = queue;
  }

  send(body: string, delayMs: number, signal?: AbortSignal): Promise<void> {
    return sendMessage(this.#clients, this.#queue, body, delayMs, signal);
  }
}

/** Wake-ups over a second queue of the home region. */
export class SqsWakeQueue implements WakeQueue {
  readonly #clients: SqsClients;
  readonly #queue: QueueAddress;

  constructor(clients: SqsClients, queue: QueueAddress) {
    this.#clients = clients;
    this.#queue = queue;
  }

  send(body: string): Promise<void> {
    return sendMessage(this.#clients, this.#queue, body, 0);
  }
}
