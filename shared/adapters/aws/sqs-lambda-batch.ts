import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Clock, within } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { MessageHandler, ReceivedMessage } from '../../ports/queues.ts';
import { describeError } from './describe-error.ts';
import { toReceivedMessage } from './sqs-message.ts';

/** What a batch may use of the time that the platform gives it: the rest is for its answer. */
const SPARE_MS = 2000;

export type BatchContext = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * Feed a handler from a Lambda function's SQS batches, all records at the same time.
 *
 * Only the records that failed go back to the queue; the event source mapping needs `ReportBatchItemFailures` for that. One that
 * is not done shortly before the time of the function is over is one of them: without that its batch would be cut off and all
 * of it go back, strangers that are done included.
 */
export function createSqsBatchHandler(
  handler: MessageHandler,
  log: Log,
  clock: Clock,
): (event: SQSEvent, context: BatchContext) => Promise<SQSBatchResponse> {
  return async ({ Records }, context) => {
    const limitMs = Math.max(0, context.getRemainingTimeInMillis() - SPARE_MS);
    const bounded: MessageHandler = (message) =>
      within(
        clock,
        limitMs,
        () => handler(message),
        () => new Error(`not done within the ${limitMs} ms that the function has for it`),
      );
    const failures = await Promise.all(Records.map((record) => handleRecord(record, bounded, log, clock)));
    return { batchItemFailures: failures.filter((failure) => failure !== null) };
  };
}

async function handleRecord(
  record: SQSRecord,
  handler: MessageHandler,
  log: Log,
  clock: Clock,
): Promise<SQSBatchItemFailure | null> {
  const message = withAgeNow(
    toReceivedMessage(record.messageId, record.body, record.attributes),
    record,
    clock,
  );
  try {
    await handler(message);
    return null;
  } catch (error) {
    const { messageId, receiveCount } = message;
    log.warn('message_failed', {
      queue: record.eventSourceARN,
      messageId,
      receiveCount,
      error: describeError(error),
    });
    return { itemIdentifier: messageId };
  }
}

/**
 * Between the receipt and the function lie its poller, throttling and a cold start, of which the queue knows nothing. The
 * clocks of the platform's machines are kept together, so that here the message is as old as its machine says, and never
 * younger than the queue says.
 */
function withAgeNow(message: ReceivedMessage, { attributes }: SQSRecord, clock: Clock): ReceivedMessage {
  const ageNow = clock.now() - Number(attributes.SentTimestamp);
  return message.ageMs === null || !Number.isFinite(ageNow)
    ? message
    : { ...message, ageMs: Math.max(message.ageMs, ageNow) };
}
