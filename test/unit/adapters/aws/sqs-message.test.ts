import { describe, expect, it } from 'vitest';
import { type MessageAttributes, toReceivedMessage } from '../../../../shared/adapters/aws/sqs-message.ts';

describe('toReceivedMessage', () => {
  it.each<{
    name: string;
    attributes: MessageAttributes;
    receiveCount: number;
    ageMs: number | null;
    handedOutAt?: number;
  }>([
    {
      name: 'computes the age at first receipt by the queue’s clock',
      attributes: {
        ApproximateReceiveCount: '2',
        SentTimestamp: '1000',
        ApproximateFirstReceiveTimestamp: '1250',
      },
      receiveCount: 2,
      ageMs: 250,
      handedOutAt: 1250,
    },
    {
      name: 'reports age 0 for a receipt before the sending',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1000',
        ApproximateFirstReceiveTimestamp: '990',
      },
      receiveCount: 1,
      ageMs: 0,
      handedOutAt: 990,
    },
    {
      name: 'reports a first delivery of unknown age without attributes',
      attributes: {},
      receiveCount: 1,
      ageMs: null,
    },
    {
      name: 'reports an unknown age without the time of first receipt',
      attributes: { SentTimestamp: '1000' },
      receiveCount: 1,
      ageMs: null,
    },
    {
      name: 'reports an unknown age without the time of sending',
      attributes: { ApproximateFirstReceiveTimestamp: '1000' },
      receiveCount: 1,
      ageMs: null,
      handedOutAt: 1000,
    },
    {
      name: 'ignores attributes that are not numbers',
      attributes: {
        ApproximateReceiveCount: 'x',
        SentTimestamp: '',
        ApproximateFirstReceiveTimestamp: '1e3',
      },
      receiveCount: 1,
      ageMs: null,
    },
    {
      name: 'reports a count of zero as a first delivery',
      attributes: { ApproximateReceiveCount: '0' },
      receiveCount: 1,
      ageMs: null,
    },
  ])('$name', ({ attributes, receiveCount, ageMs, handedOutAt }) => {
    expect(toReceivedMessage('id', 'body', attributes)).toEqual({
      messageId: 'id',
      body: 'body',
      receiveCount,
      ageMs,
      ...(handedOutAt === undefined ? {} : { handedOutAt }),
    });
  });
});
