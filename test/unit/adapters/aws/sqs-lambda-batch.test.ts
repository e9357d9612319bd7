import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createSqsBatchHandler } from '../../../../shared/adapters/aws/sqs-lambda-batch.ts';
import type { MessageHandler, ReceivedMessage } from '../../../../shared/ports/queues.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

function record(messageId: string): SQSRecord {
  return {
    messageId,
    receiptHandle: `handle of ${messageId}`,
    body: `body of ${messageId}`,
    attributes: {
      ApproximateReceiveCount: '2',
      SentTimestamp: '1000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1300',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:mpic-jobs-dub',
    awsRegion: 'eu-west-1',
  };
}

async function handle(ids: readonly string[], handler: MessageHandler) {
  const log = createRecordingLog();
  const response = await createSqsBatchHandler(handler, log)({ Records: ids.map(record) });
  return { failed: response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), log };
}

describe('createSqsBatchHandler', () => {
  it.each([
    { name: 'an empty batch fails nowhere', ids: [], failing: [] },
    { name: 'a batch without failures reports none', ids: ['a', 'b'], failing: [] },
    { name: 'one failure does not fail the others', ids: ['a', 'b', 'c'], failing: ['b'] },
    { name: 'a batch may fail altogether', ids: ['a', 'b'], failing: ['a', 'b'] },
  ])('$name', async ({ ids, failing }) => {
    const { failed, log } = await handle(ids, async ({ messageId }) => {
      if (failing.some((id) => id === messageId)) throw new Error('cannot');
    });
    expect(failed).toEqual(failing);
    expect(log.entries.map(({ event }) => event)).toEqual(failing.map(() => 'message_failed'));
  });

  it('an error thrown before the first await fails its own record only', async () => {
    const { failed } = await handle(['a', 'b'], ({ messageId }) => {
      if (messageId === 'a') throw new Error('at once');
      return Promise.resolve();
    });
    expect(failed).toEqual(['a']);
  });

  it('the handler learns delivery count and age by the clock of the queue', async () => {
    const seen: ReceivedMessage[] = [];
    await handle(['a'], async (message) => void seen.push(message));
    expect(seen).toEqual([{ messageId: 'a', body: 'body of a', receiveCount: 2, ageMs: 300 }]);
  });

  it('all records of a batch are handled at the same time', async () => {
    let inHand = 0;
    let release = () => {};
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    await handle(['a', 'b', 'c'], async () => {
      inHand += 1;
      if (inHand === 3) release();
      await all;
    });
    expect(inHand).toBe(3);
  });
});
