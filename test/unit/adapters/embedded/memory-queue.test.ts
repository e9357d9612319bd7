import { describe, expect, it } from 'vitest';
import {
  createEmbeddedDeadlineQueue,
  createEmbeddedJobQueue,
} from '../../../../shared/adapters/embedded/embedded-queues.ts';
import { MemoryQueue, type MemoryQueueOptions } from '../../../../shared/adapters/embedded/memory-queue.ts';
import { MAX_MESSAGE_BYTES } from '../../../../shared/contract/messages/contract.ts';
import {
  type MessageHandler,
  QueueUnavailableError,
  type ReceivedMessage,
} from '../../../../shared/ports/queues.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

const RETRY_MS = 1000;

function queueOf(options: Partial<MemoryQueueOptions> = {}) {
  const time = new VirtualTime(0);
  const log = createRecordingLog();
  const queue = new MemoryQueue({
    name: 'jobs',
    clock: time.createClock(),
    log,
    retryDelayMs: RETRY_MS,
    ...options,
  });
  const seen: (ReceivedMessage & { readonly at: number })[] = [];
  const consume = (act: MessageHandler = async () => {}) =>
    queue.consume((message) => {
      seen.push({ ...message, at: time.elapsed });
      return act(message);
    });
  return { time, log, queue, seen, consume };
}

describe('The queue in memory', () => {
  it('keeps messages until a consumer starts, oldest first', async () => {
    const { queue, consume, seen, time } = queueOf();
    for (const body of ['a', 'b', 'c']) queue.send(body);
    await time.advance(500);
    consume();
    await time.advance(0);
    expect(seen.map(({ body }) => body)).toEqual(['a', 'b', 'c']);
    expect(seen[0]).toMatchObject({ receiveCount: 1, ageMs: 500 });
    expect(new Set(seen.map(({ messageId }) => messageId)).size).toBe(3);
  });

  it('delivers a delayed message after its delay', async () => {
    const { queue, consume, seen, time } = queueOf();
    consume();
    queue.send('late', 300);
    await time.advance(299);
    expect(seen).toEqual([]);
    await time.advance(1);
    expect(seen).toMatchObject([{ body: 'late', at: 300 }]);
  });

  it('removes a delayed message on request until it is ready', async () => {
    const { queue, consume, seen, time } = queueOf();
    consume();
    let ready = 0;
    const takeBack = queue.send('gone', 300);
    const tooLate = queue.send('there', 100, () => ready++);
    await time.advance(200);
    takeBack();
    tooLate();
    await time.advance(500);
    expect(seen.map(({ body }) => body)).toEqual(['there']);
    expect(ready).toBe(1);
  });

  it('redelivers a failed message, and sets it aside after three deliveries', async () => {
    const { queue, consume, seen, time, log } = queueOf();
    consume(() => Promise.reject(new Error('poison')));
    queue.send('bad');
    await time.advance(10 * RETRY_MS);
    expect(seen.map(({ receiveCount, at }) => [receiveCount, at])).toEqual([
      [1, 0],
      [2, RETRY_MS],
      [3, 3 * RETRY_MS],
    ]);
    expect(queue.deadLetters).toEqual([{ messageId: 'jobs-1', body: 'bad', error: 'poison' }]);
    expect(log.entries.at(-1)).toMatchObject({ level: 'error', event: 'message_set_aside' });
  });

  it('redelivers with bounded pauses without end if there is no limit', async () => {
    const HALF_AN_HOUR_MS = 1_800_000;
    const { queue, consume, seen, time } = queueOf({ maxReceives: Number.POSITIVE_INFINITY });
    consume(() =>
      time.elapsed < HALF_AN_HOUR_MS ? Promise.reject(new Error('disk full')) : Promise.resolve(),
    );
    queue.send('publication');
    await time.advance(HALF_AN_HOUR_MS);
    const pauses = seen.slice(1).map(({ at }, index) => at - (seen[index]?.at ?? 0));
    expect(pauses.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 30].map((seconds) => seconds * 1000));
    expect(new Set(pauses.slice(5))).toEqual(new Set([30_000]));
    const failed = seen.length;
    await time.advance(30_000);
    expect(seen).toHaveLength(failed + 1);
    await time.advance(HALF_AN_HOUR_MS);
    expect(seen).toHaveLength(failed + 1);
    expect(queue.deadLetters).toEqual([]);
  });

  it('does not redeliver a message that succeeded at its second delivery', async () => {
    const { queue, consume, seen, time } = queueOf();
    consume(({ receiveCount }) =>
      receiveCount === 1 ? Promise.reject(new Error('once')) : Promise.resolve(),
    );
    queue.send('a');
    await time.advance(10 * RETRY_MS);
    expect(seen).toHaveLength(2);
    expect(queue.deadLetters).toEqual([]);
  });

  it('delivers others while a failed message waits', async () => {
    const { queue, consume, seen, time } = queueOf({ concurrency: 1 });
    consume(({ body }) => (body === 'bad' ? Promise.reject(new Error('poison')) : Promise.resolve()));
    queue.send('bad');
    queue.send('good');
    await time.advance(0);
    expect(seen.map(({ body }) => body)).toEqual(['bad', 'good']);
  });

  it('handles at most `concurrency` messages in parallel', async () => {
    const { queue, consume, time } = queueOf({ concurrency: 2 });
    let inHand = 0;
    let most = 0;
    const clock = time.createClock();
    consume(async () => {
      inHand += 1;
      most = Math.max(most, inHand);
      await new Promise<void>((resolve) => clock.schedule(10, resolve));
      inHand -= 1;
    });
    for (let index = 0; index < 7; index++) queue.send(String(index));
    await time.advance(100);
    expect(most).toBe(2);
  });

  it('waits for messages in progress when stopped, and delivers no more', async () => {
    const { queue, consume, seen, time } = queueOf({ concurrency: 1 });
    const clock = time.createClock();
    const consumer = consume(() => new Promise<void>((resolve) => clock.schedule(50, resolve)));
    for (const body of ['a', 'b']) queue.send(body);
    queue.send('later', 10);
    const stopped = consumer.stop();
    await time.until(stopped);
    expect(time.elapsed).toBe(50);
    await time.advance(1000);
    expect(seen.map(({ body }) => body)).toEqual(['a']);
  });

  it('accepts one consumer at a time, and another after it', async () => {
    const { queue, consume, seen, time } = queueOf();
    const first = consume();
    expect(() => consume()).toThrow(/has a consumer/);
    await first.stop();
    consume();
    queue.send('a');
    await time.advance(0);
    expect(seen).toHaveLength(1);
  });
});

