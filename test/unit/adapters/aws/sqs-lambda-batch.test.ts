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

/** The record was sent at 1000 and received at 1300, by the clock of the queue. */
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
    expect(seen).toEqual([
      { messageId: 'a', body: 'body of a', receiveCount: 2, ageMs: 300, handedOutAt: 1300 },
    ]);
  });

  it.each([
    { name: 'what the queue says', startsAt: 1300, ageMs: 300 },
    { name: 'what lies between receipt and handling, too', startsAt: 12_500, ageMs: 11_500 },
    { name: 'never less than the queue says, whatever the time of this machine', startsAt: 0, ageMs: 300 },
  ])('the age of a message is $name', async ({ startsAt, ageMs }) => {
    const seen: ReceivedMessage[] = [];
    await handle(['a'], async (message) => void seen.push(message), startsAt);
    expect(seen.map((message) => message.ageMs)).toEqual([ageMs]);
  });

  it.each([
    { name: 'with its whole time', leftMs: 25_000, elapsed: 23_000 },
    { name: 'with less than it keeps for itself', leftMs: 1_000, elapsed: 0 },
  ])(
    'a record that hangs goes back alone, before the function is cut off: $name',
    async ({ leftMs, elapsed }) => {
      const hang = ({ messageId }: ReceivedMessage) =>
        messageId === 'b' ? new Promise<void>(() => {}) : Promise.resolve();
      const handled = await handle(['a', 'b', 'c'], hang, 1300, leftMs);
      expect(handled.failed).toEqual(['b']);
      expect(handled.elapsed).toBe(elapsed);
      expect(handled.log.entries).toMatchObject([{ event: 'message_failed', fields: { messageId: 'b' } }]);
    },
  );

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
