import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { describeError } from './describe-error.ts';

const MAX_BATCH = 10;
const FLUSH_AFTER_MS = 50;

/**
 * Deletes handled messages in batches, without delaying the handlers.
 *
 * A failed deletion is only logged: the message is delivered again, which its handler has to tolerate anyway.
 */
export class SqsDeletions {
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #underWay = new Set<Promise<void>>();
  #waiting: string[] = [];
  #cancelFlush: (() => void) | null = null;

  constructor(client: SQSClient, queueUrl: string, clock: Clock, log: Log) {
    this.#client = client;
    this.#queueUrl = queueUrl;
    this.#clock = clock;
    this.#log = log;
  }

  add(receiptHandle: string): void {
    this.#waiting.push(receiptHandle);
    if (this.#waiting.length >= MAX_BATCH) this.#flush();
    else this.#cancelFlush ??= this.#clock.schedule(FLUSH_AFTER_MS, () => this.#flush());
  }

  /** Send the waiting deletions and await all that are in progress. */
  async drain(): Promise<void> {
    this.#flush();
    await Promise.all(this.#underWay);
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    const handles = this.#waiting;
    this.#waiting = [];
    if (handles.length === 0) return;
    const deletion = this.#delete(handles).finally(() => this.#underWay.delete(deletion));
    this.#underWay.add(deletion);
  }

  async #delete(handles: readonly string[]): Promise<void> {
    try {
      const { Failed } = await this.#client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: this.#queueUrl,
          Entries: handles.map((handle, index) => ({ Id: String(index), ReceiptHandle: handle })),
        }),
      );
      for (const { Code, Message } of Failed ?? []) {
        this.#log.warn('message_delete_failed', { queue: this.#queueUrl, error: `${Code}: ${Message}` });
      }
    } catch (error) {
      this.#log.warn('message_delete_failed', { queue: this.#queueUrl, error: describeError(error) });
    }
  }
}
