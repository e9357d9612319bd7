import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { makeLabCertificate } from '../../../../services/local/lab/lab-certificate.ts';
import type { WebAnswer } from '../../../../services/local/lab/web-script.ts';
import {
  startWebServer,
  type WebServer,
  type WebServerOptions,
} from '../../../../services/local/lab/web-server.ts';
import { eventually } from '../../../support/eventually.ts';

let server: WebServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function start(options: WebServerOptions): Promise<WebServer> {
  server = await startWebServer(options);
  return server;
}

const serve = (answer: WebAnswer) => start({ sites: [{ path: '/a', answer }] });

interface Reading {
  readonly octets: Buffer;
  /** How the connection ended: in order, or broken off. */
  readonly ended: 'end' | 'error';
}

async function read(socket: Socket, path = '/a', host = 'shop.test'): Promise<Reading> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  const ended = new Promise<Reading['ended']>((resolve) => {
    socket.once('error', () => resolve('error'));
    socket.once('end', () => resolve('end'));
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const how = await ended;
  socket.destroy();
  return { octets: Buffer.concat(pieces), ended: how };
}

const ask = ({ port }: WebServer, path?: string, host?: string) =>
  read(connectTcp(port, '127.0.0.1'), path, host);

describe('startWebServer', () => {
  it('answers by host and path, and remembers who asked for what', async () => {
    const web = await start({
      sites: [
        { host: 'shop.test', path: '/a', answer: { body: 'of the shop' } },
        { path: '/a', answer: { body: 'of anybody' } },
      ],
    });
    expect((await ask(web)).octets.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nof the shop$/);
    expect((await ask(web, '/a', 'other.test:8080')).octets.toString()).toMatch(/of anybody$/);
    expect((await ask(web, '/b')).octets.toString()).toMatch(/^HTTP\/1\.1 404 /);
    expect(web.requests().map(({ host, path }) => `${host}${path}`)).toEqual([
      'shop.test/a',
      'other.test/a',
      'shop.test/b',
    ]);
    expect(web.connections()).toBe(3);
  });

  it.each<{ name: string; answer: WebAnswer; shows: RegExp }>([
    { name: 'redirects', answer: { redirectTo: '/b' }, shows: /^HTTP\/1\.1 302 Found\r\nLocation: \/b\r\n/ },
    {
      name: 'redirects with another status',
      answer: { redirectTo: '/b', status: 308 },
      shows: /^HTTP\/1\.1 308 /,
    },
    {
      name: 'sends chunks',
      answer: { body: 'abc', chunked: true },
      shows: /chunked[\s\S]*\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/,
    },
    {
      name: 'lies about its length',
      answer: { body: 'abc', contentLength: 9 },
      shows: /Content-Length: 9\r\n/,
    },
    {
      name: 'sends no length',
      answer: { body: 'abc', untilClose: true },
      shows: /200 OK\r\nConnection: close\r\n\r\nabc$/,
    },
    {
      name: 'has a status line of its own',
      answer: { statusLine: 'HTTP/9.9 no' },
      shows: /^HTTP\/9\.9 no\r\n/,
    },
    { name: 'sends many header fields', answer: { headerCount: 500 }, shows: /X-Junk-499: junk\r\n/ },
    {
      name: 'sends small packets',
      answer: { body: 'abcdefgh', packetOctets: 2 },
      shows: /\r\n\r\nabcdefgh$/,
    },
    { name: 'drips to the end', answer: { body: 'ab', dripMs: 1, untilClose: true }, shows: /\r\n\r\nab$/ },
    { name: 'is late', answer: { body: 'abc', delayMs: 5 }, shows: /abc$/ },
  ])('$name', async ({ answer, shows }) => {
    const { octets, ended } = await ask(await serve(answer));
    expect(octets.toString('latin1')).toMatch(shows);
    expect(ended).toBe('end');
  });

  it('compresses, bombs as well', async () => {
    const { octets } = await ask(await serve({ contentCoding: 'gzip', bombOctets: 1_000_000 }));
    const body = octets.subarray(octets.indexOf('\r\n\r\n') + 4);
    expect(body.length).toBeLessThan(5_000);
    expect(gunzipSync(body)).toHaveLength(1_000_000);
  });

  it.each<{ name: string; options: WebServerOptions }>([
    { name: 'at once', options: { onAccept: 'reset' } },
    {
      name: 'after the request',
      options: { sites: [{ path: '*', answer: { stop: { at: 'request', how: 'reset' } } }] },
    },
    {
      name: 'in the status line',
      options: { sites: [{ path: '*', answer: { stop: { at: 'status', how: 'reset' } } }] },
    },
    {
      name: 'in the header',
      options: { sites: [{ path: '*', answer: { stop: { at: 'headers', how: 'reset' } } }] },
    },
    {
      name: 'in the body',
      options: { sites: [{ path: '*', answer: { body: 'ab', stop: { at: 'body', how: 'reset' } } }] },
    },
  ])('resets $name', async ({ options }) => {
    const { octets, ended } = await ask(await start(options));
    expect(ended).toBe('error');
    expect(octets.toString()).not.toMatch(/ab$/);
  });

  it.each(['body', 'headers', 'informational', 'chunks'] as const)(
    'sends %s without end, until the client goes',
    async (endless) => {
      const web = await serve({ endless });
      const socket = connectTcp(web.port, '127.0.0.1');
      socket.write('GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n');
      let octets = 0;
      await new Promise<void>((resolve) => {
        socket.on('data', (piece) => {
          octets += piece.length;
          if (octets > 500_000) resolve();
        });
      });
      socket.destroy();
      await eventually(() => web.openConnections() === 0, 'the server lets go');
    },
  );

  it('keeps no more for a client that does not read than its socket takes', async () => {
    const web = await serve({ endless: 'body' });
    const before = process.memoryUsage().rss;
    const socket = connectTcp(web.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n');
    await eventually(() => web.requests().length === 1, 'the request is there');
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
  });

  it('shows a certificate by name, and selects a protocol', async () => {
    const own = makeLabCertificate({ names: [{ type: 'dns', value: 'any.test' }] });
    const other = makeLabCertificate({ names: [{ type: 'dns', value: 'shop.test' }] });
    const web = await start({
      sites: [{ path: '/a', answer: { body: 'secret' } }],
      tls: { default: own, certificates: { 'shop.test': other }, alpn: ['acme-tls/1'] },
    });
    for (const [servername, expected] of [
      ['any.test', own],
      ['shop.test', other],
    ] as const) {
      const socket = connectTls({
        port: web.port,
        host: '127.0.0.1',
        servername,
        rejectUnauthorized: false,
        ALPNProtocols: ['acme-tls/1'],
      });
      await once(socket, 'secureConnect');
      expect(socket.alpnProtocol).toBe('acme-tls/1');
      expect(socket.getPeerX509Certificate()?.raw.equals(expected.der)).toBe(true);
      expect((await read(socket)).octets.toString()).toMatch(/secret$/);
    }
  });

  it.each(['garbage', 'close', 'reset', 'drip'] as const)(
    'in place of a handshake: %s',
    async (insteadOfTls) => {
      const web = await start({ insteadOfTls });
      const socket = connectTls({ port: web.port, host: '127.0.0.1', rejectUnauthorized: false });
      const outcome = await new Promise<string>((resolve) => {
        socket.once('secureConnect', () => resolve('secured'));
        socket.once('error', () => resolve('failed'));
        socket.once('end', () => resolve('failed'));
        socket.once('close', () => resolve('failed'));
      });
      socket.destroy();
      expect(outcome).toBe('failed');
    },
  );

  it('leaves no connection behind when it closes', async () => {
    const web = await start({ onAccept: 'silence' });
    const sockets = [1, 2, 3].map(() => connectTcp(web.port, '127.0.0.1'));
    await eventually(() => web.openConnections() === 3, 'three are connected');
    const closed = Promise.all(
      sockets.map((socket) =>
        once(
          socket.on('error', () => {}),
          'close',
        ),
      ),
    );
    await web.close();
    server = null;
    await closed;
    await eventually(() => web.openConnections() === 0, 'none is left');
  });
});
