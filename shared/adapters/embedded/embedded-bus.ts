import type { RequestCompletedEvent } from '../../contract/messages/request-completed.ts';
import type { EventBus } from '../../ports/event-bus.ts';

export interface EmbeddedBus extends EventBus {
  /** Receive every event of this process; the returned function unsubscribes. */
  subscribe(listener: (event: RequestCompletedEvent) => void): () => void;
}

/** An in-process bus; delivers events to current subscribers only. */
export function createEmbeddedBus(): EmbeddedBus {
  const listeners = new Set<(event: RequestCompletedEvent) => void>();
  return {
    async publish(event) {
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
