import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeLabCertificate } from '../../lab/web/lab-certificate.ts';

let folder: string;
let child: ChildProcess | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-process-'));
  await build({
    entryPoints: ['test/lab/lab-process.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    // CommonJS packages inside the bundle ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile: join(folder, 'lab-process.mjs'),
    logLevel: 'error',
  });
});
afterEach(() => {
  child?.kill('SIGKILL');
  child = null;
});
afterAll(() => rm(folder, { recursive: true }));

async function launch(options: unknown): Promise<ChildProcess> {
  const file = join(folder, 'options.json');
  await writeFile(file, JSON.stringify(options));
  child = fork(join(folder, 'lab-process.mjs'), [file], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  return child;
}

async function readReady({ stdout }: ChildProcess): Promise<unknown> {
  if (stdout === null) throw new Error('no output');
  const [line] = await once(stdout, 'data');
  return JSON.parse(String(line));
}

async function ask(socket: Socket): Promise<string> {
  socket.write('GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n');
  return text(socket);
}

const sites = [{ path: '/a', answer: { body: 'hello' } }];
const view = { records: [{ name: 'a.test', type: 'A', values: ['127.0.0.1'] }] };
const localServer = expect.stringMatching(/^127\.0\.0\.1:\d+$/);

describe('the lab process', () => {
  it('serves web servers alone, with and without TLS', async () => {
    const { cert, key } = makeLabCertificate({ names: [{ type: 'dns', value: 'shop.test' }] });
    const started = await launch({
      web: { http: { sites }, https: { sites, tls: { default: { cert, key } } } },
    });
    const ready = await readReady(started);
    expect(ready).toEqual({ servers: {}, web: { http: expect.any(Number), https: expect.any(Number) } });
    const { web } = ready as { web: { http: number; https: number } };
    const host = '127.0.0.1';
    expect(await ask(connectTcp(web.http, host))).toMatch(/hello$/);
    expect(await ask(connectTls({ port: web.https, host, rejectUnauthorized: false }))).toMatch(/hello$/);
  });

  it.each([
    { name: 'name servers alone', options: { views: { one: view } }, servers: ['one'], web: [] },
    {
      name: 'name and web servers',
      options: { views: { one: view, two: view }, web: { a: { sites } } },
      servers: ['one', 'two'],
      web: ['a'],
    },
  ])('says where it serves $name', async ({ options, servers, web }) => {
    expect(await readReady(await launch(options))).toEqual({
      servers: Object.fromEntries(servers.map((key) => [key, localServer])),
      web: Object.fromEntries(web.map((key) => [key, expect.any(Number)])),
    });
  });

  it('ends by SIGTERM though clients are connected', async () => {
    const started = await launch({ web: { a: { onAccept: 'silence' } } });
    const { web } = (await readReady(started)) as { web: { a: number } };
    const socket = connectTcp(web.a, '127.0.0.1');
    await once(socket, 'connect');
    const left = once(socket.on('error', () => {}).resume(), 'close');
    const exited = once(started, 'exit');
    started.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await left;
  });

  it.each([
    { name: 'there is nothing to serve', options: {}, says: /nothing to serve; give records, views or web/ },
    { name: 'all lists are empty', options: { views: {}, web: {} }, says: /nothing to serve/ },
    {
      name: 'a certificate cannot be read',
      options: { web: { a: { tls: { default: { cert: 'no PEM', key: 'no PEM' } } } } },
      says: /PEM|no start line/,
    },
    {
      name: 'an address is not of this machine',
      options: { web: { a: { host: '192.0.2.1' } } },
      says: /EADDRNOTAVAIL/,
    },
  ])('does not start when $name, and says so', async ({ options, says }) => {
    const started = await launch(options);
    if (started.stderr === null) throw new Error('no standard error');
    const [[status], message] = await Promise.all([once(started, 'exit'), text(started.stderr)]);
    expect(status).toBe(1);
    expect(message).toMatch(says);
  });
});
