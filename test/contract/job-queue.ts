import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES } from '../../shared/contract/messages/contract.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import {
  type Consumer,
  MAX_RECEIVE_COUNT,
  QueueUnavailableError,
  type ReceivedMessage,
} from '../../shared/ports/queues.ts';
import { eventually } from '../support/eventually.ts';
import { type Capabilities, EVERYTHING, itIf, type JobQueueSubject } from './subjects.ts';

function idOf(body: string): unknown {
  return JSON.parse(body).id;
}

/** The contract of every {@link JobQueue} and its consumers. */
export function describeJobQueue(
  name: string,
  factory: () => Promise<JobQueueSubject>,
  can: Capabilities = EVERYTHING,
): void {
  describe(`JobQueue: ${name}`, () => {
    let subject: JobQueueSubject;
    let near: PerspectiveCode;
    let far: PerspectiveCode;
    const consumers: Consumer[] = [];

    beforeAll(async () => {
      subject = await factory();
      [near, far] = subject.perspectives;
    });
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    });
    afterAll(() => subject.close());

    /** Consume `perspective`'s queue; messages of earlier tests are handled but not returned. */
    function consume(
      perspective: PerspectiveCode,
      only: readonly string[],
      act: (message: ReceivedMessage) => Promise<void> | void,
    ) {
      const seen: ReceivedMessage[] = [];
      const ids = only.map(idOf);
      const consumer = subject.consume(perspective, async (message) => {
        if (!ids.includes(idOf(message.body))) return;
        seen.push(message);
        await act(message);
      });
      consumers.push(consumer);
      return { seen, consumer };
    }

    // A queue may escape characters in a body, which is JSON for both sides.
    const body = (text = '') => JSON.stringify({ id: randomUUID(), text });

    it('reports receive count 1 and a plausible age at the first delivery', async () => {
      const sent = body();
      const { seen } = consume(near, [sent], () => {});
      await subject.queue.send(near, sent);
      await eventually(() => seen.length > 0, 'delivered');
      expect(seen[0]?.receiveCount).toBe(1);
      const age = seen[0]?.ageMs ?? 0;
      expect(age).toBeGreaterThanOrEqual(0);
      expect(age).toBeLessThan(5000);
    });

    it.each([
      { name: 'delivers plain text unchanged', text: 'hello' },
      { name: 'delivers non-ASCII text unchanged', text: 'Bücher 書籍 😀' },
      {
        name: 'delivers characters that XML does not allow unchanged',
        text: '\ufffe\uffff\u0000\u007f\u001b\ud800',
      },
      { name: 'delivers markup and quotes unchanged', text: `<a href="x">&amp;</a> '"\\` },
      { name: 'delivers leading and trailing white space unchanged', text: ' \t\r\n ' },
      {
        name: 'delivers a body of nearly the maximum size unchanged',
        text: 'x'.repeat(MAX_MESSAGE_BYTES - 60),
      },
    ])('$name', async ({ text }) => {
      const sent = body(text);
      const { seen } = consume(near, [sent], () => {});
      await subject.queue.send(near, sent);
      await eventually(() => seen.length > 0, 'delivered');
      expect(JSON.parse(seen[0]?.body ?? '')).toEqual(JSON.parse(sent));
    });

    it('delivers a message only to the perspective it was sent to', async () => {
      const [forNear, forFar] = [body(), body()];
      const nearby = consume(near, [forNear, forFar], () => {});
      const faraway = consume(far, [forNear, forFar], () => {});
      await subject.queue.send(near, forNear);
      await subject.queue.send(far, forFar);
      await eventually(() => nearby.seen.length > 0 && faraway.seen.length > 0, 'both delivered');
      expect(nearby.seen.map((message) => message.body)).toEqual([forNear]);
      expect(faraway.seen.map((message) => message.body)).toEqual([forFar]);
    });

    it('keeps a message until a consumer starts', async () => {
      const sent = body();
      await subject.queue.send(far, sent);
      const { seen } = consume(far, [sent], () => {});
      await eventually(() => seen.length > 0, 'delivered');
    });

    it('delivers all of sixty messages sent concurrently', async () => {
      const sent = Array.from({ length: 60 }, () => body());
      const { seen } = consume(near, sent, () => {});
      await Promise.all(sent.map((each) => subject.queue.send(near, each)));
      await eventually(
        () => new Set(seen.map((message) => message.body)).size === sent.length,
        'all delivered',
      );
    });

    it('handles messages in parallel: a hanging one does not block others', async () => {
      const [slow, quick] = [body('slow'), body('quick')];
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { seen } = consume(near, [slow, quick], (message) => (message.body === slow ? held : undefined));
      await subject.queue.send(near, slow);
      await eventually(() => seen.length === 1, 'the slow one is in hand');
      await subject.queue.send(near, quick);
      await eventually(() => seen.some((message) => message.body === quick), 'the quick one is delivered');
      release();
    });

    it('redelivers a message whose handler throws with the next receive count, and not after success', async () => {
      const sent = body();
      const { seen, consumer } = consume(near, [sent], () => {
        if (seen.length === 1) throw new Error('first try fails');
      });
      await subject.queue.send(near, sent);
      await eventually(() => seen.length === 2, 'delivered again');
      await consumer.stop();
      expect(seen[1]?.receiveCount).toBe((seen[0]?.receiveCount ?? 0) + 1);
      expect(await subject.deadLetters(near)).not.toContain(sent);
    });

    it(`sets aside a message that failed ${MAX_RECEIVE_COUNT} times and does not redeliver it`, async () => {
      const sent = body();
      const { seen } = consume(near, [sent], () => {
        throw new Error('fails every time');
      });
      await subject.queue.send(near, sent);
      await eventually(async () => (await subject.deadLetters(near)).includes(sent), 'set aside');
      // A stopped consumer may have received the message before, so the first count may be above 1.
      expect(seen.at(-1)?.receiveCount).toBe(MAX_RECEIVE_COUNT);
      expect(seen.length).toBeLessThanOrEqual(MAX_RECEIVE_COUNT);
      expect(await subject.deadLetters(far)).not.toContain(sent);
    });

    it('waits for the message in progress when it stops, and does not redeliver it', async () => {
      const sent = body();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { seen, consumer } = consume(far, [sent], () => held);
      await subject.queue.send(far, sent);
      await eventually(() => seen.length === 1, 'in hand');
      let stopped = false;
      const stopping = consumer.stop().then(() => {
        stopped = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(stopped).toBe(false);
      release();
      await stopping;
      const after = consume(far, [sent], () => {});
      const next = body();
      const marker = consume(near, [next], () => {});
      await subject.queue.send(near, next);
      await eventually(() => marker.seen.length === 1, 'a later message is delivered');
      expect(after.seen).toEqual([]);
    });

    it('keeps a message sent after its consumer stopped for the next consumer', async () => {
      const sent = body();
      const first = consume(far, [sent], () => {});
      await first.consumer.stop();
      await subject.queue.send(far, sent);
      const second = consume(far, [sent], () => {});
      await eventually(() => second.seen.length === 1, 'delivered to the next consumer');
      expect(first.seen).toEqual([]);
    });

    it('rejects a perspective without a queue', async () => {
      await expect(subject.queue.send('nowhere', body())).rejects.toBeInstanceOf(QueueUnavailableError);
    });

    it('rejects a body longer than MAX_MESSAGE_BYTES', async () => {
      await expect(subject.queue.send(near, 'ü'.repeat(MAX_MESSAGE_BYTES / 2 + 1))).rejects.toBeInstanceOf(
        QueueUnavailableError,
      );
    });

    itIf(can.unreachable)('rejects within two seconds when the queue is unreachable', async () => {
      if (subject.unreachable === undefined) throw new Error('the subject has no unreachable');
      const startedAt = performance.now();
      await expect(subject.unreachable().send(near, body())).rejects.toBeInstanceOf(QueueUnavailableError);
      expect(performance.now() - startedAt).toBeLessThan(2000);
    });
  });
}
