import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createHttpFetcher } from '../../../../shared/adapters/net/http-fetcher.ts';
import type { HttpObservation } from '../../../../shared/domain/dcv/http/http-observation.ts';
import type { HttpGet } from '../../../../shared/ports/http-fetcher.ts';
import { type LabCertificateOptions, makeLabCertificate } from '../../../lab/web/lab-certificate.ts';
import { eventually } from '../../../support/eventually.ts';
import { get, loopbackGuard, soon } from './lab.ts';
import { CERTIFICATE, type TlsServer, withTlsServer } from './tls-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

const BROKEN_NAMES = { id: '2.5.29.17', value: Buffer.from('ff', 'hex') };
const UNKNOWN_CRITICAL = { id: '1.2.3.4', critical: true, value: Buffer.from('0500', 'hex') };

/** Respond to the first octets with `text`, then call `next`. */
function answering(text: string, next: (socket: TLSSocket) => void = () => {}) {
  return (socket: TLSSocket) => {
    socket.once('data', () => socket.write(text, () => next(socket)));
  };
}

function fetchFrom({ port }: TlsServer, changes: Partial<HttpGet> = {}): Promise<HttpObservation> {
  return createHttpFetcher(loopbackGuard(port)).get(get({ scheme: 'https', port: 443, ...changes }));
}

describe('a request over TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'records the TLS state of %s and returns the response',
    async (version) => {
      const onConnection = answering(`${OK}Content-Length: 5\r\n\r\nhello`);
      await withTlsServer({ onConnection, minVersion: version, maxVersion: version }, async (server) => {
        expect(await fetchFrom(server)).toMatchObject({
          status: 'answered',
          statusCode: 200,
          body: Buffer.from('hello'),
          tls: {
            protocol: version,
            verified: false,
            verificationError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
            certificateSha256: createHash('sha256').update(CERTIFICATE.der).digest('hex'),
          },
        });
      });
    },
  );

  it.each([
    { host: 'www.shop.example', serverName: 'www.shop.example', name: 'sends the host name in SNI' },
    { host: '192.0.2.1', serverName: null, name: 'sends no SNI for an IPv4 address' },
    { host: '2001:db8::1', serverName: null, name: 'sends no SNI for an IPv6 address' },
  ])('$name, and offers no ALPN protocol', async ({ host, serverName }) => {
    const onConnection = answering(`${OK}Content-Length: 0\r\n\r\n`);
    await withTlsServer({ onConnection, protocol: 'http/1.1' }, async (server) => {
      expect(await fetchFrom(server, { host })).toMatchObject({ status: 'answered' });
      expect(server.seen).toMatchObject([{ serverName, offered: null, isResumed: false }]);
    });
  });

  it('omits port 443 from the Host field', async () => {
    const onConnection = answering(`${OK}Content-Length: 0\r\n\r\n`);
    await withTlsServer({ onConnection }, async (server) => {
      await fetchFrom(server);
      await fetchFrom(server, { port: 80 });
      expect(server.seen.map(({ received }) => /^host: (.*)$/m.exec(received)?.[1])).toEqual([
        'www.shop.example',
        'www.shop.example:80',
      ]);
    });
  });

  it('does not resume an earlier session', async () => {
    const onConnection = answering(`${OK}Content-Length: 0\r\n\r\n`);
    await withTlsServer({ onConnection }, async (server) => {
      for (let round = 0; round < 3; round++) await fetchFrom(server);
      await eventually(() => server.seen.length === 3, 'the server has seen three connections');
      expect(server.seen.map(({ isResumed }) => isResumed)).toEqual([false, false, false]);
    });
  });

  it('fails at a server that supports at most TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await withTlsServer(old, async (server) => {
      expect(await fetchFrom(server)).toMatchObject({ status: 'failed', reason: 'tls', partial: null });
      expect(server.seen).toEqual([]);
    });
  });

  it.each<{ name: string; options: LabCertificateOptions }>([
    {
      name: 'that has expired',
      options: { notAfter: new Date('2020-01-02'), notBefore: new Date('2020-01-01') },
    },
    {
      name: 'that is not yet valid',
      options: { notBefore: new Date('2049-01-01'), notAfter: new Date('2049-01-02') },
    },
    { name: 'with a wrong signature', options: { brokenSignature: true } },
    { name: 'of an unknown issuer', options: { issuerName: 'nobody', foreignSignature: true } },
    { name: 'without names', options: { names: null } },
    {
      name: 'with a name that is not text',
      options: { names: [{ type: 'raw', tag: 2, octets: [0, 10, 255] }] },
    },
    {
      name: 'with an address of three octets',
      options: { names: [{ type: 'raw', tag: 7, octets: [1, 2, 3] }] },
    },
    { name: 'with names that are not a sequence', options: { names: null, extensions: [BROKEN_NAMES] } },
    { name: 'with an unknown critical extension', options: { extensions: [UNKNOWN_CRITICAL] } },
    { name: 'with an RSA key', options: { keyType: 'rsa' } },
  ])(
    'returns the response under a certificate $name, and records it as not verified',
    async ({ options }) => {
      const { key, cert, der } = makeLabCertificate(options);
      const onConnection = answering(`${OK}Content-Length: 0\r\n\r\n`);
      await withTlsServer({ onConnection, key, cert }, async (server) => {
        expect(await fetchFrom(server)).toMatchObject({
          status: 'answered',
          tls: {
            verified: false,
            verificationError: expect.stringMatching(/^[A-Z_]+$/),
            certificateSha256: createHash('sha256').update(der).digest('hex'),
          },
        });
      });
    },
  );

  it('applies the body limit', async () => {
    const onConnection = answering(`${OK}\r\n${'x'.repeat(100_000)}`);
    await withTlsServer({ onConnection }, async (server) => {
      const observed = await fetchFrom(server, { maxBodyBytes: 10 });
      expect(observed).toMatchObject({ status: 'answered', bodyCut: true, body: Buffer.from('xxxxxxxxxx') });
    });
  });

  it.each([
    { name: 'the server closes', next: (socket: TLSSocket) => socket.end(), reason: 'closed' },
    { name: 'the server disconnects', next: (socket: TLSSocket) => socket.destroy(), reason: 'closed' },
    { name: 'the server stops', next: () => {}, reason: 'timeout' },
  ])('fails and keeps the partial body when $name within the body', async ({ next, reason }) => {
    const onConnection = answering(`${OK}Content-Length: 9\r\n\r\nhel`, next);
    await withTlsServer({ onConnection }, async (server) => {
      expect(await fetchFrom(server, { deadline: soon(1000) })).toMatchObject({
        status: 'failed',
        reason,
        partial: { statusCode: 200, body: Buffer.from('hel'), tls: { verified: false } },
      });
    });
  });

  it.each([
    { name: 'closes', next: (socket: TLSSocket) => socket.end(), reason: 'closed' },
    { name: 'does not respond', next: () => {}, reason: 'timeout' },
  ])('fails when the server $name after the handshake', async ({ next, reason }) => {
    await withTlsServer({ onConnection: next }, async (server) => {
      expect(await fetchFrom(server, { deadline: soon(1000) })).toMatchObject({
        status: 'failed',
        reason,
        address: '127.0.0.1',
        partial: null,
      });
    });
  });
});
