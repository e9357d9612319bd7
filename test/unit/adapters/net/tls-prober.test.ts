import { describe, expect, it } from 'vitest';
import { createTlsProber } from '../../../../shared/adapters/net/tls-prober.ts';
import type { TlsObservation } from '../../../../shared/domain/dcv/tls-alpn/tls-observation.ts';
import { reverseName } from '../../../../shared/domain/net/ip-address.ts';
import type { TlsProbe } from '../../../../shared/ports/tls-prober.ts';
import { makeLabCertificate } from '../../../lab/web/lab-certificate.ts';
import { eventually } from '../../../support/eventually.ts';
import { loopbackGuard, soon } from './lab.ts';
import { CERTIFICATE, type TlsServer, withTlsServer } from './tls-server.ts';

const ACME = 'acme-tls/1';

function probe({ port }: TlsServer, changes: Partial<TlsProbe> = {}): Promise<TlsObservation> {
  return createTlsProber(loopbackGuard(port)).probe({
    addresses: ['127.0.0.1'],
    serverName: 'www.shop.example',
    alpnProtocol: ACME,
    deadline: soon(),
    ...changes,
  });
}

/** RFC 8737 section 3, RFC 8738 section 6. */
describe('a TLS probe', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'reports version, ALPN protocol and leaf certificate: %s',
    async (version) => {
      const options = { protocol: ACME, minVersion: version, maxVersion: version };
      await withTlsServer(options, async (server) => {
        expect(await probe(server)).toEqual({
          status: 'answered',
          address: '127.0.0.1',
          protocol: version,
          alpnProtocol: ACME,
          certificate: CERTIFICATE.der,
        });
      });
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'completes the handshake at the server too, sends no data and closes: %s',
    async (version) => {
      const options = { protocol: ACME, minVersion: version, maxVersion: version };
      await withTlsServer(options, async (server) => {
        await probe(server);
        await eventually(() => server.seen.length + server.failures.length > 0, 'the server is done');
        expect(server.failures).toEqual([]);
        expect(server.seen).toMatchObject([{ offered: [ACME], received: '', isResumed: false }]);
      });
    },
  );

  it.each([
    { serverName: 'www.shop.example', name: 'a name' },
    { serverName: 'xn--bcher-kva.example', name: 'a name in A-labels' },
    { serverName: reverseName('192.0.2.1'), name: 'the reverse name of an IPv4 address' },
    { serverName: reverseName('2001:db8::1'), name: 'the reverse name of an IPv6 address' },
  ])('sends $name in SNI: $serverName', async ({ serverName }) => {
    await withTlsServer({ protocol: ACME }, async (server) => {
      expect(await probe(server, { serverName })).toMatchObject({ status: 'answered' });
      await eventually(() => server.seen.length === 1, 'the server has seen the connection');
      expect(server.seen).toMatchObject([{ serverName }]);
    });
  });

  it('reports no ALPN protocol for a server that ignores ALPN', async () => {
    await withTlsServer({ protocol: null }, async (server) => {
      expect(await probe(server)).toMatchObject({ status: 'answered', alpnProtocol: null });
    });
  });

  it('fails at a server that supports only other ALPN protocols', async () => {
    await withTlsServer({ protocol: 'http/1.1' }, async (server) => {
      expect(await probe(server)).toEqual({
        status: 'failed',
        reason: 'tls',
        address: '127.0.0.1',
        message: 'the TLS handshake failed (ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL)',
      });
    });
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('fails at a server that supports at most %s', async (version) => {
    const old = { minVersion: 'TLSv1', maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await withTlsServer({ protocol: ACME, ...old }, async (server) => {
      expect(await probe(server)).toMatchObject({ status: 'failed', reason: 'tls' });
      expect(server.seen).toEqual([]);
    });
  });

  it('does not resume an earlier session', async () => {
    await withTlsServer({ protocol: ACME }, async (server) => {
      for (let round = 0; round < 3; round++) await probe(server);
      await eventually(() => server.seen.length === 3, 'the server has seen three connections');
      expect(server.seen.map(({ isResumed }) => isResumed)).toEqual([false, false, false]);
    });
  });

  it('reports the leaf of a certificate chain', async () => {
    const other = makeLabCertificate({ commonName: 'other' });
    const cert = `${CERTIFICATE.cert}\n${other.cert}`;
    await withTlsServer({ protocol: ACME, cert }, async (server) => {
      expect(await probe(server)).toMatchObject({ certificate: CERTIFICATE.der });
    });
  });

  it('reports the handshake and closes when the server sends endless data', async () => {
    const onConnection = (socket: { write(data: Buffer): void }) => socket.write(Buffer.alloc(1_000_000));
    await withTlsServer({ protocol: ACME, onConnection }, async (server) => {
      expect(await probe(server)).toMatchObject({ status: 'answered', alpnProtocol: ACME });
    });
  });

  it('fails when nothing listens', async () => {
    const gone = await withTlsServer({}, async (server) => server);
    expect(await probe(gone)).toMatchObject({
      status: 'failed',
      reason: 'unreachable',
      address: '127.0.0.1',
    });
  });
});
