import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpBindings, serve } from '@hono/node-server';
import { noteSocketError } from '../../../shared/adapters/net/local-fault.ts';
import { type Clock, sleep } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { createApi } from '../../api/app.ts';
import { problemResponse } from '../../api/problems.ts';
import { logRefusal } from '../../api/request-log.ts';

export interface HttpServer {
  readonly port: number;
  /** Accepts no more connections, and ends each one as soon as its response is sent. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly maxConnections: number;
  /** True while no API key is required: requests are then served only if they are addressed to loopback. */
  readonly isOpenToAll: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeouts?: ServerTimeouts;
}

export interface ServerTimeouts {
  /** Time-out for a client to send a whole request, milliseconds. */
  readonly requestTimeout: number;
  /** Time-out for a client to send the header of a request, from its connection on, milliseconds. */
  readonly headersTimeout: number;
  /** How often the two time-outs are checked, milliseconds. */
  readonly connectionsCheckingInterval: number;
  /** Time-out between two requests on one connection, milliseconds. */
  readonly keepAliveTimeout: number;
}

const TIMEOUTS: ServerTimeouts = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
};

/** Minimum time between two log lines about dropped connections, milliseconds. */
const DROP_REPORT_MS = 10_000;

/** How often a closing server checks whether all connections are closed, milliseconds. */
const CLOSE_POLL_MS = 20;

/**
 * Serves the API over HTTP. Connections beyond `maxConnections` are closed at once, so that idle clients do not use up
 * the file descriptors that checks need.
 */
export async function serveApi(
  api: ReturnType<typeof createApi>,
  options: HttpServerOptions,
): Promise<HttpServer> {
  const { host, port, maxConnections, clock, log } = options;
  const server = await new Promise<Server>((resolve, reject) => {
    const opened = serve(
      {
        fetch: (request, env) => {
          if (hasTwoHosts(env)) return new Response(null, { status: 400 });
          return isForUs(request, options) ? api.fetch(request, env) : rejectHost(request, log);
        },
        hostname: host,
        port,
        serverOptions: options.timeouts ?? TIMEOUTS,
      },
      () => resolve(opened as Server),
    );
    opened.once('error', reject);
    // A later error, such as EMFILE at a new connection, must not end the process: open connections go on.
    opened.on('error', noteSocketError);
  });
  server.maxConnections = maxConnections;
  reportDrops(server, maxConnections, clock, log);
  return { port: (server.address() as AddressInfo).port, close: () => close(server, clock) };
}

/** A name or address that means this machine only, with or without a port. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * True if a request is addressed to this service. Without keys the service is reachable on loopback only; but a web
 * page in a browser on this machine can make its own name resolve to 127.0.0.1 (DNS rebinding), and then sends that
 * name as `Host`.
 */
function isForUs({ headers }: Request, { isOpenToAll }: HttpServerOptions): boolean {
  return !isOpenToAll() || LOOPBACK_HOST.test(headers.get('host') ?? '');
}

function rejectHost(request: Request, log: Log): Response {
  const response = problemResponse('host-not-allowed', randomUUID());
  const { method, url } = request;
  logRefusal(log, response, { method, path: new URL(url).pathname }, {}, 0);
  return response;
}

/** RFC 9112 section 3.2: a request with more than one Host field is answered with 400. */
function hasTwoHosts(env: unknown): boolean {
  const { rawHeaders = [] } = (env as Partial<HttpBindings>).incoming ?? {};
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length > 1;
}

function reportDrops(server: Server, maxConnections: number, clock: Clock, log: Log): void {
  let dropped = 0;
  server.on('drop', () => {
    dropped += 1;
    if (dropped > 1) return;
    clock.schedule(DROP_REPORT_MS, () => {
      log.error('connections_dropped', { dropped, maxConnections });
      dropped = 0;
    });
  });
}

async function close(server: Server, clock: Clock): Promise<void> {
  let open = true;
  server.close(() => {
    open = false;
  });
  while (open) {
    server.closeIdleConnections();
    await sleep(clock, CLOSE_POLL_MS);
  }
}
