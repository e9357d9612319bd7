import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCompletedEvent } from '../support/builders.ts';
import { eventually } from '../support/eventually.ts';
import { type Capabilities, EVERYTHING, type EventBusSubject, itIf } from './subjects.ts';

/** The contract of every {@link EventBus}. */
export function describeEventBus(
  name: string,
  factory: () => Promise<EventBusSubject>,
  can: Capabilities = EVERYTHING,
): void {
  describe(`EventBus: ${name}`, () => {
    let subject: EventBusSubject;
    beforeAll(async () => {
      subject = await factory();
    });
    afterAll(() => subject.close());

    async function heardWithId(eventId: string) {
      return (await subject.heard()).filter((event) => event.event_id === eventId);
    }

    it.each([
      { name: 'delivers an event unchanged', overrides: {} },
      {
        name: 'delivers non-ASCII text unchanged',
        overrides: { trace_identifier: 'Bücher 書籍 😀 "quoted"' },
      },
      {
        name: 'delivers a trace identifier of 60 KiB unchanged',
        overrides: { trace_identifier: 't'.repeat(60 * 1024) },
      },
      { name: 'delivers an event without perspectives unchanged', overrides: { perspectives: [] } },
    ])('$name', async ({ overrides }) => {
      const event = buildCompletedEvent(overrides);
      await subject.bus.publish(event);
      await eventually(async () => (await heardWithId(event.event_id)).length > 0, 'heard');
      expect(await heardWithId(event.event_id)).toEqual([event]);
    });

    it('delivers all events that are published concurrently', async () => {
      const events = Array.from({ length: 20 }, () => buildCompletedEvent());
      await Promise.all(events.map((event) => subject.bus.publish(event)));
      const ids = events.map((event) => event.event_id);
      await eventually(async () => {
        const heard = new Set((await subject.heard()).map((event) => event.event_id));
        return ids.every((id) => heard.has(id));
      }, 'all heard');
    });

    it('keeps the event id when an event is published twice, so that subscribers can drop the repetition', async () => {
      const event = buildCompletedEvent();
      await subject.bus.publish(event);
      await subject.bus.publish(event);
      await eventually(async () => (await heardWithId(event.event_id)).length > 0, 'heard');
      for (const heard of await heardWithId(event.event_id)) expect(heard).toEqual(event);
    });

    itIf(can.unreachable)('rejects within two seconds when the bus is unreachable', async () => {
      if (subject.unreachable === undefined) throw new Error('the subject has no unreachable');
      const startedAt = performance.now();
      await expect(subject.unreachable().publish(buildCompletedEvent())).rejects.toThrow();
      expect(performance.now() - startedAt).toBeLessThan(2000);
    });

    itIf(can.refuse)('rejects when the bus accepts the call and refuses the event', async () => {
      if (subject.refuse === undefined) throw new Error('the subject has no refuse');
      const event = buildCompletedEvent();
      subject.refuse();
      await expect(subject.bus.publish(event)).rejects.toThrow();
      expect(await heardWithId(event.event_id)).toEqual([]);
    });
  });
}
