import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { join } from 'node:path';
import dynalite from 'dynalite';
import { type LoopbackServer, listenOnLoopback } from './loopback-server.ts';

/** Start dynalite on loopback, its tables in `dataDir` or in memory. */
export async function startDynamoDbEmulator(dataDir: string | null): Promise<LoopbackServer> {
  const path = dataDir === null ? null : join(dataDir, 'dynamodb');
  if (path !== null) await mkdir(path, { recursive: true });
  const server = dynalite({
    ...(path === null ? {} : { path }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  survivePartedClients(server);
  return listenOnLoopback(server);
}

/**
 * dynalite throws out of its listener when a client goes away in mid-request, which would end the process. A client that
 * gave up needs no answer: that listener is replaced by one that does nothing.
 */
function survivePartedClients(server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const on = request.on.bind(request);
    const onExceptErrors = (event: string, listener: (...args: unknown[]) => void) =>
      on(event, event === 'error' ? () => {} : listener);
    request.on = onExceptErrors as typeof request.on;
  });
}
