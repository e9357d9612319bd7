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
      name: 'the age is that of the first receipt, by the clock of the queue',
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
      name: 'a receipt before the sending is no age at all',
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
      name: 'without attributes it is a first delivery of unknown age',
      attributes: {},
      receiveCount: 1,
      ageMs: null,
    },
    {
      name: 'without the first receipt the age is unknown',
      attributes: { SentTimestamp: '1000' },
      receiveCount: 1,
      ageMs: null,
    },
    {
      name: 'without the sending the age is unknown',
      attributes: { ApproximateFirstReceiveTimestamp: '1000' },
      receiveCount: 1,
      ageMs: null,
      handedOutAt: 1000,
    },
    {
      name: 'what is no number is as good as absent',
      attributes: {
        ApproximateReceiveCount: 'x',
        SentTimestamp: '',
        ApproximateFirstReceiveTimestamp: '1e3',
      },
      receiveCount: 1,
      ageMs: null,
    },
    {
      name: 'a count of zero is a first delivery',
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
