import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../../services/cli/data/manifest.ts';
import { CONTRACT_VERSION } from '../../../shared/contract/messages/contract.ts';
import type { CheckResult } from '../../../shared/domain/check/check-result.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDcvCheck,
  buildDnsDcvDetails,
  buildHttpDcvDetails,
  buildRequestRecord,
  buildTlsAlpnDetails,
  buildVerdict,
  SIX_CODES,
} from '../../support/builders.ts';
import { startScriptedService } from '../../support/scripted-service.ts';
import { refuse } from './data-backups-service.ts';
import {
  createImpatientClock,
  type DataLab,
  pair,
  type RunOptions,
  run,
  sortRecords,
  startDataLab,
  toItems,
} from './data-lab.ts';

/** Text as the world sends it: with separators of lines that are none in JSON lines, quotes and what lies beyond the BMP. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('\u2028', '\u2029', '\r\n', '"\\', '\u{1f512}', '\u0000', '\u0085'),
);
const details = fc.oneof(
  text.map((seen) => buildCaaDetails({ recordsSeen: [seen] })),
  text.map((seen) => buildDnsDcvDetails({ recordsSeen: [seen] })),
  text.map((page) => buildHttpDcvDetails({ page })),
  text.map((commonName) => buildTlsAlpnDetails({ commonName })),
  fc.constant({ kind: 'none' as const }),
);

/** A request in any state, with the results of some perspectives. */
const requestWithResults = fc
  .record({
    traceIdentifier: fc.option(text),
    completed: fc.boolean(),
    dcv: fc.boolean(),
    seen: fc.array(details, { maxLength: 3 }),
  })
  .map(({ traceIdentifier, completed, dcv, seen }) => {
    const state = completed
      ? { status: 'completed' as const, completedAt: 7, published: true, verdicts: [buildVerdict()] }
      : {};
    const request = buildRequestRecord({
      traceIdentifier,
      ...state,
      ...(dcv ? { check: buildDcvCheck() } : {}),
    });
    const results = seen.map((one, index) =>
      buildCheckResult({
        requestId: request.requestId,
        perspective: SIX_CODES[index] ?? 'x',
        details: one,
      }),
    );
    return { request, results };
  });

function toRecords(all: readonly { request: RequestRecord; results: CheckResult[] }[]) {
  return toItems(
    all.map(({ request }) => request),
    all.flatMap(({ results }) => results),
  );
}

function someRecords(count: number) {
  const requests = Array.from({ length: count }, () => buildRequestRecord());
  return toItems(
    requests,
    requests.map(({ requestId }) => buildCheckResult({ requestId })),
  );
}

