import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call to an AWS JSON service as it came over the wire. */
export interface ServiceCall {
  /** Operation without its service prefix, for instance `PutItem`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
  /** 1 for the first call of this operation. */
  readonly count: number;
}

/**
 * What to do with a call: answer it oneself, let the real service answer, let it do the work and lose its answer, or
 * break the connection before it hears of the call.
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

/** A loopback endpoint that reacts to every call as `script` says; `upstream` is where calls are forwarded to. */
export async function startScriptedService(
  script: (call: ServiceCall) => Reaction | Promise<Reaction>,
  upstream?: string,
): Promise<ScriptedService> {
  const calls: ServiceCall[] = [];
  const server = createServer(async (request, response) => {
    const raw = await text(request);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const count = calls.filter((call) => call.operation === operation).length + 1;
    const call = { operation, body: JSON.parse(raw || '{}') as Record<string, unknown>, count };
    calls.push(call);
    const reaction = await script(call);
    if (reaction === 'break') return response.destroy();
    if (typeof reaction === 'object') {
      response.writeHead(reaction.status, { 'content-type': 'application/x-amz-json-1.0' });
      return response.end(JSON.stringify(reaction.body));
    }
    if (upstream === undefined) throw new Error('nowhere to forward to');
    const { connection, host, 'content-length': length, ...headers } = request.headers;
    const answer = await fetch(upstream, { method: 'POST', headers: headers as Record<string, string>, body: raw });
    const body = await answer.text();
    if (reaction === 'forward-and-lose-answer') return response.destroy();
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    return response.end(body);
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
