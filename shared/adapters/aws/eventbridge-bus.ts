import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
  type RequestCompletedEvent,
} from '../../contract/messages/request-completed.ts';
import type { EventBus } from '../../ports/event-bus.ts';
import { describeError } from './describe-error.ts';

export interface EventBridgeBusDeps {
  readonly client: EventBridgeClient;
  /** Name or ARN of the bus; null: the default bus of the account. */
  readonly busName: string | null;
  /** AWS X-Ray trace header of what is being done, so that the trace goes on behind the bus. */
  readonly traceHeader?: () => string | undefined;
}

/** EventBridge did not take the event. */
export class EventBusUnavailableError extends Error {
  override readonly name = 'EventBusUnavailableError';
}

/** EventBridge takes entries of at most 256 KiB: source, detail type and detail together, and 14 bytes for the time. */
const MAX_ENTRY_BYTES = 256 * 1024;
const TIME_BYTES = 14;

export class EventBridgeBus implements EventBus {
  readonly #deps: EventBridgeBusDeps;

  constructor(deps: EventBridgeBusDeps) {
    this.#deps = deps;
  }

  /** Throws {@link EventBusUnavailableError} when the call failed, or when it went through and the entry did not. */
  async publish(event: RequestCompletedEvent): Promise<void> {
    const { client, busName, traceHeader } = this.#deps;
    const detail = JSON.stringify(event);
    const bytes = TIME_BYTES + Buffer.byteLength(EVENT_SOURCE + EVENT_DETAIL_TYPE + detail);
    if (bytes > MAX_ENTRY_BYTES) {
      throw new EventBusUnavailableError(
        `an event of ${bytes} bytes is longer than the ${MAX_ENTRY_BYTES} of an entry`,
      );
    }
    const trace = traceHeader?.();
    const entry = {
      Source: EVENT_SOURCE,
      DetailType: EVENT_DETAIL_TYPE,
      Detail: detail,
      Time: new Date(event.completed_at),
      ...(busName === null ? {} : { EventBusName: busName }),
      ...(trace === undefined ? {} : { TraceHeader: trace }),
    };
    const { FailedEntryCount, Entries } = await this.#send(() =>
      client.send(new PutEventsCommand({ Entries: [entry] })),
    );
    if (FailedEntryCount === 0) return;
    const failed = Entries?.[0];
    throw new EventBusUnavailableError(
      `PutEvents: ${failed?.ErrorCode ?? 'no code'}: ${failed?.ErrorMessage ?? ''}`,
    );
  }

  async #send<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw new EventBusUnavailableError(`PutEvents: ${describeError(error)}`);
    }
  }
}
