import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobView } from '../../shared/contract/api/response-schema.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import { createWallClock, findFaketime, type WallClock } from '../support/faketime.ts';
import { caaRequest } from '../support/harness.ts';
import { type SpawnedService, spawnService } from '../support/spawn-service.ts';
import { NAME } from '../support/views.ts';

const RECORDS = [{ name: NAME, type: 'CAA', values: ['0 issue "ca.example"'] }];
const DAY_SECONDS = 86_400;
/** All three attempts of a request, with their time for queues and writes. */
const ALL_ATTEMPTS_MS = 45_000;

const library = findFaketime();
if (library === null)
  process.stderr.write(
    'skipped: a wall clock that jumps (libfaketime is not installed: apt-get install faketime)\n',
  );

// Needs the programs in dist/, which `npm test` builds first.
describe.skipIf(library === null)('a wall clock that jumps under a real process', () => {
  let dns: LabServer;
  let folder: string;
  let clock: WallClock;
  const running: SpawnedService[] = [];

  beforeAll(async () => {
    dns = await startDnsServer({ records: RECORDS });
  });
  afterAll(() => dns.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpic-jump-'));
    clock = createWallClock(library ?? '', folder);
    dns.setView({ records: RECORDS, scripts: [{ name: '*', delayMs: 700 }] });
  });
  afterEach(async () => {
    for (const { child, exited } of running.splice(0)) {
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const dataDir = () => join(folder, 'data');

  async function start(): Promise<SpawnedService> {
    const resolver = `${dns.address}:${dns.port}`;
    const args = ['--data-dir', dataDir(), '--port', '0', '--resolver', resolver, '--log', 'json'];
    const service = await spawnService(args, [], clock.environment);
    running.push(service);
    return service;
  }

  const post = (service: SpawnedService, query: string) =>
    fetch(`${service.url}/mpic${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(caaRequest()),
    });

  /** Resolves once a perspective has queried the DNS after the first `before` queries. */
  async function asked(before: number): Promise<void> {
    while (dns.queries().length === before) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Polls a request until it ends, for at most `ms`. */
  async function follow({ url }: SpawnedService, id: string, ms: number): Promise<JobView> {
    const until = performance.now() + ms;
    for (;;) {
      const job = (await (await fetch(`${url}/mpic/${id}?wait=5`)).json()) as JobView;
      if (job.status === 'completed' || performance.now() > until) return job;
    }
  }

  function decisionsAbout(id: string): readonly { readonly attempt: number }[] {
    const audit = join(dataDir(), 'audit');
    return readdirSync(audit)
      .flatMap((name) => readFileSync(join(audit, name), 'utf8').trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as { event: string; mpic_id?: string; attempt: number })
      .filter(({ event, mpic_id }) => event === 'quorum-decision' && mpic_id === id);
  }

  it('is the clock that the process uses', async () => {
    clock.set(-40 * DAY_SECONDS);
    const service = await start();
    const { mpic_id } = (await (await post(service, '?async=true')).json()) as { mpic_id: string };
    const { created_at } = await follow(service, mpic_id, 0);
    const off = (Date.now() - Date.parse(created_at)) / 1000 / DAY_SECONDS;
    expect(Math.round(off)).toBe(40);
  });

  it.each([
    { name: 'a day ahead', query: '?async=true', seconds: DAY_SECONDS },
    { name: 'a day back', query: '?async=true', seconds: -DAY_SECONDS },
    { name: 'a minute ahead', query: '?async=true', seconds: 60 },
    { name: 'a minute back', query: '?async=true', seconds: -60 },
    { name: 'a day ahead, while the client waits', query: '', seconds: DAY_SECONDS },
    { name: 'a day back, while the client waits', query: '', seconds: -DAY_SECONDS },
  ])('$name: the request ends once and in time, and the next one is served', async ({ query, seconds }) => {
    const service = await start();
    const before = dns.queries().length;
    const startedAt = performance.now();
    const answer = post(service, query);
    await asked(before);
    clock.set(seconds);
    const { mpic_id } = (await (await answer).json()) as { mpic_id: string };
    const job = await follow(service, mpic_id, ALL_ATTEMPTS_MS);
    expect(performance.now() - startedAt).toBeLessThan(ALL_ATTEMPTS_MS);
    expect(job).toMatchObject({ status: 'completed', mpic_id });

    dns.setView({ records: RECORDS });
    const next = await post(service, '');
    expect(next.status).toBe(200);
    expect(await next.json()).toMatchObject({ is_valid: true });

    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    const decisions = decisionsAbout(mpic_id);
    expect(decisions).toHaveLength(new Set(decisions.map(({ attempt }) => attempt)).size);
    expect(decisions.length).toBeGreaterThan(0);
  });
});
