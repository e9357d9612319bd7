import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call to an AWS JSON service as received. */
export interface ServiceCall {
  /** Operation without its service prefix, for instance `PutItem`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
  /** 1 for the first call of this operation. */
  readonly count: number;
}

/**
 * What to do with a call: respond directly, forward it, forward it and drop the response, or reset the connection
 * without forwarding.
 */
export type Reaction =
  | { readonly status: number; readonly body: unknown }
  | 'forward'
  | 'forward-and-lose-answer'
  | 'break';

export interface ScriptedService {
  readonly url: string;
  readonly calls: readonly ServiceCall[];
  close(): Promise<void>;
}

/** A loopback endpoint that handles every call by `script`; calls are forwarded to `upstream`. */
export async function startScriptedService(
  script: (call: ServiceCall) => Reaction | Promise<Reaction>,
  upstream?: string,
): Promise<ScriptedService> {
  const calls: ServiceCall[] = [];
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const count = calls.filter((call) => call.operation === operation).length + 1;
    const call = { operation, body: JSON.parse(raw || '{}') as Record<string, unknown>, count };
    calls.push(call);
    const reaction = await script(call);
    if (reaction === 'break') {
      response.destroy();
    } else if (typeof reaction === 'object') {
      response.writeHead(reaction.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(reaction.body));
    } else {
      if (upstream === undefined) throw new Error('nowhere to forward to');
      await forward(upstream, request.headers, raw, response, reaction === 'forward-and-lose-answer');
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function forward(
  upstream: string,
  { connection, host, 'content-length': length, ...headers }: IncomingHttpHeaders,
  body: string,
  response: ServerResponse,
  loseAnswer: boolean,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const forwarded = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const answer = await fetch(upstream, { method: 'POST', headers: forwarded, body, signal: gone.signal });
  const answerBody = await answer.text();
  if (loseAnswer) {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
  response.end(answerBody);
}
