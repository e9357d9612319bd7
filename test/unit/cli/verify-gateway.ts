import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';

/** A server on loopback for as long as a test needs it. */
export interface Gateway {
  /** Base URL, its path included, without a final slash. */
  readonly url: string;
  /** Path and API key of what came, oldest first. */
  readonly seen: readonly { readonly path: string; readonly key: string | null }[];
  close(): Promise<void>;
}

export type Answering = (request: Request) => Response | Promise<Response>;

/** Serves `answering` below the path `stage`, which it does not get to see, as an API Gateway would. */
export async function startGateway(answering: Answering, stage = ''): Promise<Gateway> {
  const seen: { path: string; key: string | null }[] = [];
  const { server, port } = await listen((request) => {
    const url = new URL(request.url);
    seen.push({ path: url.pathname + url.search, key: request.headers.get('x-api-key') });
    if (!url.pathname.startsWith(`${stage}/`))
      return Response.json({ message: 'Missing Authentication Token' }, { status: 403 });
    url.pathname = url.pathname.slice(stage.length);
    return answering(new Request(url, request));
  });
  return {
    url: `http://127.0.0.1:${port}${stage}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(fetch: Answering): Promise<{ readonly server: Server; readonly port: number }> {
  return new Promise((resolve) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
      resolve({ server: server as Server, port }),
    );
  });
}
