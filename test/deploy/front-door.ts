import { createServer } from 'node:http';
import { request } from 'node:https';
import { type LoopbackServer, listenOnLoopback } from '../lab/emulators/loopback-server.ts';
import type { Emulator } from './emulator.ts';

const TIMEOUT_MS = 40_000;

/**
 * A port on loopback that is the API's host name: paths begin with the stage, as on AWS. The emulator knows an API by its host
 * name, which no DNS leads to it.
 */
export function openFrontDoor({ port, agent, apiHost }: Emulator, apiId: string): Promise<LoopbackServer> {
  const server = createServer((incoming, outgoing) => {
    const forwarded = request(
      {
        host: '127.0.0.1',
        port,
        agent,
        // The certificate is that of the address.
        servername: '',
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host: apiHost(apiId) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.once('error', () =>
      outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end(),
    );
    incoming.pipe(forwarded);
  });
  return listenOnLoopback(server);
}
