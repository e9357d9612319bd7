import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobView, MpicResponse } from '../../shared/contract/api/response-schema.ts';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import { caaRequest } from '../support/harness.ts';
import { runService, type SpawnedService, spawnService } from '../support/spawn-service.ts';
import { NAME } from '../support/views.ts';

/** Delay of DNS responses, so that a request is still running when the test acts. */
const DELAY_MS = 700;
const RECORDS = [{ name: NAME, type: 'CAA', values: ['0 issue "ca.example"'] }];

// Needs the programs in dist/, which `npm test` builds first.
describe('A real process', () => {
  let dns: LabServer;
  let folder: string;
  const running: SpawnedService[] = [];

  beforeAll(async () => {
    dns = await startDnsServer({ records: RECORDS });
  });
  afterAll(() => dns.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpic-process-'));
    dns.setView({ records: RECORDS });
  });
  afterEach(async () => {
    for (const { child, exited } of running.splice(0)) {
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const slowDown = () => dns.setView({ records: RECORDS, scripts: [{ name: '*', delayMs: DELAY_MS }] });

  async function start(env: NodeJS.ProcessEnv = {}, log: string[] = []): Promise<SpawnedService> {
    const resolver = `${dns.address}:${dns.port}`;
    const service = await spawnService(
      ['--data-dir', folder, '--port', '0', '--resolver', resolver, '--log', 'json'],
      log,
      env,
    );
    running.push(service);
    return service;
  }

  const post = (service: SpawnedService, query = '', key = 'k') =>
    fetch(`${service.url}/mpic${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(caaRequest()),
    });

  /** Resolves once a perspective has queried the DNS after the first `before` queries. */
  async function asked(before: number): Promise<void> {
    while (dns.queries().length === before) await new Promise((resolve) => setImmediate(resolve));
  }

  async function kill({ child, exited }: SpawnedService, signal: NodeJS.Signals): Promise<number | null> {
    child.kill(signal);
    return exited;
  }

  it('that is killed during an asynchronous request leaves it to the next process, which finishes it', async () => {
    slowDown();
    const first = await start();
    const before = dns.queries().length;
    const { mpic_id } = (await (await post(first, '?async=true')).json()) as { mpic_id: string };
    await asked(before);
    await kill(first, 'SIGKILL');
    const second = await start();
    const job = (await (await fetch(`${second.url}/mpic/${mpic_id}?wait=25`)).json()) as JobView;
    expect(job).toMatchObject({ mpic_id, status: 'completed', attempt: 1, response: { is_valid: true } });
    expect(await kill(second, 'SIGTERM')).toBe(0);
    const ids = readAudit()
      .filter((record) => record.mpic_id === mpic_id)
      .map(({ record_id }) => record_id);
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(7);
  });

  it('under npm start gets its SIGTERM, stops in order, and npm exits with 0', async () => {
    const log: string[] = [];
    const args = [
      '--data-dir',
      folder,
      '--port',
      '0',
      '--resolver',
      `${dns.address}:${dns.port}`,
      '--log',
      'json',
    ];
    const service = await spawnService(args, log, {}, ([, , ...rest]) => [
      'npm',
      'run',
      '--silent',
      'start',
      '--',
      ...rest,
    ]);
    running.push(service);
    expect(await kill(service, 'SIGTERM')).toBe(0);
    expect(log.join('')).toContain('"service_stopped"');
  });

  it('that is killed during a synchronous request leaves it to the next process, where its key returns the answer', async () => {
    slowDown();
    const first = await start();
    const before = dns.queries().length;
    const lost = post(first).catch((error: unknown) => error);
    await asked(before);
    await kill(first, 'SIGKILL');
    expect(await lost).toBeInstanceOf(Error);
    const second = await start();
    const answer = (await (await post(second)).json()) as MpicResponse;
    expect(answer).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '6/6' } });
    const job = (await (await fetch(`${second.url}/mpic/${answer.mpic_id}`)).json()) as JobView;
    expect(job).toMatchObject({ status: 'completed', attempt: 1 });
  });

  it('finishes running requests on SIGTERM, ends open connections and exits with 0', async () => {
    slowDown();
    const service = await start();
    const agent = new Agent({ keepAlive: true });
    const before = dns.queries().length;
    const answered = new Promise<number>((resolve, reject) => {
      const sending = request(
        `${service.url}/mpic`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
        (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0));
        },
      );
      sending.once('error', reject);
      sending.end(JSON.stringify(caaRequest()));
    });
    await asked(before);
    const stoppedAt = performance.now();
    const code = kill(service, 'SIGTERM');
    expect(await answered).toBe(200);
    expect(await code).toBe(0);
    // The client keeps its connection open; the server does not wait for it.
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    agent.destroy();
    expect(readAudit().map(({ event }) => event)).toEqual(
      expect.arrayContaining(['service-started', 'quorum-decision', 'service-stopped']),
    );
  });

  it('finishes a request whose client disconnects', async () => {
    slowDown();
    const service = await start();
    const before = dns.queries().length;
    const abort = new AbortController();
    const abandoned = fetch(`${service.url}/mpic`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'gone' },
      body: JSON.stringify(caaRequest()),
      signal: abort.signal,
    }).catch(() => null);
    await asked(before);
    abort.abort();
    expect(await abandoned).toBeNull();
    const again = (await (await post(service, '', 'gone')).json()) as MpicResponse;
    expect(again.is_valid).toBe(true);
    // Three queries for each perspective, each repeated while the slow response is awaited (decision 0016), and no
    // second check.
    expect(dns.queries().length - before).toBeLessThanOrEqual(3 * 3 * 6);
  });

  /** Resolves once the service has logged `event`. */
  async function logged(log: readonly string[], event: string): Promise<void> {
    while (!log.join('').includes(`"${event}"`)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it('reloads its key file on SIGHUP, keeps the old keys if the file is invalid, and ends nothing', async () => {
    const file = join(folder, 'keys.json');
    const write = (...keys: string[]) =>
      writeFileSync(
        file,
        JSON.stringify({ callers: [{ name: 'ca', keys: keys.map((key) => `sha256:${hashKey(key)}`) }] }),
      );
    const log: string[] = [];
    const statusOf = async (key: string) =>
      (await fetch(`${service.url}/perspectives`, { headers: { 'x-api-key': key } })).status;
    write('the-first-key-there-is');
    const service = await start({ MPIC_API_KEYS_FILE: file }, log);
    expect([await statusOf('the-first-key-there-is'), await statusOf('the-next-key-there-is')]).toEqual([
      200, 403,
    ]);

    write('the-first-key-there-is', 'the-next-key-there-is');
    service.child.kill('SIGHUP');
    await logged(log, 'api_keys_reloaded');
    expect([await statusOf('the-first-key-there-is'), await statusOf('the-next-key-there-is')]).toEqual([
      200, 200,
    ]);

    writeFileSync(file, '{}');
    service.child.kill('SIGHUP');
    await logged(log, 'api_keys_not_reloaded');
    expect([await statusOf('the-first-key-there-is'), await statusOf('no-key-of-this-one')]).toEqual([
      200, 403,
    ]);
    expect(log.join('')).not.toContain('key-there-is');
    expect(await kill(service, 'SIGTERM')).toBe(0);
  });

  it('ends nothing on SIGHUP without a key file', async () => {
    const log: string[] = [];
    const service = await start({}, log);
    service.child.kill('SIGHUP');
    await logged(log, 'nothing_to_reload');
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    expect(await kill(service, 'SIGTERM')).toBe(0);
  });

  it('makes its files accessible to its own user only', async () => {
    chmodSync(folder, 0o755);
    const service = await start();
    await post(service);
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, name),
    );
    expect([folder, ...entries].filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([]);
    expect(entries.length).toBeGreaterThan(4);
  });

  it('keeps requests in the data folder over a restart', async () => {
    const first = await start();
    const answer = (await (await post(first)).json()) as MpicResponse;
    expect(await kill(first, 'SIGTERM')).toBe(0);
    const second = await start();
    const job = (await (await fetch(`${second.url}/mpic/${answer.mpic_id}`)).json()) as JobView;
    expect(job.response).toEqual(answer);
  });

  it('rejects a data folder that another process uses', async () => {
    await start();
    const exit = await runService(['--data-dir', folder, '--port', '0', '--resolver', '127.0.0.1:53']);
    expect(exit.code).toBe(1);
    expect(exit.stderr).toContain(`${folder} is used by another process; MPIC_DATA_DIR chooses another`);
    expect(exit.stdout).toBe('');
  });

  it('rejects a port that is taken, and says so', async () => {
    const service = await start();
    const { port } = new URL(service.url);
    const exit = await runService(['--data-dir', ':memory:', '--port', port, '--resolver', '127.0.0.1:53']);
    expect(exit.code).toBe(1);
    expect(exit.stderr).toContain(`port ${port} of 127.0.0.1 is taken by another process; choose another`);
  });

  it('rejects a host that does not resolve, in one line', async () => {
    const args = ['--data-dir', ':memory:', '--host', 'no-such-host.invalid', '--resolver', '127.0.0.1:53'];
    const exit = await runService(args, { MPIC_API_KEYS: 'ca:0123456789abcdef' });
    expect(exit.code).toBe(1);
    const [last] = exit.stderr.trimEnd().split('\n').slice(-1);
    expect(last).toMatch(
      /^The service cannot start: MPIC_HOST is no-such-host\.invalid, a name that does not resolve/,
    );
  });

  it('warns at the start about a resolver that does not answer', async () => {
    const log: string[] = [];
    const args = ['--data-dir', ':memory:', '--port', '0', '--log', 'json', '--resolver', '127.0.0.1:9'];
    const service = await spawnService(args, log);
    running.push(service);
    expect(log.join('')).toMatch(/"level":"warn","event":"resolver_silent","resolver":"127\.0\.0\.1:9"/);
  });

  it.each([
    {
      name: 'roles on a backend where one process does everything',
      args: ['--roles', 'api'],
      env: {},
      says: ['MPIC_ROLES is for the aws backend'],
    },
    {
      name: 'a value that begins with a dash',
      args: ['--port', '-1'],
      env: {},
      says: ['--port needs a value; one that begins with a dash is written --port=<value>; --help lists'],
    },
    {
      name: 'a backend that does not exist',
      args: ['--backend', 'azure'],
      env: {},
      says: ['MPIC_BACKEND: must be one of embedded, emulated, aws\n'],
    },
    { name: 'an unknown flag', args: ['--prot', '1'], env: {}, says: ['--prot'] },
    { name: 'an unknown variable', args: [], env: { MPIC_PROT: '1' }, says: ['MPIC_PROT is not a setting'] },
    {
      name: 'a secret as a flag',
      args: ['--api-keys', 'ca:0123456789abcdef'],
      env: {},
      says: ['--api-keys is a secret', 'MPIC_API_KEYS'],
    },
    {
      name: 'more requests than open files allow',
      args: ['--max-running', '100000'],
      env: {},
      says: ['MPIC_MAX_RUNNING to at most', 'ulimit -n'],
    },
    { name: 'a port out of range', args: ['--port', '99999'], env: {}, says: ['MPIC_PORT'] },
    {
      name: 'a host that others can reach, without keys',
      args: ['--host', '0.0.0.0'],
      env: {},
      says: ['MPIC_HOST', 'MPIC_API_KEYS'],
    },
  ])('rejects $name with exit status 2 and a message', async ({ args, env, says }) => {
    const exit = await runService(['--data-dir', ':memory:', ...args], env);
    expect(exit.code).toBe(2);
    for (const text of says) expect(exit.stderr).toContain(text);
  });

  it('rejects perspectives too close to each other, naming both and their distance', async () => {
    const file = join(folder, 'perspectives.json');
    const place = (code: string, rir: string, latitude: number, longitude: number) => ({
      code,
      name: code,
      rir,
      latitude,
      longitude,
    });
    const perspectives = [
      place('us-east-1', 'ARIN', 39.0438, -77.4874),
      place('us-east-2', 'ARIN', 40.0946, -82.7541),
      place('us-west-2', 'ARIN', 45.8399, -119.7006),
      place('eu-west-1', 'RIPE NCC', 53.3498, -6.2603),
      place('eu-central-1', 'RIPE NCC', 50.1109, 8.6821),
      place('sa-east-1', 'LACNIC', -23.5505, -46.6333),
    ];
    writeFileSync(file, JSON.stringify({ perspectives }));
    const exit = await runService(['--data-dir', ':memory:', '--config', file]);
    expect(exit.code).toBe(2);
    expect(exit.stderr).toMatch(/"us-east-1" and perspective "us-east-2" is 4\d\d\.\d km/);
    expect(exit.stderr).toContain('at least 500 km');
  });

  function readAudit(): readonly { event: string; record_id: string; mpic_id?: string }[] {
    const audit = join(folder, 'audit');
    return readdirSync(audit).flatMap((name) =>
      readFileSync(join(audit, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; record_id: string; mpic_id?: string }),
    );
  }
});
