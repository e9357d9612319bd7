import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobView, MpicResponse } from '../../shared/contract/api/response-schema.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import { eventually } from '../support/eventually.ts';
import { caaRequest } from '../support/harness.ts';
import { NO_SMALL_DISK, openSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { type SpawnedService, spawnService } from '../support/spawn-service.ts';
import { NAME } from '../support/views.ts';

const DISK_BYTES = 16 * 1024 * 1024;
const PAGE_BYTES = 4096;
const RECORDS = [{ name: NAME, type: 'CAA', values: ['0 issue "ca.example"'] }];
/** Delay of DNS responses, so that the disk fills while requests run. */
const DELAY_MS = 400;
/** Longer than the longest pause before the database is reopened. */
const REOPEN_MS = 40_000;

interface AuditLine {
  readonly record_id: string;
  readonly mpic_id?: string;
  readonly event: string;
  readonly is_valid?: boolean;
}

// Needs the programs in dist/, which `npm test` builds first.
describe.skipIf(NO_SMALL_DISK !== null)('A service whose disk fills', () => {
  let dns: LabServer;
  let disk: SmallDisk;
  const running: SpawnedService[] = [];

  beforeAll(async () => {
    dns = await startDnsServer({ records: RECORDS });
  });
  afterAll(() => dns.close());
  beforeEach(async () => {
    dns.setView({ records: RECORDS });
    disk = await openSmallDisk(DISK_BYTES);
  });
  afterEach(async () => {
    for (const { child, exited } of running.splice(0)) {
      child.kill('SIGKILL');
      await exited;
    }
    await disk.close();
  });

  async function start(log: string[] = [], minFreeMb = 0): Promise<SpawnedService> {
    const settings = { 'data-dir': join(disk.inner, 'data'), port: 0, 'min-free-mb': minFreeMb, log: 'json' };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const service = await spawnService(
      [...flags, '--resolver', `${dns.address}:${dns.port}`],
      log,
      {},
      (command) => disk.inside(command),
    );
    running.push(service);
    return service;
  }

  /** Records what clients were answered, and checks it afterwards. */
  class Client {
    readonly verdicts = new Map<string, MpicResponse>();
    readonly accepted = new Set<string>();
    service: SpawnedService;

    constructor(service: SpawnedService) {
      this.service = service;
    }

    async post(query = ''): Promise<number> {
      const response = await fetch(`${this.service.url}/mpic${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(caaRequest()),
      });
      const body = (await response.json()) as MpicResponse;
      if (response.status === 202 || response.status === 200) this.accepted.add(body.mpic_id);
      if (response.status === 200) this.verdicts.set(body.mpic_id, body);
      return response.status;
    }

    async postAll(count: number, query = ''): Promise<void> {
      const statuses = await Promise.all(Array.from({ length: count }, () => this.post(query)));
      expect(new Set(statuses)).toEqual(new Set([query === '' ? 200 : 202]));
    }

    async ready(): Promise<number> {
      return (await fetch(`${this.service.url}/readyz`)).status;
    }

    /** Checks that each accepted request has one verdict, the one that was answered. */
    async expectKept(): Promise<void> {
      for (const id of this.accepted) {
        const response = await fetch(`${this.service.url}/mpic/${id}?wait=25`);
        expect(response.status, id).toBe(200);
        const job = (await response.json()) as JobView;
        expect(job.status, id).toBe('completed');
        const told = this.verdicts.get(id);
        if (told !== undefined) expect(job.response, id).toEqual(told);
        this.verdicts.set(id, job.response as MpicResponse);
      }
    }
  }

  function readAudit(): readonly AuditLine[] {
    const folder = join(disk.path, 'data', 'audit');
    return readdirSync(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as AuditLine),
    );
  }

  /** Checks that each attempt of each request has seven records, each once. */
  function expectAudited({ accepted, verdicts }: Client): void {
    const audit = readAudit();
    const ids = audit.map(({ record_id }) => record_id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const id of accepted) {
      const verdict = verdicts.get(id);
      const own = audit.filter(({ mpic_id, event }) => mpic_id === id && event !== 'late-result');
      expect(own, id).toHaveLength(7 * (verdict?.actual_orchestration_parameters?.attempt_count ?? 1));
      const decisions = own.flatMap(({ is_valid }) => is_valid ?? []);
      if (verdict !== undefined) expect(decisions.at(-1), id).toBe(verdict.is_valid);
    }
  }

  async function expectKeptAtNextStart(client: Client): Promise<void> {
    client.service = await start();
    await client.expectKept();
    expect(await end(client.service, 'SIGTERM')).toBe(0);
    expectAudited(client);
  }

  async function end(service: SpawnedService, signal: NodeJS.Signals): Promise<number | null> {
    service.child.kill(signal);
    return service.exited;
  }

  it.each(
    (['SIGTERM', 'SIGKILL'] as const).flatMap((signal) =>
      [0, 1, 3, 8, 16].map((pages) => ({ signal, pages })),
    ),
  )(
    'to $pages pages, then has space again, then ends by $signal, loses and changes nothing that was answered',
    async ({ signal, pages }) => {
      const client = new Client(await start());
      await client.postAll(5 + pages);
      dns.setView({ records: RECORDS, scripts: [{ name: '*', delayMs: DELAY_MS }] });
      await client.postAll(4, '?async=true');
      disk.fill(pages * PAGE_BYTES);
      await eventually(async () => (await client.post()) === 503, 'a request is rejected', 20_000);
      dns.setView({ records: RECORDS });
      // Perhaps only the audit trail is full; then the store fails at the next requests, or does not fail at all.
      for (let count = 0; count < 5; count++) await client.post('?async=true');
      disk.free();
      await eventually(async () => (await client.ready()) === 200, 'ready again', REOPEN_MS, 50);
      await client.postAll(30);
      await end(client.service, signal);
      await expectKeptAtNextStart(client);
    },
    120_000,
  );

  it('and stays full logs it, ends by SIGTERM, and has all answered requests at the next start', async () => {
    const log: string[] = [];
    const client = new Client(await start(log));
    await client.postAll(10);
    disk.fill(0);
    await eventually(async () => (await client.post('?async=true')) === 503, 'refused', 20_000);
    expect(await client.ready()).toBe(503);
    const code = await end(client.service, 'SIGTERM');
    expect(code).toBe(0);
    // With the reason of the operating system.
    expect(log.join('')).toMatch(/"event":"store_failed","error":"[^"]*[Nn]o space left/);
    disk.free();
    await expectKeptAtNextStart(client);
  }, 120_000);

  it('and that is killed while it is full reports it at the start or serves all answered requests', async () => {
    const client = new Client(await start());
    await client.postAll(20);
    disk.fill(PAGE_BYTES);
    await eventually(async () => (await client.post('?async=true')) === 503, 'refused', 20_000);
    await end(client.service, 'SIGKILL');
    for (let starts = 0; starts < 3; starts++) {
      const log: string[] = [];
      const started = await start(log).catch((error: unknown) => String(error));
      if (typeof started === 'string') expect(started).toMatch(/no space|cannot start/i);
      else await end(started, 'SIGKILL');
    }
    disk.free();
    await expectKeptAtNextStart(client);
  }, 120_000);

  it('below the minimum free space accepts no request and ends the running ones', async () => {
    const log: string[] = [];
    const client = new Client(await start(log, 4));
    dns.setView({ records: RECORDS, scripts: [{ name: '*', delayMs: 3 * DELAY_MS }] });
    await client.postAll(4, '?async=true');
    disk.fill(3 * 1024 * 1024);
    await eventually(async () => (await client.ready()) === 503, 'not ready', 10_000, 50);
    const refused = await fetch(`${client.service.url}/mpic`, { method: 'POST' });
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      503,
      'storage-full',
    ]);
    await client.expectKept();
    disk.free();
    await eventually(async () => (await client.ready()) === 200, 'ready again', 10_000, 50);
    dns.setView({ records: RECORDS });
    await client.postAll(5);
    expect(await end(client.service, 'SIGTERM')).toBe(0);
    expect(log.join('')).toContain('"storage_full"');
    expect(log.join('')).toContain('"storage_has_room"');
    expectAudited(client);
  }, 60_000);
});

if (NO_SMALL_DISK !== null) process.stderr.write(`skipped: a service whose disk fills; ${NO_SMALL_DISK}\n`);
