import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import * as z from 'zod';
import type { LoopbackServer } from './loopback-server.ts';

type App = ReturnType<typeof buildApp>;

/** Start fauxqs on loopback: its own start function would listen on every interface of the machine. */
export async function startSqsEmulator(): Promise<LoopbackServer> {
  const app = buildApp({ logger: false });
  returnUndelivered(app);
  refuseLongDelays(app);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, close: () => app.close() };
}

interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

interface PendingReply {
  readonly raw: ServerResponse;
  code(status: number): PendingReply;
  send(body: unknown): PendingReply;
}

/** SQS holds a message back for at most 15 minutes. */
const MAX_DELAY_SECONDS = 900;

const receiveRequest = z.object({ QueueUrl: z.string() });
const receiveResponse = z.object({ Messages: z.array(z.object({ ReceiptHandle: z.string() })) });

/**
 * fauxqs goes on polling for a client that has gone, and hands it the next messages. They would be lost to everybody else
 * until their visibility timeout is over, so they are put back at once.
 */
function returnUndelivered(app: App): void {
  app.addHook('onSend', async (request: ReceivedRequest, reply: PendingReply, payload: unknown) => {
    if (request.headers['x-amz-target'] !== 'AmazonSQS.ReceiveMessage' || !isGone(reply.raw)) return payload;
    const received = receiveResponse.safeParse(typeof payload === 'string' ? JSON.parse(payload) : null);
    const from = receiveRequest.safeParse(request.body);
    if (!received.success || !from.success) return payload;
    for (const { ReceiptHandle } of received.data.Messages) {
      await app.inject({
        method: 'POST',
        url: '/',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'AmazonSQS.ChangeMessageVisibility',
        },
        payload: JSON.stringify({ QueueUrl: from.data.QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      });
    }
    return payload;
  });
}

const delayedMessage = z.object({ DelaySeconds: z.number().max(MAX_DELAY_SECONDS).optional() });

/** fauxqs holds a message back for as long as it is told. */
function refuseLongDelays(app: App): void {
  app.addHook('preHandler', async (request: ReceivedRequest, reply: PendingReply) => {
    if (request.headers['x-amz-target'] !== 'AmazonSQS.SendMessage') return;
    if (delayedMessage.safeParse(request.body).success) return;
    const message = `DelaySeconds is not between 0 and ${MAX_DELAY_SECONDS}.`;
    return reply.code(400).send({ __type: 'com.amazonaws.sqs#InvalidParameterValue', message });
  });
}

/** Whether nobody is there to read this response. Node marks the socket of a client that has gone, and not the response. */
function isGone(response: ServerResponse): boolean {
  return response.destroyed || response.socket === null || response.socket.destroyed;
}
