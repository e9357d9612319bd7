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
  /** Name or ARN of the bus; null for the account's default bus. */
  readonly busName: string | null;
  /** AWS X-Ray trace header of the current work, so that the trace continues behind the bus. */
  readonly traceHeader?: () => string | undefined;
}

/** EventBridge did not accept the event. */
export class EventBusUnavailableError extends Error {
  override readonly name = 'EventBusUnavailableError';
}

/** EventBridge accepts entries of at most 256 KiB: source, detail type, detail, and 14 bytes for the time. */
const MAX_ENTRY_BYTES = 256 * 1024;
const TIME_BYTES = 14;

export class EventBridgeBus implements EventBus {
  readonly #deps: EventBridgeBusDeps;

  constructor(deps: EventBridgeBusDeps) {
    this.#deps = deps;
  }

  /** Throws {@link EventBusUnavailableError} if the call failed, or if it succeeded and the entry was rejected. */
  async publish(event: RequestCompletedEvent): Promise<void> {
    const { client, busName, traceHeader } = this.#deps;
    const detail = JSON.stringify(event);
    const bytes = TIME_BYTES + Buffer.byteLength(EVENT_SOURCE + EVENT_DETAIL_TYPE + detail);
    if (bytes > MAX_ENTRY_BYTES) {
      throw new EventBusUnavailableError(
        `event of ${bytes} bytes exceeds the limit of ${MAX_ENTRY_BYTES} bytes for an entry`,
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
