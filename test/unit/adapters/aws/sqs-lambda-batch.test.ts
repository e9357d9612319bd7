import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createSqsBatchHandler } from '../../../../shared/adapters/aws/sqs-lambda-batch.ts';
import type { MessageHandler, ReceivedMessage } from '../../../../shared/ports/queues.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

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

/** A record sent at 1000 and received at 1300 by the queue's clock. */
async function handle(ids: readonly string[], handler: MessageHandler, startsAt = 1300, leftMs = 25_000) {
  const log = createRecordingLog();
  const time = new VirtualTime(startsAt);
  const handleBatch = createSqsBatchHandler(handler, log, time.createClock());
  const context = { getRemainingTimeInMillis: () => leftMs };
  const response = await time.until(handleBatch({ Records: ids.map(record) }, context));
  return {
    failed: response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
    log,
    elapsed: time.elapsed,
  };
}

describe('createSqsBatchHandler', () => {
  it.each([
    { name: 'reports no failures for an empty batch', ids: [], failing: [] },
    { name: 'reports no failures for a batch without failures', ids: ['a', 'b'], failing: [] },
    { name: 'reports only the failed record', ids: ['a', 'b', 'c'], failing: ['b'] },
    { name: 'reports all records of a batch that fails completely', ids: ['a', 'b'], failing: ['a', 'b'] },
  ])('$name', async ({ ids, failing }) => {
    const { failed, log } = await handle(ids, async ({ messageId }) => {
      if (failing.some((id) => id === messageId)) throw new Error('cannot');
    });
    expect(failed).toEqual(failing);
    expect(log.entries.map(({ event }) => event)).toEqual(failing.map(() => 'message_failed'));
  });

  it('fails only its own record for a synchronous error', async () => {
    const { failed } = await handle(['a', 'b'], ({ messageId }) => {
      if (messageId === 'a') throw new Error('at once');
      return Promise.resolve();
    });
    expect(failed).toEqual(['a']);
  });

  it('passes delivery count and age by the queue’s clock to the handler', async () => {
    const seen: ReceivedMessage[] = [];
    await handle(['a'], async (message) => void seen.push(message));
    expect(seen).toEqual([
      { messageId: 'a', body: 'body of a', receiveCount: 2, ageMs: 300, handedOutAt: 1300 },
    ]);
  });

  it.each([
    { name: 'the queue’s value', startsAt: 1300, ageMs: 300 },
    {
      name: 'that by the local clock, including the time between receipt and handling',
      startsAt: 12_500,
      ageMs: 11_500,
    },
    { name: 'at least the queue’s value, if the local clock is behind', startsAt: 0, ageMs: 300 },
  ])('reports as age of a message $name', async ({ startsAt, ageMs }) => {
    const seen: ReceivedMessage[] = [];
    await handle(['a'], async (message) => void seen.push(message), startsAt);
    expect(seen.map((message) => message.ageMs)).toEqual([ageMs]);
  });

  it.each([
    { name: 'with 25 s left', leftMs: 25_000, elapsed: 23_000 },
    { name: 'with less time left than is kept for the response', leftMs: 1_000, elapsed: 0 },
  ])(
    'reports only a hanging record as failed before the function times out: $name',
    async ({ leftMs, elapsed }) => {
      const hang = ({ messageId }: ReceivedMessage) =>
        messageId === 'b' ? new Promise<void>(() => {}) : Promise.resolve();
      const handled = await handle(['a', 'b', 'c'], hang, 1300, leftMs);
      expect(handled.failed).toEqual(['b']);
      expect(handled.elapsed).toBe(elapsed);
      expect(handled.log.entries).toMatchObject([{ event: 'message_failed', fields: { messageId: 'b' } }]);
    },
  );

  it('handles all records of a batch in parallel', async () => {
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
