import { MAX_MESSAGE_BYTES } from '../../contract/messages/contract.ts';
import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import {
  type DeadlineQueue,
  type JobQueue,
  QueueUnavailableError,
  type WakeQueue,
} from '../../ports/queues.ts';
import type { MemoryQueue } from './memory-queue.ts';

/** Check jobs over one in-memory queue per perspective. */
export function createEmbeddedJobQueue(queues: ReadonlyMap<PerspectiveCode, MemoryQueue>): JobQueue {
  return {
    async send(perspective, body) {
      const queue = queues.get(perspective);
      if (queue === undefined) throw new QueueUnavailableError(`no queue for perspective ${perspective}`);
      refuseOversized(body);
      queue.send(body);
    },
  };
}

/** Deadlines over one in-memory queue, which supports removing delayed messages. */
export function createEmbeddedDeadlineQueue(queue: MemoryQueue): DeadlineQueue {
  const delayed = new Map<string, () => void>();
  return {
    async send(body, delayMs) {
      refuseOversized(body);
      delayed.get(body)?.();
      delayed.delete(body);
      const cancel = queue.send(body, delayMs, () => delayed.delete(body));
      if (delayMs > 0) delayed.set(body, cancel);
    },
    forget(body) {
      delayed.get(body)?.();
      delayed.delete(body);
    },
  };
}

/** Wake-ups over a second in-memory queue. */
export function createEmbeddedWakeQueue(queue: MemoryQueue): WakeQueue {
  return {
    async send(body) {
      refuseOversized(body);
      queue.send(body);
    },
  };
}

/** Rejects what SQS rejects, and what readers would reject. */
function refuseOversized(body: string): void {
  if (Buffer.byteLength(body) <= MAX_MESSAGE_BYTES) return;
  throw new QueueUnavailableError(`message is longer than ${MAX_MESSAGE_BYTES} bytes`);
}
