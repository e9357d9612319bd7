import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type HttpServer,
  type HttpServerOptions,
  serveApi,
} from '../../../../services/hosts/local/http-server.ts';
import { watchLocalFaults } from '../../../../shared/adapters/net/local-fault.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

const PATIENT = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
};

describe('The HTTP server of a process', () => {
  const servers: HttpServer[] = [];
  const sockets: Socket[] = [];
  const log = createRecordingLog();

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) await server.close();
  });

  async function start(options: Partial<HttpServerOptions> = {}): Promise<number> {
    const api = new Hono().get('/', (context) => context.text('served'));
    const server = await serveApi(api, {
      host: '127.0.0.1',
      port: 0,
      maxConnections: 100,
      isOpenToAll: () => true,
      clock: systemClock,
      log,
      timeouts: PATIENT,
      ...options,
    });
    servers.push(server);
    return server.port;
  }

  async function open(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** Everything received until the peer closes. */
  async function talk(port: number, request: string): Promise<string> {
    const socket = await open(port);
    socket.write(request);
    let answer = '';
    for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
    return answer;
  }

  const get = (...hosts: string[]) =>
    `GET / HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`;

  it('keeps serving when connections cannot be accepted, and logs it', async () => {
    const port = await start();
    const found: { server?: Server } = {};
    const onRequest = (message: unknown) => Object.assign(found, message);
    subscribe('http.server.request.start', onRequest);
    const watch = watchLocalFaults(systemClock, log);
    await talk(port, get('localhost'));
    unsubscribe('http.server.request.start', onRequest);
    for (let count = 0; count < 3; count++)
      found.server?.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    watch();
    expect(await talk(port, get('localhost'))).toContain('served');
    expect(log.entries).toContainEqual({
      level: 'error',
      event: 'local_socket_fault',
      fields: { code: 'EMFILE', count: 1 },
    });
  });

  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.0.0.1:3000', '127.9.9.9', '[::1]:3000'])(
    'without keys, serves requests addressed to %s',
    async (host) => {
      expect(await talk(await start(), get(host))).toMatch(/^HTTP\/1\.1 200 .*served/s);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '192.0.2.1',
    '[::2]',
    'localhost:x',
  ])('without keys, rejects requests addressed to %s', async (host) => {
    const answer = await talk(await start(), get(host));
    expect(answer).toMatch(/^HTTP\/1\.1 (?:403|400) /);
    expect(answer).not.toContain('served');
  });

  it('logs a request addressed to another name, under the id of its answer', async () => {
    const answer = await talk(await start(), get('evil.example'));
    const [, id] = /"request_id":"([^"]+)"/.exec(answer) ?? [];
    expect(log.entries).toContainEqual({
      level: 'info',
      event: 'request_refused',
      fields: expect.objectContaining({ requestId: id, status: 403, code: 'host-not-allowed', path: '/' }),
    });
  });

  it('with keys, serves requests addressed to any name', async () => {
    const port = await start({ isOpenToAll: () => false });
    expect(await talk(port, get('mpic.example'))).toMatch(/^HTTP\/1\.1 200 .*served/s);
  });

  it('answers a request with two Host fields with 400', async () => {
    const port = await start({ isOpenToAll: () => false });
    expect(await talk(port, get('localhost', 'localhost'))).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('closes connections beyond its limit and logs it, and serves again when others end', async () => {
    const clock = {
      ...systemClock,
      schedule: (_ms: number, action: () => void) => systemClock.schedule(1, action),
    };
    const port = await start({ maxConnections: 2, clock });
    const held = [await open(port), await open(port)];
    const extra = await open(port);
    await once(extra, 'close');
    held[0]?.destroy();
    while (!(await talk(port, get('localhost')).catch(() => '')).includes('served'));
    expect(log.entries).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'connections_dropped' }),
    );
  });

  it.each([
    { name: 'nothing', sent: '' },
    { name: 'half a header', sent: 'GET / HTTP/1.1\r\nHost: loc' },
  ])('ends a connection whose client has sent $name until the time-out', async ({ sent }) => {
    const timeouts = {
      ...PATIENT,
      requestTimeout: 300,
      headersTimeout: 100,
      connectionsCheckingInterval: 50,
    };
    const socket = await open(await start({ timeouts }));
    if (sent !== '') socket.write(sent);
    socket.resume();
    await once(socket, 'close');
  });
});