describe('export', () => {
  let lab: DataLab;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    lab = await startDataLab();
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await lab.close();
  });

  async function exportInto(folder: string, tables: string, more: string[] = [], options: RunOptions = {}) {
    return run(lab.url, ['export', '--tables', tables, '--to', folder, ...more], options);
  }

  it('what is exported and imported elsewhere is equal, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(requestWithResults, { maxLength: 6 }), async (all) => {
        const records = toRecords(all);
        const source = await lab.makeTables(records);
        const target = await lab.makeTables();
        const folder = lab.freshPath();
        expect(await exportInto(folder, pair(source))).toMatchObject({ exitStatus: 0 });
        const imported = await run(lab.url, ['import', '--from', folder, '--tables', pair(target)]);
        expect(imported).toMatchObject({ exitStatus: 0 });
        expect(await lab.readTables(target)).toEqual(sortRecords(records));
      }),
      { numRuns: 12 },
    );
  });

  it('the manifest says what is in the files, and everything is for the owner only', async () => {
    const tables = await lab.makeTables(someRecords(3));
    const folder = lab.freshPath();
    const { printed } = await exportInto(folder, pair(tables));
    const manifestText = await readFile(join(folder, 'manifest.json'), 'utf8');
    const requests = await readFile(join(folder, 'requests.jsonl'));
    expect(parseManifest(manifestText)).toMatchObject({
      region: 'eu-central-1',
      contract: CONTRACT_VERSION,
      files: {
        requests: {
          table: tables.requests,
          items: 3,
          bytes: requests.length,
          sha256: createHash('sha256').update(requests).digest('hex'),
          contract_versions: [CONTRACT_VERSION],
        },
        results: { table: tables.results, items: 3 },
      },
    });
    expect(printed).toContain(createHash('sha256').update(manifestText).digest('hex'));
    for (const name of await readdir(folder))
      expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('a slow export reads everything and keeps to its read units', async () => {
    const records = someRecords(30);
    const tables = await lab.makeTables(records);
    const folder = lab.freshPath();
    const clock = createImpatientClock();
    const slow = ['--max-read-units', '2', '--json'];
    const { printed } = await exportInto(folder, pair(tables), slow, { clock });
    expect(JSON.parse(printed)).toMatchObject({ verb: 'export', requests: 30, results: 30 });
    // 60 items of half a unit at least, two units a second.
    expect(clock.elapsed()).toBeGreaterThan(14_000);
  });

  it('requests that are still running are told, since nobody ends them elsewhere', async () => {
    const tables = await lab.makeTables(someRecords(2));
    const { printed } = await exportInto(lab.freshPath(), pair(tables));
    expect(printed).toContain('2 requests are still running');
  });

  it('an item that cannot be read is exported all the same, and told', async () => {
    const records = someRecords(1);
    const spoilt = { request_id: { S: 'spoilt' }, contract: { S: 'hush' } };
    const tables = await lab.makeTables({ ...records, requests: [...records.requests, spoilt] });
    const folder = lab.freshPath();
    const { exitStatus, printed } = await exportInto(folder, pair(tables));
    expect([exitStatus, printed]).toEqual([
      0,
      expect.stringMatching(
        /1 requests cannot be read by this version, the first in line \d; import refuses/,
      ),
    ]);
    expect(await readFile(join(folder, 'requests.jsonl'), 'utf8')).toContain('"spoilt"');
    const manifest = parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      files: { requests: { contract_versions: [CONTRACT_VERSION, 'unknown'] } },
    });
  });

  it('an empty folder may be used', async () => {
    const folder = lab.freshPath();
    await mkdir(folder);
    expect(await exportInto(folder, pair(await lab.makeTables()))).toMatchObject({ exitStatus: 0 });
  });

  it('a folder in which anything is is refused and left as it is', async () => {
    const folder = lab.freshPath();
    await mkdir(folder);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const { exitStatus, notes } = await exportInto(folder, pair(await lab.makeTables()));
    expect([exitStatus, notes]).toEqual([
      2,
      'export: the folder is not empty: "notes.txt" is in it; an export needs a folder of its own\n',
    ]);
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });

  it('a file where the folder should be is refused', async () => {
    const path = lab.freshPath();
    await writeFile(path, '');
    const { exitStatus, notes } = await exportInto(path, pair(await lab.makeTables()));
    expect([exitStatus, notes]).toEqual([2, 'export: a file of that name is there already\n']);
  });

  it('two exports into one folder: the second fails, and takes nothing from the first', async () => {
    const tables = pair(await lab.makeTables(someRecords(2)));
    const folder = lab.freshPath();
    const outcomes = await Promise.all([exportInto(folder, tables), exportInto(folder, tables)]);
    expect(outcomes.map(({ exitStatus }) => exitStatus).sort()).toEqual([0, 2]);
    expect(await run(lab.url, ['verify-export', '--from', folder])).toMatchObject({ exitStatus: 0 });
  });

  describe('tables', () => {
    it('one that is not there is named, and nothing is made', async () => {
      const folder = lab.freshPath();
      const { results } = await lab.makeTables();
      const { exitStatus, notes } = await exportInto(folder, `absent,${results}`);
      expect([exitStatus, notes]).toEqual([
        2,
        'export: the table absent is not there, or not in eu-central-1\n',
      ]);
      expect(existsSync(folder)).toBe(false);
    });

    it('a pair the wrong way round is refused', async () => {
      const { requests, results } = await lab.makeTables();
      const { exitStatus, notes } = await exportInto(lab.freshPath(), `${results},${requests}`);
      expect(exitStatus).toBe(2);
      expect(notes).toContain(`table ${results} is no requests table: its keys are not request_id`);
    });
  });

  describe('what does not come to its end leaves nothing behind', () => {
    /** Export through a service that does something at the third page. */
    async function exportWith(
      atThirdPage: () => 'forward' | ReturnType<typeof refuse>,
      signal?: AbortSignal,
    ) {
      const tables = await lab.makeTables(someRecords(20));
      const service = await startScriptedService(
        ({ operation, count }) => (operation === 'Scan' && count === 3 ? atThirdPage() : 'forward'),
        lab.url,
      );
      closing.push(service.close);
      const folder = lab.freshPath();
      const argv = ['export', '--tables', pair(tables), '--to', folder, '--max-read-units', '4'];
      const outcome = await run(service.url, argv, signal === undefined ? {} : { signal });
      return { ...outcome, folder };
    }

    it('an interrupted export', async () => {
      const interrupt = new AbortController();
      const { exitStatus, notes, folder } = await exportWith(() => {
        interrupt.abort();
        return 'forward';
      }, interrupt.signal);
      expect([exitStatus, notes]).toEqual([2, 'export: interrupted; what was written is removed\n']);
      expect(existsSync(folder)).toBe(false);
    });

    it('an export whose permission ends', async () => {
      const { exitStatus, notes, folder } = await exportWith(() =>
        refuse('AccessDeniedException', 'User: arn:aws:iam::1:user/a is not authorized to perform: Scan'),
      );
      expect(exitStatus).toBe(2);
      expect(notes).toContain('permission is missing (User: arn:aws:iam::1:user/a is not authorized');
      expect(notes).toContain('mpic data policy --verb export');
      expect(existsSync(folder)).toBe(false);
    });
  });

  it('throttled pages are read again until they come', async () => {
    const records = someRecords(4);
    const tables = await lab.makeTables(records);
    const throttled = refuse('ProvisionedThroughputExceededException', 'slow down');
    const service = await startScriptedService(
      ({ operation, count }) => (operation === 'Scan' && count <= 5 ? throttled : 'forward'),
      lab.url,
    );
    closing.push(service.close);
    const argv = ['export', '--tables', pair(tables), '--to', lab.freshPath(), '--json'];
    const { printed } = await run(service.url, argv);
    expect(JSON.parse(printed)).toMatchObject({ requests: 4, results: 4 });
  });

  it('throttling that never ends ends with the time of the command', async () => {
    const tables = await lab.makeTables(someRecords(1));
    const throttled = refuse('ThrottlingException', 'slow down');
    const service = await startScriptedService(
      ({ operation }) => (operation === 'Scan' ? throttled : 'forward'),
      lab.url,
    );
    closing.push(service.close);
    const folder = lab.freshPath();
    const argv = ['export', '--tables', pair(tables), '--to', folder, '--timeout-minutes', '1'];
    const { exitStatus, notes } = await run(service.url, argv, { clock: createImpatientClock(1000) });
    expect([exitStatus, notes]).toEqual([
      2,
      expect.stringMatching(/^export: DynamoDB goes on refusing .*--timeout-minutes\n$/),
    ]);
    expect(existsSync(folder)).toBe(false);
  });
});
