import { describe, expect, it } from 'vitest';
import { createHttpFetcher } from '../../../../shared/adapters/net/http-fetcher.ts';
import { createTlsProber } from '../../../../shared/adapters/net/tls-prober.ts';
import type { HttpObservation } from '../../../../shared/domain/dcv/http/http-observation.ts';
import type { TlsObservation } from '../../../../shared/domain/dcv/tls-alpn/tls-observation.ts';
import { get, loopbackGuard, soon, withRawServer } from './lab.ts';
import { DATA, END, type RawServer, RESET, type Step } from './raw-server.ts';

/** The clients that use TLS. */
const CLIENTS: readonly {
  readonly client: string;
  readonly run: (
    server: RawServer,
    deadline: number,
    signal?: AbortSignal,
  ) => Promise<TlsObservation | HttpObservation>;
}[] = [
  {
    client: 'prober',
    run: ({ port }, deadline, signal) =>
      createTlsProber(loopbackGuard(port)).probe({
        addresses: ['127.0.0.1'],
        serverName: 'www.shop.example',
        alpnProtocol: 'acme-tls/1',
        deadline,
        signal,
      }),
  },
  {
    client: 'fetcher',
    run: ({ port }, deadline, signal) =>
      createHttpFetcher(loopbackGuard(port)).get(get({ scheme: 'https', port: 443, deadline, signal })),
  },
];

/** A record with version 3.3 and the correct length. */
function record(type: number, body: string): Buffer {
  const octets = Buffer.from(body, 'hex');
  const header = Buffer.from([type, 3, 3, 0, 0]);
  header.writeUInt16BE(octets.length, 3);
  return Buffer.concat([header, octets]);
}

const ALERT = 0x15;
const HANDSHAKE = 0x16;

describe.each(CLIENTS)('the TLS handshake of the $client', ({ run }) => {
  it.each<{ name: string; steps: readonly Step[]; message: RegExp }>([
    {
      name: 'plain HTTP',
      steps: ['HTTP/1.1 400 Bad Request\r\n\r\n', END],
      message: /ERR_SSL_WRONG_VERSION_NUMBER/,
    },
    { name: 'octets that are not records', steps: [Buffer.alloc(200, 0xff)], message: /ERR_SSL_/ },
    {
      name: 'an alert: handshake failure',
      steps: [record(ALERT, '0228')],
      message: /ALERT_HANDSHAKE_FAILURE/,
    },
    {
      name: 'an alert: no application protocol (RFC 7301 section 3.2)',
      steps: [record(ALERT, '0278')],
      message: /ALERT_NO_APPLICATION_PROTOCOL/,
    },
    { name: 'an alert: unknown name', steps: [record(ALERT, '0270')], message: /ERR_SSL_/ },
    { name: 'a handshake message of 16 MiB', steps: [record(HANDSHAKE, '02ffffff00')], message: /ERR_SSL_/ },
    { name: 'an unexpected handshake message', steps: [record(HANDSHAKE, '14000000')], message: /ERR_SSL_/ },
    { name: 'application data', steps: [record(0x17, '0011')], message: /ERR_SSL_/ },
  ])('fails on $name', async ({ steps, message }) => {
    const failure = await withRawServer([DATA, ...steps], (server) => run(server, soon()));
    expect(failure).toMatchObject({
      status: 'failed',
      reason: 'tls',
      address: '127.0.0.1',
      message: expect.stringMatching(message),
    });
    expect(failure.status === 'failed' && failure.message).toMatch(
      /^the TLS handshake failed \([A-Z0-9_/]+\)$/,
    );
  });

  it.each<{ name: string; steps: readonly Step[] }>([
    { name: 'closes after the ClientHello', steps: [DATA, END] },
    { name: 'resets after the ClientHello', steps: [DATA, RESET] },
    { name: 'closes within a record', steps: [DATA, record(HANDSHAKE, '0200').subarray(0, 3), END] },
    { name: 'resets within a record', steps: [DATA, record(HANDSHAKE, '0200').subarray(0, 3), RESET] },
    { name: 'closes at once', steps: [END] },
  ])('fails when the server $name', async ({ steps }) => {
    expect(await withRawServer(steps, (server) => run(server, soon()))).toMatchObject({
      status: 'failed',
      reason: 'closed',
      address: '127.0.0.1',
      message: 'the peer closed the connection during the TLS handshake',
    });
  });

  it.each<{ name: string; steps: readonly Step[] }>([
    { name: 'accepts and does not respond', steps: [] },
    { name: 'stops within a record', steps: [DATA, record(HANDSHAKE, '0200').subarray(0, 5)] },
    { name: 'sends an undefined alert', steps: [DATA, record(ALERT, '02ff')] },
    {
      name: 'sends a record octet by octet',
      steps: [DATA, Buffer.from('1603034000', 'hex'), { repeat: '\u0000', everyMs: 30 }],
    },
  ])('ends by the deadline when the server $name', async ({ steps }) => {
    const startedAt = performance.now();
    const failure = await withRawServer(steps, (server) => run(server, soon(400)));
    expect(failure).toMatchObject({
      status: 'failed',
      reason: 'timeout',
      address: '127.0.0.1',
      message: 'the time was over during the TLS handshake',
    });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('ends by the deadline in an endless stream of warnings', async () => {
    const warning = record(ALERT, '0100').toString('latin1');
    const steps: Step[] = [DATA, { repeat: warning.repeat(100), everyMs: 0 }];
    const startedAt = performance.now();
    expect(await withRawServer(steps, (server) => run(server, soon(1000)))).toMatchObject({
      status: 'failed',
    });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('ends when the check is aborted', async () => {
    const controller = new AbortController();
    const failure = await withRawServer([DATA], (server) => {
      setTimeout(() => controller.abort(), 50);
      return run(server, soon(), controller.signal);
    });
    expect(failure).toMatchObject({ reason: 'aborted', address: '127.0.0.1' });
  });
});
