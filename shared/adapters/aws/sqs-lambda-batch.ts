import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../ports/log.ts';
import type { MessageHandler } from '../../ports/queues.ts';
import { describeError } from './describe-error.ts';
import { toReceivedMessage } from './sqs-message.ts';

/**
 * Feed a handler from a Lambda function's SQS batches, all records at the same time.
 *
 * Only the records that failed go back to the queue; the event source mapping needs `ReportBatchItemFailures` for that.
 */
export function createSqsBatchHandler(
  handler: MessageHandler,
  log: Log,
): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async ({ Records }) => {
    const failures = await Promise.all(Records.map((record) => handleRecord(record, handler, log)));
    return { batchItemFailures: failures.filter((failure) => failure !== null) };
  };
}

async function handleRecord(
  record: SQSRecord,
  handler: MessageHandler,
  log: Log,
): Promise<SQSBatchItemFailure | null> {
  const message = toReceivedMessage(record.messageId, record.body, record.attributes);
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
