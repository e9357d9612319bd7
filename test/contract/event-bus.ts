import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCompletedEvent } from '../support/builders.ts';
import { eventually } from '../support/eventually.ts';
import { type Capabilities, EVERYTHING, type EventBusSubject, itIf } from './subjects.ts';

/** What every {@link EventBus} does. */
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
      { name: 'an event is heard as it was published', overrides: {} },
      { name: 'text outside ASCII is', overrides: { trace_identifier: 'Bücher 書籍 😀 "quoted"' } },
      { name: 'a trace identifier of 60 KiB is', overrides: { trace_identifier: 't'.repeat(60 * 1024) } },
      { name: 'an event without perspectives is', overrides: { perspectives: [] } },
    ])('$name', async ({ overrides }) => {
      const event = buildCompletedEvent(overrides);
      await subject.bus.publish(event);
      await eventually(async () => (await heardWithId(event.event_id)).length > 0, 'heard');
      expect(await heardWithId(event.event_id)).toEqual([event]);
    });

    it('events published at the same moment are all heard', async () => {
      const events = Array.from({ length: 20 }, () => buildCompletedEvent());
      await Promise.all(events.map((event) => subject.bus.publish(event)));
      const ids = events.map((event) => event.event_id);
      await eventually(async () => {
        const heard = new Set((await subject.heard()).map((event) => event.event_id));
        return ids.every((id) => heard.has(id));
      }, 'all heard');
    });

    it('an event published twice keeps its id, by which a listener knows it again', async () => {
      const event = buildCompletedEvent();
      await subject.bus.publish(event);
      await subject.bus.publish(event);
      await eventually(async () => (await heardWithId(event.event_id)).length > 0, 'heard');
      for (const heard of await heardWithId(event.event_id)) expect(heard).toEqual(event);
    });

    itIf(can.unreachable)('publishing fails within two seconds when the bus cannot be reached', async () => {
      if (subject.unreachable === undefined) throw new Error('the subject has no unreachable');
      const startedAt = performance.now();
      await expect(subject.unreachable().publish(buildCompletedEvent())).rejects.toThrow();
      expect(performance.now() - startedAt).toBeLessThan(2000);
    });

    itIf(can.refuse)('publishing fails when the bus takes the call and refuses the event', async () => {
      if (subject.refuse === undefined) throw new Error('the subject has no refuse');
      const event = buildCompletedEvent();
      subject.refuse();
      await expect(subject.bus.publish(event)).rejects.toThrow();
      expect(await heardWithId(event.event_id)).toEqual([]);
    });
  });
}
