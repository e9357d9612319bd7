import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpObservation } from '../../../../shared/domain/dcv/http/http-observation.ts';
import type { HttpGet } from '../../../../shared/ports/http-fetcher.ts';
import { get, withRawServer } from './lab.ts';
import { END, REQUEST, startRawServer } from './raw-server.ts';
import { CERTIFICATE, withTlsServer } from './tls-server.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'mpic-environment-'));
const program = join(folder, 'ask.mjs');

/** A process that sends one request, prints its observation, and reads no settings except Node's own. */
const SOURCE = `
  import { request as plainRequest } from 'node:http';
  import { createHttpFetcher } from './shared/adapters/net/http-fetcher.ts';
  import { createNetworkGuard } from './shared/adapters/net/network-guard.ts';
  import { parseIpNetwork } from './shared/domain/net/ip-network.ts';

  const { port, request, plain } = JSON.parse(process.argv[2]);
  const allowedNetworks = [parseIpNetwork('127.0.0.0/8')];
  const fetcher = createHttpFetcher(createNetworkGuard({ allowedNetworks, labPorts: { 80: port, 443: port } }));
  const observed = plain
    ? await new Promise((resolve) => {
        const client = plainRequest({ host: '127.0.0.1', port }, (response) => resolve({ status: 'answered' }));
        client.on('error', (error) => resolve({ status: 'failed', message: error.code })).end();
      })
    : await fetcher.get({ ...request, deadline: performance.now() + 10_000 });
  process.stdout.write(JSON.stringify(observed));
`;

beforeAll(async () => {
  await build({
    stdin: { contents: SOURCE, resolveDir: resolve(import.meta.dirname, '../../../..'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Asking {
  readonly port: number;
  readonly request?: Partial<HttpGet>;
  /** Use Node's client with its defaults, to show that the setting has an effect. */
  readonly plain?: boolean;
}

async function askFromChild(
  { request = {}, ...asking }: Asking,
  env: NodeJS.ProcessEnv,
): Promise<HttpObservation> {
  const argument = JSON.stringify({ ...asking, request: get(request) });
  const { stdout } = await run(process.execPath, [program, argument], { env });
  return JSON.parse(stdout);
}

describe('the environment of the process', () => {
  it('cannot redirect requests to a proxy', async () => {
    const canary = await startRawServer([REQUEST, 'HTTP/1.1 200 OK\r\n\r\nproxy', END]);
    const proxy = `http://127.0.0.1:${canary.port}`;
    const env = Object.fromEntries(
      ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'].map((name) => [
        name,
        proxy,
      ]),
    );
    try {
      const observed = await withRawServer([REQUEST, 'HTTP/1.1 204 X\r\n\r\n'], ({ port }) =>
        askFromChild({ port }, { ...env, NODE_USE_ENV_PROXY: '1', NO_PROXY: '' }),
      );
      expect(observed).toMatchObject({ status: 'answered', statusCode: 204 });
      expect(canary.connections).toBe(0);
    } finally {
      await canary.close();
    }
  });

  // Both framings at once: only a lenient parser accepts it (RFC 9112 section 6.3).
  const AMBIGUOUS = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  const LARGE = `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(17_000)}\r\nContent-Length: 0\r\n\r\n`;
  it.each([
    { options: '--insecure-http-parser', answer: AMBIGUOUS, reason: 'malformed' },
    { options: '--max-http-header-size=65536', answer: LARGE, reason: 'too-large' },
  ])('cannot make the parser lenient: NODE_OPTIONS=$options', async ({ options, answer, reason }) => {
    await withRawServer([REQUEST, answer, END], async ({ port }) => {
      const env = { NODE_OPTIONS: options };
      expect(await askFromChild({ port, plain: true }, env)).toMatchObject({ status: 'answered' });
      expect(await askFromChild({ port }, env)).toMatchObject({ status: 'failed', reason });
    });
  });

  const onConnection = (socket: TLSSocket) => {
    socket.once('data', () => socket.write('HTTP/1.1 204 X\r\n\r\n'));
  };
  const HTTPS = { scheme: 'https', port: 443 } as const;

  it.each(['0', '1'])(
    'cannot change how an invalid certificate is recorded: NODE_TLS_REJECT_UNAUTHORIZED=%s',
    async (value) => {
      await withTlsServer({ onConnection }, async ({ port }) => {
        const observed = await askFromChild(
          { port, request: HTTPS },
          { NODE_TLS_REJECT_UNAUTHORIZED: value },
        );
        expect(observed).toMatchObject({
          status: 'answered',
          tls: { verified: false, verificationError: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
        });
      });
    },
  );

  it('cannot make connections log their keys', async () => {
    const file = join(folder, 'keys.log');
    await withTlsServer({ onConnection }, async ({ port }) => {
      expect(await askFromChild({ port, request: HTTPS }, { SSLKEYLOGFILE: file })).toMatchObject({
        status: 'answered',
      });
    });
    expect(existsSync(file)).toBe(false);
  });

  it('cannot lower the TLS version: NODE_OPTIONS=--tls-min-v1.0', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const env = { NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0' };
    await withTlsServer({ onConnection, ...old }, async ({ port }) => {
      expect(await askFromChild({ port, request: HTTPS }, env)).toMatchObject({
        status: 'failed',
        reason: 'tls',
      });
    });
  });

  // The only way to trust a test root. The result of certificate verification is recorded, and does not fail the check.
  it.each([
    { host: 'www.shop.example', verified: true, error: null, name: 'its own name' },
    { host: '192.0.2.1', verified: true, error: null, name: 'its own address' },
    {
      host: 'other.example',
      verified: false,
      error: 'ERR_TLS_CERT_ALTNAME_INVALID',
      name: 'another name',
    },
    {
      host: '127.0.0.1',
      verified: false,
      error: 'ERR_TLS_CERT_ALTNAME_INVALID',
      name: 'another address',
    },
  ])(
    'can add a trusted root, under which a certificate is verified for $name',
    async ({ host, verified, error }) => {
      const file = join(folder, 'root.pem');
      writeFileSync(file, CERTIFICATE.cert);
      await withTlsServer({ onConnection }, async ({ port }) => {
        const request = { ...HTTPS, host };
        expect(await askFromChild({ port, request }, { NODE_EXTRA_CA_CERTS: file })).toMatchObject({
          status: 'answered',
          tls: { verified, verificationError: error },
        });
      });
    },
  );
});
