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
    // The SDK verifies the checksum of the body.
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
    { name: 'omits a delay of zero', delayMs: 0, expected: undefined },
    { name: 'omits a negative delay', delayMs: -5, expected: undefined },
    { name: 'rounds a millisecond up to a second', delayMs: 1, expected: 1 },
    { name: 'keeps whole seconds', delayMs: 25_000, expected: 25 },
    { name: 'rounds 1001 ms up to two seconds', delayMs: 1001, expected: 2 },
    { name: 'accepts a delay of 15 minutes', delayMs: 900_000, expected: 900 },
  ])('$name', async ({ delayMs, expected }) => {
    await sendMessage(clients, QUEUE, '{}', delayMs);
    expect(service.calls.at(-1)?.body.DelaySeconds).toBe(expected);
  });

  it.each([{ delayMs: 900_001 }, { delayMs: Number.POSITIVE_INFINITY }, { delayMs: Number.NaN }])(
    'rejects a delay of $delayMs ms',
    async ({ delayMs }) => {
      await expect(sendMessage(clients, QUEUE, '{}', delayMs)).rejects.toThrow(RangeError);
    },
  );

  it('rejects a body that escapes make too long', async () => {
    const body = JSON.stringify('😀'.repeat(30 * 1024));
    expect(Buffer.byteLength(body)).toBeLessThan(256 * 1024);
    await expect(sendMessage(clients, QUEUE, body, 0)).rejects.toBeInstanceOf(QueueUnavailableError);
  });

  it('escapes characters that SQS rejects, without changing the JSON value', async () => {
    const value = 'a\ufffe😀\u007fü';
    await sendMessage(clients, QUEUE, JSON.stringify(value), 0);
    const sent = String(service.calls.at(-1)?.body.MessageBody);
    expect(sent).toBe('"a\\ufffe\\ud83d\\ude00\u007fü"');
    expect(JSON.parse(sent)).toBe(value);
  });
});
