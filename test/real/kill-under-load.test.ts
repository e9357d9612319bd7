import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobView, MpicResponse } from '../../shared/contract/api/response-schema.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import { caaRequest } from '../support/harness.ts';
import { Random } from '../support/random.ts';
import { type SpawnedService, spawnService } from '../support/spawn-service.ts';
import { NAME } from '../support/views.ts';

const CALLERS = 16;
/** Number of processes ended by `kill -9`; one more finishes what they left. */
const LIVES = 3;
const PERSPECTIVES = 6;
const RECORDS = [{ name: NAME, type: 'CAA', values: ['0 issue "ca.example"'] }];

/** What one client was answered. */
interface Told {
  readonly key: string;
  readonly id: string;
  readonly isValid: boolean | null;
}

interface Filed {
  readonly event: string;
  readonly record_id: string;
  readonly mpic_id?: string;
}

// Needs the programs in dist/, which `npm test` builds first.
describe('a service ended by kill -9 under load, on a real disk', () => {
  let dns: LabServer;
  let folder: string;
  const running: SpawnedService[] = [];

  beforeAll(async () => {
    // Slow enough that requests are interrupted in every phase, from the first write to the last.
    dns = await startDnsServer({ records: RECORDS, scripts: [{ name: '*', delayMs: 20 }] });
  });
  afterAll(() => dns.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpic-killed-'));
  });
  afterEach(async () => {
    for (const { child, exited } of running.splice(0)) {
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<SpawnedService> {
    const resolver = `${dns.address}:${dns.port}`;
    const service = await spawnService([
      ...['--data-dir', folder, '--port', '0', '--resolver', resolver, '--log', 'json'],
    ]);
    running.push(service);
    return service;
  }

  /** Sends requests until the service is gone; records what was acknowledged. */
  async function load(service: SpawnedService, name: string, random: Random, told: Told[]): Promise<void> {
    for (let index = 0; ; index++) {
      const key = `${name}-${index}`;
      try {
        const response = await fetch(`${service.url}/mpic${random.chance(0.5) ? '?async=true' : ''}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify(caaRequest()),
        });
        const body = (await response.json()) as Partial<MpicResponse>;
        if (response.status !== 200 && response.status !== 202) continue;
        told.push({ key, id: body.mpic_id ?? '', isValid: body.is_valid ?? null });
      } catch {
        return;
      }
    }
  }

  function readAudit(): readonly Filed[] {
    const audit = join(folder, 'audit');
    return readdirSync(audit).flatMap((name) =>
      readFileSync(join(audit, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Filed),
    );
  }

  it.each([1, 2])(
    'loses nothing it has acknowledged, and decides nothing twice: seed %i',
    async (seed) => {
      const random = new Random(seed);
      const told: Told[] = [];
      for (let life = 0; life < LIVES; life++) {
        const service = await start();
        const callers = Array.from({ length: CALLERS }, (_, caller) =>
          load(service, `${life}-${caller}`, random, told),
        );
        const enough = told.length + random.between(CALLERS, 4 * CALLERS);
        while (told.length < enough) await new Promise((resolve) => setImmediate(resolve));
        service.child.kill('SIGKILL');
        await service.exited;
        await Promise.all(callers);
      }

      const last = await start();
      expect(told.length).toBeGreaterThan(LIVES * CALLERS);
      for (const { id, key, isValid } of told) {
        const view = await fetch(`${last.url}/mpic/${id}?wait=25`);
        expect(view.status, `${key} was acknowledged`).toBe(200);
        const job = (await view.json()) as JobView;
        expect(job, key).toMatchObject({ mpic_id: id, status: 'completed' });
        if (isValid !== null) expect(job.response?.is_valid, `${key} got this verdict`).toBe(isValid);
      }
      last.child.kill('SIGTERM');
      expect(await last.exited).toBe(0);

      const records = readAudit();
      expect(new Set(records.map(({ record_id }) => record_id)).size, 'no record twice').toBe(records.length);
      for (const { id, key } of told) {
        const about = records.filter(({ mpic_id }) => mpic_id === id);
        const count = (event: string) => about.filter((record) => record.event === event).length;
        const attempts = count('quorum-decision');
        expect(attempts, key).toBeGreaterThanOrEqual(1);
        expect(count('perspective-check'), key).toBe(PERSPECTIVES * attempts);
      }
    },
    120_000,
  );
});
