import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { MAX_MESSAGE_BYTES } from '../../contract/messages/contract.ts';
import { QueueUnavailableError } from '../../ports/queues.ts';
import type { QueueAddress, SqsClients } from './clients.ts';
import { describeError } from './describe-error.ts';

/** SQS holds a message back for at most 15 minutes. */
const MAX_DELAY_SECONDS = 900;

/**
 * Characters that SQS refuses in a body (all outside the XML 1.0 set), and halves of surrogate pairs, which it takes as
 * pairs only and its emulators not at all.
 */
const REFUSED_CHARACTERS = /[^\t\n\r -\ud7ff\ue000-\ufffd]/g;

/**
 * Send one message, whose body is JSON. Throws {@link QueueUnavailableError} when SQS did not take it, or when it is longer than any reader
 * of ours accepts.
 */
export async function sendMessage(
  clients: SqsClients,
  queue: QueueAddress,
  body: string,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const text = escapeRefused(body);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new QueueUnavailableError(
      `a message of ${bytes} bytes is longer than the ${MAX_MESSAGE_BYTES} that are read`,
    );
  }
  const delaySeconds = wholeSeconds(delayMs);
  try {
    await clients.inRegion(queue.region).send(
      new SendMessageCommand({
        QueueUrl: queue.queueUrl,
        MessageBody: text,
        ...(delaySeconds === 0 ? {} : { DelaySeconds: delaySeconds }),
      }),
      signal === undefined ? {} : { abortSignal: signal },
    );
  } catch (error) {
    throw new QueueUnavailableError(`SendMessage to ${queue.queueUrl}: ${describeError(error)}`);
  }
}

/** SQS counts delays in seconds: rounded up, since a message may come late and must not come early. */
function wholeSeconds(delayMs: number): number {
  const seconds = Math.max(0, Math.ceil(delayMs / 1000));
  if (!(seconds <= MAX_DELAY_SECONDS)) {
    throw new RangeError(
      `a delay of ${delayMs} ms is longer than the ${MAX_DELAY_SECONDS} s that SQS can hold a message`,
    );
  }
  return seconds;
}

/** Such characters stand inside strings of the JSON text, where an escape means the same. */
function escapeRefused(json: string): string {
  return json.replace(REFUSED_CHARACTERS, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
