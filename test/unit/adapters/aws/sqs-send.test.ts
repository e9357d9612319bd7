import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqsClients } from '../../../../shared/adapters/aws/clients.ts';
import { sendMessage } from '../../../../shared/adapters/aws/sqs-send.ts';
import { QueueUnavailableError } from '../../../../shared/ports/queues.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import { type ScriptedService, startScriptedService } from '../../../support/scripted-service.ts';

const QUEUE = { queueUrl: 'http://sqs.eu-west-1.localhost/000000000000/q', region: 'eu-west-1' };

describe('sendMessage', () => {
  let service: ScriptedService;
  let clients: SqsClients;
  beforeAll(async () => {
    // The SDK compares the checksum of the body with its own.
    const { createHash } = await import('node:crypto');
    service = await startScriptedService(({ body }) => ({
      status: 200,
      body: {
        MessageId: '1',
        MD5OfMessageBody: createHash('md5').update(String(body.MessageBody)).digest('hex'),
      },
    }));
    clients = new SqsClients(emulatorSettings({ sqs: service.url }, 'eu-central-1'));
  });
  afterAll(async () => {
    clients.close();
    await service.close();
  });

  it.each([
    { name: 'no delay is not sent', delayMs: 0, expected: undefined },
    { name: 'a delay in the past is none', delayMs: -5, expected: undefined },
    { name: 'a millisecond becomes a second: never early', delayMs: 1, expected: 1 },
    { name: 'whole seconds stay', delayMs: 25_000, expected: 25 },
    { name: 'a second and a bit becomes two', delayMs: 1001, expected: 2 },
    { name: 'a quarter of an hour is the longest', delayMs: 900_000, expected: 900 },
  ])('$name', async ({ delayMs, expected }) => {
    await sendMessage(clients, QUEUE, '{}', delayMs);
    expect(service.calls.at(-1)?.body.DelaySeconds).toBe(expected);
  });

  it.each([{ delayMs: 900_001 }, { delayMs: Number.POSITIVE_INFINITY }, { delayMs: Number.NaN }])(
    'a delay of $delayMs ms is refused, for the message would come early',
    async ({ delayMs }) => {
      await expect(sendMessage(clients, QUEUE, '{}', delayMs)).rejects.toThrow(RangeError);
    },
  );

  it('a body grown too long by escapes is refused', async () => {
    const body = JSON.stringify('😀'.repeat(30 * 1024));
    expect(Buffer.byteLength(body)).toBeLessThan(256 * 1024);
    await expect(sendMessage(clients, QUEUE, body, 0)).rejects.toBeInstanceOf(QueueUnavailableError);
  });

  it('characters that SQS refuses go as escapes of the same JSON', async () => {
    const value = 'a\ufffe😀\u007fü';
    await sendMessage(clients, QUEUE, JSON.stringify(value), 0);
    const sent = String(service.calls.at(-1)?.body.MessageBody);
    expect(sent).toBe('"a\\ufffe\\ud83d\\ude00\u007fü"');
    expect(JSON.parse(sent)).toBe(value);
  });
});
