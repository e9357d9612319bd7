import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { MAX_MESSAGE_BYTES } from '../../contract/messages/contract.ts';
import { QueueUnavailableError } from '../../ports/queues.ts';
import type { QueueAddress, SqsClients } from './clients.ts';
import { describeError } from './describe-error.ts';

/** SQS delays a message for at most 15 minutes. */
const MAX_DELAY_SECONDS = 900;

/**
 * Characters that SQS rejects in a body (all outside the XML 1.0 set), and surrogates, which SQS accepts only in pairs
 * and its emulators not at all.
 */
const REFUSED_CHARACTERS = /[^\t\n\r -\ud7ff\ue000-\ufffd]/g;

/**
 * Send one message, whose body is JSON. Throws {@link QueueUnavailableError} if SQS did not accept it, or if it is
 * longer than {@link MAX_MESSAGE_BYTES}, which readers enforce.
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
      `message of ${bytes} bytes exceeds the limit of ${MAX_MESSAGE_BYTES} bytes`,
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

/** SQS counts delays in seconds. Rounds up: a message may be late and must not be early. */
function wholeSeconds(delayMs: number): number {
  const seconds = Math.max(0, Math.ceil(delayMs / 1000));
  if (!(seconds <= MAX_DELAY_SECONDS)) {
    throw new RangeError(`a delay of ${delayMs} ms exceeds the SQS limit of ${MAX_DELAY_SECONDS} s`);
  }
  return seconds;
}

/** These characters occur only inside JSON strings, where an escape has the same meaning. */
function escapeRefused(json: string): string {
  return json.replace(REFUSED_CHARACTERS, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
