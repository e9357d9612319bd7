import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES } from '../../shared/messages/contract.ts';
import { type Consumer, QueueUnavailableError, type ReceivedMessage } from '../../shared/ports/queues.ts';
import { eventually } from '../support/eventually.ts';
import { type Capabilities, type DecisionQueueSubject, EVERYTHING, itIf } from './subjects.ts';

/** Clocks of sender, queue and receiver are the same here; timers may fire a moment early. */
const TIMER_SLACK_MS = 5;

/** What every {@link DecisionQueue} does together with its consumer. */
export function describeDecisionQueue(
  name: string,
  factory: () => Promise<DecisionQueueSubject>,
  can: Capabilities = EVERYTHING,
): void {
  describe(`DecisionQueue: ${name}`, () => {
    let subject: DecisionQueueSubject;
    const consumers: Consumer[] = [];

    beforeAll(async () => {
      subject = await factory();
    });
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    });
    afterAll(() => subject.close());

    function consume(only: readonly string[], act: () => void = () => {}) {
      const seen: (ReceivedMessage & { readonly at: number })[] = [];
      const consumer = subject.consume(async (message) => {
        if (!only.includes(message.body)) return;
        seen.push({ ...message, at: performance.now() });
        act();
      });
      consumers.push(consumer);
      return seen;
    }

    const body = () => JSON.stringify({ id: randomUUID() });

    it('a message without delay is delivered at once', async () => {
      const sent = body();
      const seen = consume([sent]);
      const sentAt = performance.now();
      await subject.queue.send(sent, 0);
      await eventually(() => seen.length > 0, 'delivered');
      expect((seen[0]?.at ?? 0) - sentAt).toBeLessThan(1000);
      expect(seen[0]?.body).toBe(sent);
    });

    it('a delayed message is not delivered before its delay, and not long after', async () => {
      const sent = body();
      const seen = consume([sent]);
      const sentAt = performance.now();
      await subject.queue.send(sent, 300);
      await eventually(() => seen.length > 0, 'delivered');
      const delay = (seen[0]?.at ?? 0) - sentAt;
      expect(delay).toBeGreaterThan(300 - TIMER_SLACK_MS);
      expect(delay).toBeLessThan(2500);
      expect(seen[0]?.ageMs ?? 300).toBeGreaterThan(300 - TIMER_SLACK_MS);
    });

    it('a delayed message holds up no other', async () => {
      const [late, soon] = [body(), body()];
      const seen = consume([late, soon]);
      await subject.queue.send(late, 800);
      await subject.queue.send(soon, 0);
      await eventually(() => seen.length === 2, 'both delivered');
      expect(seen.map((message) => message.body)).toEqual([soon, late]);
    });

    it('a message whose handler throws comes again', async () => {
      const sent = body();
      const seen = consume([sent], () => {
        if (seen.length === 1) throw new Error('first try fails');
      });
      await subject.queue.send(sent, 0);
      await eventually(() => seen.length === 2, 'delivered again');
      expect(seen[1]?.receiveCount).toBe((seen[0]?.receiveCount ?? 0) + 1);
    });

    it('a message that fails every time is set aside', async () => {
      const sent = body();
      consume([sent], () => {
        throw new Error('fails every time');
      });
      await subject.queue.send(sent, 0);
      await eventually(async () => (await subject.deadLetters()).includes(sent), 'set aside');
    });

    it('a body longer than any reader accepts is refused', async () => {
      await expect(subject.queue.send('x'.repeat(MAX_MESSAGE_BYTES + 1), 0)).rejects.toBeInstanceOf(
        QueueUnavailableError,
      );
    });

    itIf(can.unreachable)('sending fails within two seconds when the queue cannot be reached', async () => {
      if (subject.unreachable === undefined) throw new Error('the subject has no unreachable');
      const startedAt = performance.now();
      await expect(subject.unreachable().send(body(), 1000)).rejects.toBeInstanceOf(QueueUnavailableError);
      expect(performance.now() - startedAt).toBeLessThan(2000);
    });
  });
}
