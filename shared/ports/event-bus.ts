import type { RequestCompletedEvent } from '../contract/messages/request-completed.ts';

/** Carries completion to whoever wants it; off the critical path. Throws when the event was not accepted. */
export interface EventBus {
  publish(event: RequestCompletedEvent): Promise<void>;
}
