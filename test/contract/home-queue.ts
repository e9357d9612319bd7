import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES } from '../../shared/contract/messages/contract.ts';
import {
  type Consumer,
  type DeadlineQueue,
  MAX_RECEIVE_COUNT,
  QueueUnavailableError,
  type ReceivedMessage,
  type WakeQueue,
} from '../../shared/ports/queues.ts';
import { eventually } from '../support/eventually.ts';
import { type Capabilities, EVERYTHING, type HomeQueueSubject, itIf } from './subjects.ts';

/** Sender, queue and receiver share a clock here; timers may fire slightly early. */
const TIMER_SLACK_MS = 5;

const body = () => JSON.stringify({ id: randomUUID() });

/** One subject per suite; consumers stop after each test. */
function useQueue<Queue extends DeadlineQueue | WakeQueue>(factory: () => Promise<HomeQueueSubject<Queue>>) {
  let subject: HomeQueueSubject<Queue> | null = null;
  const consumers: Consumer[] = [];
  const given = () => {
    if (subject === null) throw new Error('there is a queue only while a test runs');
    return subject;
  };
  beforeAll(async () => {
    subject = await factory();
  });
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
  });
  afterAll(() => given().close());
  return {
    given,
    consume(only: readonly string[], act: () => void = () => {}) {
      const seen: (ReceivedMessage & { readonly at: number })[] = [];
      const consumer = given().consume(async (message) => {
        if (!only.includes(message.body)) return;
        seen.push({ ...message, at: performance.now() });
        act();
      });
      consumers.push(consumer);
      return seen;
    },
  };
}

/** The contract of both home queues for messages without a delay. */
function describeDelivery<Queue extends DeadlineQueue | WakeQueue>(
  { given, consume }: ReturnType<typeof useQueue<Queue>>,
  send: (queue: Queue, text: string) => Promise<void>,
  can: Capabilities,
): void {
  it('delivers a message without a delay at once', async () => {
    const sent = body();
    const seen = consume([sent]);
    const sentAt = performance.now();
    await send(given().queue, sent);
    await eventually(() => seen.length > 0, 'delivered');
    expect((seen[0]?.at ?? 0) - sentAt).toBeLessThan(1000);
    expect(seen[0]?.body).toBe(sent);
  });

  it('redelivers a message whose handler throws', async () => {
    const sent = body();
    const seen = consume([sent], () => {
      if (seen.length === 1) throw new Error('first try fails');
    });
    await send(given().queue, sent);
    await eventually(() => seen.length === 2, 'delivered again');
    expect(seen[1]?.receiveCount).toBe((seen[0]?.receiveCount ?? 0) + 1);
  });

  it('rejects a body longer than MAX_MESSAGE_BYTES', async () => {
    const long = 'x'.repeat(MAX_MESSAGE_BYTES + 1);
    await expect(send(given().queue, long)).rejects.toBeInstanceOf(QueueUnavailableError);
  });

  itIf(can.unreachable)('rejects within two seconds when the queue is unreachable', async () => {
    const { unreachable } = given();
    if (unreachable === undefined) throw new Error('the subject has no unreachable');
    const startedAt = performance.now();
    await expect(send(unreachable(), body())).rejects.toBeInstanceOf(QueueUnavailableError);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
}

/** The contract of every {@link DeadlineQueue} and its consumer. */
export function describeDeadlineQueue(
  name: string,
  factory: () => Promise<HomeQueueSubject<DeadlineQueue>>,
  can: Capabilities = EVERYTHING,
): void {
  describe(`DeadlineQueue: ${name}`, () => {
    const queue = useQueue(factory);
    const { given, consume } = queue;
    describeDelivery(queue, (to, text) => to.send(text, 0), can);

    it('delivers a delayed message soon after its delay, and not before', async () => {
      const sent = body();
      const seen = consume([sent]);
      const sentAt = performance.now();
      await given().queue.send(sent, 300);
      await eventually(() => seen.length > 0, 'delivered');
      const delay = (seen[0]?.at ?? 0) - sentAt;
      expect(delay).toBeGreaterThan(300 - TIMER_SLACK_MS);
      expect(delay).toBeLessThan(2500);
      expect(seen[0]?.ageMs ?? 300).toBeGreaterThan(300 - TIMER_SLACK_MS);
    });

    it('delivers other messages while one is delayed', async () => {
      const [late, soon] = [body(), body()];
      const seen = consume([late, soon]);
      await given().queue.send(late, 800);
      await given().queue.send(soon, 0);
      await eventually(() => seen.length === 2, 'both delivered');
      expect(seen.map((message) => message.body)).toEqual([soon, late]);
    });

    it(`redelivers a failing message more than ${3 * MAX_RECEIVE_COUNT} times without setting it aside`, async () => {
      const sent = body();
      const seen = consume([sent], () => {
        if (seen.length <= 3 * MAX_RECEIVE_COUNT) throw new Error('fails for a while');
      });
      await given().queue.send(sent, 0);
      await eventually(() => seen.length > 3 * MAX_RECEIVE_COUNT, 'delivered once more');
      expect(await given().deadLetters()).not.toContain(sent);
    });
  });
}

/** The contract of every {@link WakeQueue} and its consumer. */
export function describeWakeQueue(
  name: string,
  factory: () => Promise<HomeQueueSubject<WakeQueue>>,
  can: Capabilities = EVERYTHING,
): void {
  describe(`WakeQueue: ${name}`, () => {
    const queue = useQueue(factory);
    describeDelivery(queue, (to, text) => to.send(text), can);

    it('sets aside a message that fails every time', async () => {
      const sent = body();
      queue.consume([sent], () => {
        throw new Error('fails every time');
      });
      await queue.given().queue.send(sent);
      await eventually(async () => (await queue.given().deadLetters()).includes(sent), 'set aside');
    });
  });
}
