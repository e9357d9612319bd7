import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import { type JobQueue, QueueUnavailableError } from '../../ports/queues.ts';
import type { QueueAddress, SqsClients } from './clients.ts';
import { sendMessage } from './sqs-send.ts';

/** Check jobs over one SQS queue per perspective, each in its own region. */
export class SqsJobQueue implements JobQueue {
  readonly #clients: SqsClients;
  readonly #queues: ReadonlyMap<PerspectiveCode, QueueAddress>;

  constructor(clients: SqsClients, queues: ReadonlyMap<PerspectiveCode, QueueAddress>) {
    this.#clients = clients;
    this.#queues = queues;
  }

  async send(perspective: PerspectiveCode, body: string, signal?: AbortSignal): Promise<void> {
    const queue = this.#queues.get(perspective);
    if (queue === undefined) throw new QueueUnavailableError(`no queue for perspective ${perspective}`);
    await sendMessage(this.#clients, queue, body, 0, signal);
  }
}
