import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeLabCertificate } from '../../lab/web/lab-certificate.ts';
import { startWebServer, type WebServer, type WebServerOptions } from '../../lab/web/web-server.ts';

const ANY = makeLabCertificate({ names: [{ type: 'dns', value: 'any.test' }] });
const SHOP = makeLabCertificate({ names: [{ type: 'dns', value: 'shop.test' }] });
const PAGE = [{ path: '/a', answer: { body: 'secret' } }];

let server: WebServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function start(options: WebServerOptions): Promise<WebServer> {
  server = await startWebServer(options);
  return server;
}

const dial = ({ port }: WebServer, options: ConnectionOptions = {}) =>
  connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });

/** How a handshake ends; within the time in which one that works has long ended. */
function shake(socket: TLSSocket): Promise<string> {
  const outcome = new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve('secured'));
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    setTimeout(resolve, 300, 'nothing').unref();
  });
  return outcome.finally(() => socket.destroy());
}

async function read(socket: TLSSocket): Promise<{ text: string; ended: string }> {
  await once(socket, 'secureConnect');
  let text = '';
  socket.on('data', (piece) => {
    text += piece;
  });
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end'));
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
  socket.write('GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n');
  return { ended: await ended, text };
}

describe('startWebServer with TLS', () => {
  it.each([
    { name: 'the certificate of the name', servername: 'shop.test', expected: SHOP },
    { name: 'the certificate of the name whatever its case', servername: 'SHOP.Test', expected: SHOP },
    { name: 'the default for another name', servername: 'other.test', expected: ANY },
    { name: 'the default without a name', servername: '', expected: ANY },
  ])('shows $name, and answers', async ({ servername, expected }) => {
    const web = await start({ sites: PAGE, tls: { default: ANY, certificates: { 'shop.test': SHOP } } });
    const socket = dial(web, { servername });
    await once(socket, 'secureConnect');
    expect(socket.getPeerX509Certificate()?.raw.equals(expected.der)).toBe(true);
    socket.write('GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n');
    const [piece] = await once(socket, 'data');
    expect(String(piece)).toMatch(/secret$/);
    expect(web.requests().map(({ tls }) => tls)).toEqual([{ serverName: servername || null, alpn: null }]);
  });

  const alpn = ['http/1.1'];
  const alpnByName = { 'shop.test': ['acme-tls/1', 'http/1.1'], 'none.test': [] };
  it.each([
    { name: 'the only one', tls: { alpn }, offers: ['h2', 'http/1.1'], selects: 'http/1.1' },
    { name: 'none without a list', tls: {}, offers: ['acme-tls/1'], selects: false },
    { name: 'none that was not offered', tls: { alpn }, offers: [], selects: false },
    {
      name: 'the one that the server prefers for the name',
      tls: { alpn, alpnByName },
      offers: ['http/1.1', 'acme-tls/1'],
      selects: 'acme-tls/1',
    },
    {
      name: 'that of all names for a name without a list',
      tls: { alpn, alpnByName },
      servername: 'other.test',
      offers: ['acme-tls/1', 'http/1.1'],
      selects: 'http/1.1',
    },
  ])('selects $name', async ({ tls, offers, servername = 'shop.test', selects }) => {
    const web = await start({ sites: PAGE, tls: { default: ANY, ...tls } });
    const socket = dial(web, { servername, ALPNProtocols: offers });
    expect((await read(socket)).text).toMatch(/secret$/);
    expect(socket.alpnProtocol).toBe(selects);
    expect(web.requests()[0]?.tls).toEqual({ serverName: servername, alpn: selects || null });
  });

  // RFC 7301 section 3.2
  it.each([
    { name: 'all names', tls: { alpn } },
    { name: 'the name', tls: { alpn: ['acme-tls/1'], alpnByName } },
  ])('refuses a client that offers none of the protocols for $name', async ({ tls }) => {
    const web = await start({ tls: { default: ANY, ...tls } });
    const socket = dial(web, { servername: 'none.test', ALPNProtocols: ['acme-tls/1'] });
    expect(await shake(socket)).toMatch(/NO_APPLICATION_PROTOCOL/);
  });

  it.each([
    { name: 'at most 1.2', tls: { maxVersion: 'TLSv1.2' }, outcome: 'TLSv1.2' },
    { name: 'at least 1.3', tls: { minVersion: 'TLSv1.3' }, outcome: 'TLSv1.3' },
  ] as const)('speaks TLS of $name', async ({ tls, outcome }) => {
    const web = await start({ tls: { default: ANY, certificates: { 'shop.test': SHOP }, ...tls } });
    const socket = dial(web, { servername: 'shop.test' });
    await once(socket, 'secureConnect');
    expect(socket.getProtocol()).toBe(outcome);
    socket.destroy();
  });

  it.each([
    { name: 'older', tls: { minVersion: 'TLSv1.3' }, client: { maxVersion: 'TLSv1.2' } },
    { name: 'newer', tls: { maxVersion: 'TLSv1.2' }, client: { minVersion: 'TLSv1.3' } },
  ] as const)('refuses a client of a $name version', async ({ tls, client }) => {
    const web = await start({ tls: { default: ANY, ...tls } });
    expect(await shake(dial(web, client))).toMatch(/PROTOCOL_VERSION/);
  });

  it.each(['request', 'status', 'headers', 'body'] as const)(
    'resets the connection below TLS at the %s',
    async (at) => {
      const stop = { at, how: 'reset' } as const;
      const web = await start({
        sites: [{ path: '*', answer: { body: 'abcd', stop } }],
        tls: { default: ANY },
      });
      const { ended, text } = await read(dial(web));
      expect(ended).toBe('ECONNRESET');
      expect(text).not.toMatch(/cd$/);
    },
  );

  const modes = [
    { mode: 'a server without certificates', tls: {} },
    { mode: 'a server with certificates', tls: { tls: { default: ANY } } },
  ];
  describe.each(modes)('$mode', ({ tls }) => {
    it.each<{ name: string; options: WebServerOptions; outcome: RegExp }>([
      { name: 'garbage', options: { insteadOfTls: 'garbage' }, outcome: /SSL|EPROTO/ },
      { name: 'nothing', options: { insteadOfTls: 'silence' }, outcome: /^nothing$/ },
      { name: 'a close', options: { insteadOfTls: 'close' }, outcome: /^ECONNRESET$/ },
      { name: 'a reset', options: { insteadOfTls: 'reset' }, outcome: /^ECONNRESET$/ },
      { name: 'a drip', options: { insteadOfTls: 'drip' }, outcome: /SSL|EPROTO|^nothing$/ },
      { name: 'a reset at once', options: { onAccept: 'reset' }, outcome: /^(?:ECONNRESET|EPIPE)$/ },
      { name: 'a close at once', options: { onAccept: 'close' }, outcome: /^(?:ECONNRESET|EPIPE)$/ },
      { name: 'nothing at all', options: { onAccept: 'silence' }, outcome: /^nothing$/ },
    ])('shows $name in place of a handshake', async ({ options, outcome }) => {
      const web = await start({ sites: PAGE, ...options, ...tls });
      expect(await shake(dial(web))).toMatch(outcome);
      expect(web.requests()).toEqual([]);
    });
  });

  it('ends connections whose handshake has not ended when it closes', async () => {
    const web = await start({ insteadOfTls: 'silence', tls: { default: ANY } });
    const socket = dial(web);
    await once(socket, 'connect');
    const failed = once(socket, 'error');
    await web.close();
    await failed;
    expect(web.openConnections()).toBe(0);
  });
});
