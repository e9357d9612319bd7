import type { ReceivedMessage } from '../../ports/queues.ts';

/** System attributes of a message that are read here; SQS sends strings, and may omit each one. */
export interface MessageAttributes {
  readonly ApproximateReceiveCount?: string;
  readonly SentTimestamp?: string;
  readonly ApproximateFirstReceiveTimestamp?: string;
}

export function toReceivedMessage(
  messageId: string,
  body: string,
  attributes: MessageAttributes,
): ReceivedMessage {
  const receiveCount = numberOf(attributes.ApproximateReceiveCount);
  const sentAt = numberOf(attributes.SentTimestamp);
  const firstReceivedAt = numberOf(attributes.ApproximateFirstReceiveTimestamp);
  return {
    messageId,
    body,
    receiveCount: receiveCount === null ? 1 : Math.max(1, receiveCount),
    ageMs: sentAt === null || firstReceivedAt === null ? null : Math.max(0, firstReceivedAt - sentAt),
    ...(firstReceivedAt === null ? {} : { handedOutAt: firstReceivedAt }),
  };
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null;
}
