import type { DecisionQueue } from '../../ports/queues.ts';
import type { QueueAddress, SqsClients } from './clients.ts';
import { sendMessage } from './sqs-send.ts';

/** The home decision queue in SQS. A delay is rounded up to whole seconds. */
export class SqsDecisionQueue implements DecisionQueue {
  readonly #clients: SqsClients;
  readonly #queue: QueueAddress;

  constructor(clients: SqsClients, queue: QueueAddress) {
    this.#clients = clients;
    this.#queue = queue;
  }

  send(body: string, delayMs: number): Promise<void> {
    return sendMessage(this.#clients, this.#queue, body, delayMs);
  }
}
