import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebAnswer } from '../../lab/web/web-script.ts';
import { startWebServer, type WebServer, type WebServerOptions } from '../../lab/web/web-server.ts';
import { eventually } from '../../support/eventually.ts';

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
  /** In how many pieces they came. */
  readonly pieces: number;
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
  return { octets: Buffer.concat(pieces), pieces: pieces.length, ended: how };
}

const ask = ({ port }: WebServer, path?: string, host?: string) =>
  read(connectTcp(port, '127.0.0.1'), path, host);

/** A client that has sent its request and reads nothing yet. */
function request({ port }: WebServer, path = '/a'): Socket {
  const socket = connectTcp(port, '127.0.0.1').pause();
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`);
  return socket;
}

/** What comes until `count` octets are there. */
async function take(socket: Socket, count: number): Promise<{ text: string; pieces: number }> {
  const pieces: Buffer[] = [];
  let octets = 0;
  await new Promise<void>((resolve, reject) => {
    socket.once('close', () => reject(new Error(`closed after ${octets} octets`)));
    socket.on('data', (piece) => {
      pieces.push(piece);
      octets += piece.length;
      if (octets >= count) resolve();
    });
    socket.resume();
  });
  return { text: Buffer.concat(pieces).toString('latin1'), pieces: pieces.length };
}

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
    expect(web.requests()[1]).toEqual({
      method: 'GET',
      path: '/a',
      host: 'other.test',
      headers: ['Host: other.test:8080'],
      tls: null,
    });
  });

  it('listens on IPv6, or says that the machine has none', async () => {
    const outcome = await start({ host: '::1', sites: [{ path: '/a', answer: { body: 'of six' } }] }).then(
      async ({ port }) => (await read(connectTcp(port, '::1'))).octets.toString(),
      (error: unknown) => String(error),
    );
    expect(outcome).toMatch(/of six$|EADDRNOTAVAIL|EAFNOSUPPORT/);
  });

  it('remembers the newest requests only', async () => {
    const web = await start({ logSize: 2 });
    for (const path of ['/1', '/2', '/3']) await ask(web, path);
    expect(web.requests().map(({ path }) => path)).toEqual(['/2', '/3']);
  });

  it('answers otherwise once it is told to', async () => {
    const web = await serve({ body: 'before' });
    expect((await ask(web)).octets.toString()).toMatch(/before$/);
    web.setSites([{ path: '/a', answer: { body: 'after' } }]);
    expect((await ask(web)).octets.toString()).toMatch(/after$/);
  });

  it.each<{ name: string; answer: WebAnswer; shows: RegExp }>([
    { name: 'redirects', answer: { redirectTo: '/b' }, shows: /^HTTP\/1\.1 302 Found\r\nLocation: \/b\r\n/ },
    {
      name: 'redirects with another status',
      answer: { redirectTo: '/b', status: 308 },
      shows: /^HTTP\/1\.1 308 /,
    },
    {
      name: 'gives a reason of its own',
      answer: { reason: 'Why Not' },
      shows: /^HTTP\/1\.1 200 Why Not\r\n/,
    },
    {
      name: 'sends octets that are no text',
      answer: { bodyBase64: '/4D+' },
      shows: /Content-Length: 3\r\n[\s\S]*\r\n\r\n\xff\x80\xfe$/,
    },
    { name: 'speaks HTTP/0.9', answer: { body: 'abc', http09: true }, shows: /^abc$/ },
    {
      name: 'sends no chunk but the last for an empty body',
      answer: { chunked: true },
      shows: /\r\n\r\n0\r\n\r\n$/,
    },
    {
      name: 'sends chunk extensions and trailers',
      answer: { body: 'abc', chunked: true, chunkExtension: ';a=b', trailers: [['X-Sum', '1']] },
      shows: /\r\n\r\n3;a=b\r\nabc\r\n0;a=b\r\nX-Sum: 1\r\n\r\n$/,
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
    { name: 'drips to the end', answer: { body: 'ab', dripMs: 1, untilClose: true }, shows: /\r\n\r\nab$/ },
    { name: 'is late', answer: { body: 'abc', delayMs: 5 }, shows: /abc$/ },
  ])('$name', async ({ answer, shows }) => {
    const { octets, ended } = await ask(await serve(answer));
    expect(octets.toString('latin1')).toMatch(shows);
    expect(ended).toBe('end');
  });

  it.each([
    { contentCoding: 'gzip', expand: gunzipSync },
    { contentCoding: 'deflate', expand: inflateSync },
    { contentCoding: 'br', expand: brotliDecompressSync },
  ] as const)('sends a bomb of $contentCoding', async ({ contentCoding, expand }) => {
    const { octets } = await ask(await serve({ contentCoding, bombOctets: 1_000_000 }));
    const body = octets.subarray(octets.indexOf('\r\n\r\n') + 4);
    expect(body.length).toBeLessThan(5_000);
    expect(expand(body)).toHaveLength(1_000_000);
  });

  it('sends octets that are no HTTP', async () => {
    const { octets } = await ask(await serve({ garbageOctets: 4_000 }));
    expect(octets).toHaveLength(4_000);
    expect(octets.toString('latin1')).not.toMatch(/^HTTP/);
  });

  it('sends small packets', async () => {
    const { octets, pieces } = await ask(await serve({ body: 'abcdefgh'.repeat(10), packetOctets: 2 }));
    expect(octets.toString()).toMatch(/\r\n\r\n(?:abcdefgh){10}$/);
    expect(pieces).toBeGreaterThan(5);
  });

  it('keeps an answer back as long as it is told to', async () => {
    const web = await serve({ delayMs: 60 });
    const start = performance.now();
    await ask(web);
    // Timers are allowed to be one millisecond early.
    expect(performance.now() - start).toBeGreaterThanOrEqual(59);
  });

  it('resets at once', async () => {
    expect(await ask(await start({ onAccept: 'reset' }))).toMatchObject({ ended: 'error', pieces: 0 });
  });

  it('closes at once', async () => {
    const socket = connectTcp((await start({ onAccept: 'close' })).port, '127.0.0.1').resume();
    await once(socket, 'end');
    expect(socket.bytesRead).toBe(0);
  });

  describe.each([
    { at: 'request', shows: /^$/ },
    { at: 'status', shows: /^HTTP\/1\.\d?[^\n]*$/ },
    { at: 'headers', shows: /^HTTP\/1\.1 200 OK\r\nContent-(?![\s\S]*\r\n\r\n)/ },
    { at: 'body', shows: /\r\nContent-Length: 4\r\n[\s\S]*\r\n\r\nab$/ },
  ] as const)('stopping at the $at', ({ at, shows }) => {
    const stopping = (how: NonNullable<WebAnswer['stop']>['how']) =>
      serve({ body: 'abcd', stop: { at, how } });

    it('closes in order', async () => {
      const { octets, ended } = await ask(await stopping('close'));
      expect(octets.toString()).toMatch(shows);
      expect(ended).toBe('end');
    });

    it('resets', async () => {
      const { octets, ended } = await ask(await stopping('reset'));
      expect(octets.toString()).toMatch(shows);
      expect(ended).toBe('error');
    });

    it('goes silent, and lets go of a client that leaves', async () => {
      const web = await stopping('silence');
      const reading = ask(web);
      const outcome = await Promise.race([
        reading,
        new Promise((resolve) => setTimeout(resolve, 100, 'silent')),
      ]);
      expect(outcome).toBe('silent');
      expect(web.requests()).toHaveLength(1);
      expect(web.openConnections()).toBe(1);
      await web.close();
      expect((await reading).octets.toString()).toMatch(shows);
    });
  });

  it.each([
    { endless: 'body', shows: /\r\n\r\nx+$/ },
    { endless: 'headers', shows: /^HTTP\/1\.1 200 OK\r\n(?:X-Endless: junk\r\n)+/ },
    { endless: 'informational', shows: /^(?:HTTP\/1\.1 103 Early Hints\r\nLink: <\/x>\r\n\r\n){9}/ },
    { endless: 'chunks', shows: /chunked\r\n[\s\S]*\r\n\r\n(?:1\r\nx\r\n){9}/ },
  ] as const)('sends $endless without end, until the client goes', async ({ endless, shows }) => {
    const web = await serve({ endless });
    const socket = request(web);
    expect((await take(socket, 500_000)).text).toMatch(shows);
    socket.destroy();
    await eventually(() => web.openConnections() === 0, 'the server lets go');
  });

  it('drips without end, until the client goes', async () => {
    const web = await serve({ endless: 'body', dripMs: 1 });
    const socket = request(web);
    const { text, pieces } = await take(socket, 100);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n\r\nx+$/);
    expect(pieces).toBeGreaterThan(10);
    socket.destroy();
    await eventually(() => web.openConnections() === 0, 'the server lets go');
  });

  it.each([
    { name: 'a body without end', answer: { endless: 'body' } },
    { name: 'header fields without end', answer: { endless: 'headers' } },
    {
      name: 'chunks without end, in packets',
      answer: { endless: 'chunks', packetOctets: 1_000 },
    },
  ] as const)('keeps little for a client that does not read $name', async ({ answer }) => {
    const web = await serve(answer);
    const socket = request(web);
    await eventually(() => web.unsentOctets() > 0, 'the buffers of the system are full');
    // Without regard to the client this would be 2,000 pieces more. Node keeps 16 KiB and one piece, 64 KiB since release 22.
    for (let turn = 0; turn < 2_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(web.unsentOctets()).toBeLessThanOrEqual(80 * 1024);
    socket.destroy();
    await eventually(() => web.openConnections() === 0, 'the server lets go');
  });

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

  it.each<{ name: string; answer: WebAnswer }>([
    { name: 'to be late', answer: { delayMs: 3_600_000 } },
    { name: 'to drip', answer: { endless: 'body', dripMs: 3_600_000 } },
    { name: 'to send without end', answer: { endless: 'body' } },
    { name: 'to be silent', answer: { stop: { at: 'body', how: 'silence' } } },
  ])('leaves no socket and no timer behind when it was $name', async ({ answer }) => {
    // Those of earlier tests, still closing, would make up for what this one leaves.
    await eventually(() => countHandles(/^TCP/) === 0, 'no socket is left of earlier tests');
    const timers = countHandles(/^Timeout$/);
    const web = await serve(answer);
    const socket = request(web);
    await eventually(() => web.requests().length === 1, 'the request is there');
    const closed = once(socket.resume(), 'close');
    await web.close();
    await closed;
    await eventually(() => countHandles(/^TCP/) === 0, 'no socket is left');
    expect(countHandles(/^Timeout$/)).toBeLessThanOrEqual(timers);
  });
});

/** What keeps this process from ending, of some kinds. */
function countHandles(kinds: RegExp): number {
  return process.getActiveResourcesInfo().filter((kind) => kinds.test(kind)).length;
}