describe('Queues of the embedded backend', () => {
  const LONGEST = 'x'.repeat(MAX_MESSAGE_BYTES);

  it.each([
    { name: 'a message of the maximum length', body: LONGEST, taken: true },
    { name: 'a message of one octet more', body: `${LONGEST}x`, taken: false },
    {
      name: 'a message of as many characters with more octets',
      body: 'ä'.repeat(MAX_MESSAGE_BYTES),
      taken: false,
    },
  ])('accept $name: $taken', async ({ body, taken }) => {
    const { queue } = queueOf();
    const jobs = createEmbeddedJobQueue(new Map([['here', queue]]));
    const deadlines = createEmbeddedDeadlineQueue(queue);
    for (const sending of [jobs.send('here', body), deadlines.send(body, 0)]) {
      if (taken) await expect(sending).resolves.toBeUndefined();
      else await expect(sending).rejects.toBeInstanceOf(QueueUnavailableError);
    }
  });

  it('reject a perspective without a queue', async () => {
    const jobs = createEmbeddedJobQueue(new Map());
    await expect(jobs.send('nowhere', '{}')).rejects.toBeInstanceOf(QueueUnavailableError);
  });

  it('replace a delayed message by an equal one', async () => {
    const { queue, consume, seen, time } = queueOf();
    const deadlines = createEmbeddedDeadlineQueue(queue);
    consume();
    await deadlines.send('deadline', 100);
    await deadlines.send('deadline', 300);
    await time.advance(1000);
    expect(seen).toMatchObject([{ body: 'deadline', at: 300 }]);
  });

  it('remove a delayed message with forget, which can be sent again', async () => {
    const { queue, consume, seen, time } = queueOf();
    const deadlines = createEmbeddedDeadlineQueue(queue);
    consume();
    await deadlines.send('deadline', 100);
    deadlines.forget?.('deadline');
    deadlines.forget?.('deadline');
    await time.advance(200);
    expect(seen).toEqual([]);
    await deadlines.send('deadline', 0);
    await time.advance(0);
    expect(seen).toHaveLength(1);
  });

  it('ignore forget for a delivered message', async () => {
    const { queue, consume, seen, time } = queueOf();
    const deadlines = createEmbeddedDeadlineQueue(queue);
    consume();
    await deadlines.send('deadline', 100);
    await time.advance(200);
    deadlines.forget?.('deadline');
    await deadlines.send('deadline', 100);
    await time.advance(200);
    expect(seen).toHaveLength(2);
  });
});
