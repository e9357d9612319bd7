import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Clock, within } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { MessageHandler, ReceivedMessage } from '../../ports/queues.ts';
import { describeError } from './describe-error.ts';
import { toReceivedMessage } from './sqs-message.ts';

/** Time kept of the function's time limit for returning the batch response. */
const SPARE_MS = 2000;

export type BatchContext = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * Deliver the SQS batches of a Lambda function to a handler, all records in parallel.
 *
 * Only failed records go back to the queue; the event source mapping needs `ReportBatchItemFailures` for that. A record
 * that is not finished shortly before the function's time-out counts as failed; otherwise the whole batch would go
 * back, including finished records.
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
        () => new Error(`the handler did not finish within the ${limitMs} ms left to the function`),
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
 * Correct the age for poller, throttling and cold start, which delay a message after the receipt that the queue
 * reports. The platform synchronises its clocks, so the local clock gives the age; the queue's value is the minimum.
 */
function withAgeNow(message: ReceivedMessage, { attributes }: SQSRecord, clock: Clock): ReceivedMessage {
  const ageNow = clock.now() - Number(attributes.SentTimestamp);
  return message.ageMs === null || !Number.isFinite(ageNow)
    ? message
    : { ...message, ageMs: Math.max(message.ageMs, ageNow) };
}
