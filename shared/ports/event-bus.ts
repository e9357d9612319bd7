import type { RequestCompletedEvent } from '../contract/messages/request-completed.ts';

/** Publishes completion events to subscribers, off the critical path. Throws if the event was not accepted. */
export interface EventBus {
  publish(event: RequestCompletedEvent): Promise<void>;
}
