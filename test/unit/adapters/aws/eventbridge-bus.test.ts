import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventBridgeClient } from '../../../../shared/adapters/aws/clients.ts';
import {
  EventBridgeBus,
  type EventBridgeBusDeps,
  EventBusUnavailableError,
} from '../../../../shared/adapters/aws/eventbridge-bus.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import { buildCompletedEvent } from '../../../support/builders.ts';
import {
  type Reaction,
  type ScriptedService,
  startScriptedService,
} from '../../../support/scripted-service.ts';

const ACCEPTED: Reaction = { status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } };

describe('EventBridgeBus', () => {
  let service: ScriptedService;
  let reaction: Reaction = ACCEPTED;
  let client: ReturnType<typeof createEventBridgeClient>;
  beforeAll(async () => {
    service = await startScriptedService(() => reaction);
    client = createEventBridgeClient(emulatorSettings({ eventbridge: service.url }, 'eu-central-1'));
  });
  afterAll(async () => {
    client.destroy();
    await service.close();
  });

  async function publish(deps: Partial<EventBridgeBusDeps> = {}, event = buildCompletedEvent()) {
    await new EventBridgeBus({ client, busName: null, ...deps }).publish(event);
    const entries = service.calls.at(-1)?.body.Entries as Record<string, unknown>[];
    return { event, entry: entries[0] };
  }

  it('sends one entry with the source and detail type that rules match', async () => {
    reaction = ACCEPTED;
    const { event, entry } = await publish({ busName: 'mpic' });
    expect(entry).toMatchObject({
      Source: 'mpic',
      DetailType: 'MPIC Request Completed',
      EventBusName: 'mpic',
    });
    expect(JSON.parse(String(entry?.Detail))).toEqual(event);
  });

  it('omits bus name and trace header if they are not configured', async () => {
    reaction = ACCEPTED;
    const { entry } = await publish({ traceHeader: () => undefined });
    expect(Object.keys(entry ?? {}).sort()).toEqual(['Detail', 'DetailType', 'Source', 'Time']);
  });

  it('sends the trace header', async () => {
    reaction = ACCEPTED;
    const { entry } = await publish({ traceHeader: () => 'Root=1-5759e988-bd862e3fe1be46a994272793' });
    expect(entry?.TraceHeader).toBe('Root=1-5759e988-bd862e3fe1be46a994272793');
  });

  it.each<{ name: string; reaction: Reaction; message: RegExp }>([
    {
      name: 'a failed entry in a successful call',
      reaction: {
        status: 200,
        body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow' }] },
      },
      message: /ThrottlingException: slow/,
    },
    { name: 'an empty response', reaction: { status: 200, body: {} }, message: /no code/ },
    {
      name: 'a refused call',
      reaction: { status: 400, body: { __type: 'AccessDeniedException', message: 'no' } },
      message: /AccessDenied/,
    },
    { name: 'a service that is down', reaction: { status: 503, body: { message: 'down' } }, message: /down/ },
  ])('rejects on $name', async ({ reaction: next, message }) => {
    reaction = next;
    const publishing = publish();
    await expect(publishing).rejects.toBeInstanceOf(EventBusUnavailableError);
    await expect(publishing).rejects.toThrow(message);
  });

  /** An event whose entry has `bytes` bytes as counted by EventBridge. */
  function eventOf(bytes: number) {
    const event = buildCompletedEvent({ trace_identifier: '' });
    const others = Buffer.byteLength(`mpicMPIC Request Completed${JSON.stringify(event)}`) + 14;
    return { ...event, trace_identifier: 'x'.repeat(bytes - others) };
  }

  it('sends an event of 256 KiB', async () => {
    reaction = ACCEPTED;
    const { entry } = await publish({}, eventOf(256 * 1024));
    expect(Buffer.byteLength(`${entry?.Source}${entry?.DetailType}${entry?.Detail}`) + 14).toBe(256 * 1024);
  });

  it.each([
    { name: 'one byte more', event: () => eventOf(256 * 1024 + 1) },
    {
      name: 'fewer characters but more bytes',
      event: () => buildCompletedEvent({ trace_identifier: 'ü'.repeat(130 * 1024) }),
    },
  ])('rejects an event of $name without sending it', async ({ event }) => {
    const before = service.calls.length;
    await expect(publish({}, event())).rejects.toThrow(/exceeds the limit/);
    expect(service.calls).toHaveLength(before);
  });
});
