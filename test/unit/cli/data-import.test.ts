import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordFile } from '../../../services/cli/data/export-folder.ts';
import type { TypedItem } from '../../../services/cli/data/item-json.ts';
import { formatManifest, type Manifest, parseManifest } from '../../../services/cli/data/manifest.ts';
import {
  buildCheckResult,
  buildDcvCheck,
  buildRequestRecord,
  buildVerdict,
  SIX_CODES,
} from '../../support/builders.ts';
import { type Reaction, type ServiceCall, startScriptedService } from '../../support/scripted-service.ts';
import { refuse } from './data-backups-service.ts';
import { type DataLab, pair, type Records, run, sortRecords, startDataLab, toItems } from './data-lab.ts';

const SECRET = 'kYg1RC0M3m3y1Zb';

function buildRecords(count = 3): Records {
  const requests = Array.from({ length: count }, () =>
    buildRequestRecord({
      check: buildDcvCheck(),
      status: 'completed',
      completedAt: 7,
      verdicts: [buildVerdict()],
    }),
  );
  const results = requests.flatMap(({ requestId }) =>
    SIX_CODES.map((perspective) => buildCheckResult({ requestId, perspective })),
  );
  return toItems(requests, results);
}

describe('import and verify-export', () => {
  let lab: DataLab;
  /** An export that nobody changes. */
  let good: string;
  const records = buildRecords();
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    lab = await startDataLab();
    good = await exportOf(records);
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await lab.close();
  });

  async function exportOf(some: Records): Promise<string> {
    const folder = lab.freshPath();
    const tables = await lab.makeTables(some);
    await run(lab.url, ['export', '--tables', pair(tables), '--to', folder]);
    return folder;
  }

  const importInto = (folder: string, tables: string, url = lab.url, signal?: AbortSignal) =>
    run(
      url,
      ['import', '--from', folder, '--tables', tables, '--json'],
      signal === undefined ? {} : { signal },
    );

  async function copyOfGood(): Promise<string> {
    const folder = lab.freshPath();
    await cp(good, folder, { recursive: true });
    return folder;
  }

  async function edit(path: string, change: (text: string) => string): Promise<void> {
    await writeFile(path, change(await readFile(path, 'utf8')));
  }

  /** An export of these items with hashes that agree, as somebody makes it who can change everything. */
  async function forge(items: Records): Promise<string> {
    const folder = lab.freshPath();
    await mkdir(folder);
    const entries: Partial<Record<'requests' | 'results', Omit<Manifest['files']['requests'], 'file'>>> = {};
    for (const kind of ['requests', 'results'] as const) {
      const file = await RecordFile.create(join(folder, `${kind}.jsonl`));
      await file.append(items[kind]);
      entries[kind] = { table: 'forged', contract_versions: [], ...(await file.finish()) };
    }
    const { requests, results } = entries;
    if (requests === undefined || results === undefined) throw new Error('both were made');
    const manifest = formatManifest({
      exported_at: new Date(0).toISOString(),
      region: 'eu-central-1',
      contract: '1.0',
      files: {
        requests: { ...requests, file: 'requests.jsonl' },
        results: { ...results, file: 'results.jsonl' },
      },
    });
    await writeFile(join(folder, 'manifest.json'), manifest);
    return folder;
  }

  /** `import` and `verify-export` refuse for the same reason, which is an answer of the latter; no table gets anything. */
  async function expectRefusal(folder: string, reason: string, verdict = 1): Promise<void> {
    const tables = await lab.makeTables();
    const imported = await importInto(folder, pair(tables));
    expect([imported.exitStatus, imported.printed, imported.notes]).toEqual([
      2,
      '',
      expect.stringContaining(reason),
    ]);
    expect(await lab.readTables(tables)).toEqual({ requests: [], results: [] });
    const verified = await run('http://127.0.0.1:1', ['verify-export', '--from', folder]);
    expect([verified.exitStatus, verified.notes]).toEqual([verdict, expect.stringContaining(reason)]);
    expect(imported.notes + verified.notes).not.toContain(SECRET);
  }

  it('an export as it was written is complete, unchanged and readable', async () => {
    const { exitStatus, printed } = await run('http://127.0.0.1:1', [
      'verify-export',
      '--from',
      good,
      '--json',
    ]);
    expect([exitStatus, JSON.parse(printed)]).toMatchObject([
      0,
      { verb: 'verify-export', requests: 3, results: 18, running: 0 },
    ]);
  });

  it('twice is harmless: the second time everything is there already', async () => {
    const tables = await lab.makeTables();
    const first = await importInto(good, pair(tables));
    const second = await importInto(good, pair(tables));
    expect([first.exitStatus, second.exitStatus]).toEqual([0, 0]);
    expect(JSON.parse(first.printed)).toMatchObject({
      requests: { written: 3, present: 0, conflict: 0 },
      results: { written: 18, present: 0, conflict: 0 },
    });
    expect(JSON.parse(second.printed)).toMatchObject({
      requests: { written: 0, present: 3, conflict: 0 },
      results: { written: 0, present: 18, conflict: 0 },
    });
    expect(await lab.readTables(tables)).toEqual(sortRecords(records));
  });

  it('what a perspective stored that is not a result keeps no other record from being added', async () => {
    const garbage = [
      { pk: { S: 'ams#' }, sk: { N: '1.5' }, result: { S: 'no result' } },
      { pk: { S: 'ams#x' }, sk: { N: '1' } },
    ];
    const evidence = {
      request_id: { S: `x#evidence#1#${'a'.repeat(64)}#0` },
      contract: { S: '1.0' },
      data: { B: new Uint8Array([1, 2, 3]) },
    };
    const items = { requests: [...records.requests, evidence], results: [...records.results, ...garbage] };
    const tables = await lab.makeTables();
    const { exitStatus } = await importInto(await forge(items), pair(tables));
    expect(exitStatus).toBe(0);
    expect(await lab.readTables(tables)).toEqual(sortRecords(items));
  });

  it('another record under the same key is a conflict, is told and is kept', async () => {
    const [request, ...others] = records.requests;
    const mine: TypedItem = { ...request, published: { BOOL: true } };
    const tables = await lab.makeTables({ requests: [mine], results: [] });
    const { exitStatus, printed, notes } = await importInto(good, pair(tables));
    expect(exitStatus).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({
      requests: { written: 2, present: 0, conflict: 1 },
      results: { written: 18 },
      conflicts: [expect.stringMatching(new RegExp(`^requests line \\d: ${request?.request_id?.S}$`))],
    });
    expect(printed + notes).not.toContain(SECRET);
    const { requests } = await lab.readTables(tables);
    expect(requests).toEqual(sortRecords({ requests: [mine, ...others], results: [] }).requests);
  });

  it('what an interrupted import has not added, the next one adds', async () => {
    const tables = await lab.makeTables();
    const interrupt = new AbortController();
    const service = await startScriptedService(({ operation, count }) => {
      if (operation === 'PutItem' && count === 10) interrupt.abort();
      return 'forward';
    }, lab.url);
    closing.push(service.close);
    const first = await importInto(good, pair(tables), service.url, interrupt.signal);
    expect([first.exitStatus, first.notes]).toEqual([
      2,
      expect.stringContaining('what was added stays, and the same command adds the rest'),
    ]);
    expect(await importInto(good, pair(tables))).toMatchObject({ exitStatus: 0 });
    expect(await lab.readTables(tables)).toEqual(sortRecords(records));
  });

  it('requests that were running are told', async () => {
    const running = toItems([buildRequestRecord()], []);
    const tables = await lab.makeTables();
    const folder = await exportOf(running);
    const { exitStatus, printed } = await run(lab.url, [
      'import',
      '--from',
      folder,
      '--tables',
      pair(tables),
    ]);
    expect([exitStatus, printed]).toEqual([0, expect.stringContaining('1 requests are still running')]);
  });

  it('a table that is not there ends it before anything is written', async () => {
    const { requests } = await lab.makeTables();
    const { exitStatus, notes } = await importInto(good, `${requests},absent`);
    expect([exitStatus, notes]).toEqual([
      2,
      expect.stringContaining('the table absent is not there, or not in eu-central-1'),
    ]);
  });

  describe('what DynamoDB does to a write', () => {
    async function importThrough(react: (call: ServiceCall) => Reaction | Promise<Reaction>) {
      const tables = await lab.makeTables();
      const service = await startScriptedService(react, lab.url);
      closing.push(service.close);
      const outcome = await importInto(good, pair(tables), service.url);
      return { ...outcome, stored: await lab.readTables(tables) };
    }

    it('throttled writes are made again until they succeed', async () => {
      const throttled = refuse('ProvisionedThroughputExceededException', 'slow down');
      const { exitStatus, stored } = await importThrough(({ operation, count }) =>
        operation === 'PutItem' && count <= 60 ? throttled : 'forward',
      );
      expect(exitStatus).toBe(0);
      expect(stored).toEqual(sortRecords(records));
    });

    it('a write whose answer is lost is known again and no conflict', async () => {
      const { exitStatus, printed, stored } = await importThrough(({ operation, count }) =>
        operation === 'PutItem' && count === 1 ? 'forward-and-lose-answer' : 'forward',
      );
      expect([exitStatus, JSON.parse(printed)]).toMatchObject([
        0,
        { results: { written: 17, present: 1, conflict: 0 } },
      ]);
      expect(stored).toEqual(sortRecords(records));
    });

    it('are never more than sixteen at a time', async () => {
      let running = 0;
      let most = 0;
      const { exitStatus } = await importThrough(async ({ operation }): Promise<Reaction> => {
        if (operation !== 'PutItem') return 'forward';
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 250));
        running -= 1;
        return 'forward';
      });
      expect(exitStatus).toBe(0);
      expect(most).toBeGreaterThan(8);
      expect(most).toBeLessThanOrEqual(16);
    });

    it('a permission that is missing ends it', async () => {
      const { exitStatus, notes } = await importThrough(({ operation }) =>
        operation === 'PutItem' ? refuse('AccessDeniedException', 'not yours') : 'forward',
      );
      expect([exitStatus, notes]).toEqual([2, expect.stringContaining('permission is missing (not yours)')]);
    });
  });

  describe('an export is refused as a whole when', () => {
    it.each<{ name: string; spoil: (folder: string) => Promise<unknown>; reason: string }>([
      {
        name: 'there is no manifest',
        spoil: (folder) => rm(join(folder, 'manifest.json')),
        reason: 'there is no manifest.json: this is no export, or one that was not completed',
      },
      {
        name: 'the manifest has not got its name yet',
        spoil: (folder) => rename(join(folder, 'manifest.json'), join(folder, 'manifest.json.unfinished')),
        reason: 'there is no manifest.json',
      },
      {
        name: 'a file is missing',
        spoil: (folder) => rm(join(folder, 'results.jsonl')),
        reason: 'results.jsonl is missing',
      },
      {
        name: 'there is a file more',
        spoil: (folder) => writeFile(join(folder, 'more.jsonl'), ''),
        reason: '"more.jsonl" is in the folder and not part of the export',
      },
      {
        name: 'a file is a link to another',
        spoil: async (folder) => {
          await rm(join(folder, 'results.jsonl'));
          await symlink(join(good, 'results.jsonl'), join(folder, 'results.jsonl'));
        },
        reason: 'results.jsonl is no file',
      },
      {
        name: 'a character was changed',
        spoil: (folder) => edit(join(folder, 'results.jsonl'), (text) => text.replace('true', 'truE')),
        reason: 'results.jsonl was changed after the export: its SHA-256 is another',
      },
      {
        name: 'a file is cut in a line',
        spoil: (folder) => edit(join(folder, 'requests.jsonl'), (text) => text.slice(0, -100)),
        reason: 'requests.jsonl has',
      },
      {
        name: 'a file lacks its last line',
        spoil: (folder) => edit(join(folder, 'requests.jsonl'), (text) => text.replace(/[^\n]*\n$/, '')),
        reason: 'requests.jsonl has',
      },
      {
        name: 'a line is there twice',
        spoil: (folder) =>
          edit(join(folder, 'requests.jsonl'), (text) => text + text.slice(0, text.indexOf('\n') + 1)),
        reason: 'requests.jsonl has',
      },
      {
        name: 'the manifest is no JSON',
        spoil: (folder) => edit(join(folder, 'manifest.json'), (text) => text.slice(0, 40)),
        reason: 'manifest.json is no JSON',
      },
      {
        name: 'the manifest is of something else',
        spoil: (folder) => writeFile(join(folder, 'manifest.json'), '{"name":"mpic"}'),
        reason: 'manifest.json is not that of an export of this program',
      },
      {
        name: 'it is of a version to come',
        spoil: (folder) =>
          edit(join(folder, 'manifest.json'), (text) => text.replace('"version": 1', '"version": 2')),
        reason: 'the export is of version 2, and this program reads version 1',
      },
      {
        name: 'the manifest leads to another file',
        spoil: (folder) =>
          edit(join(folder, 'manifest.json'), (text) => text.replace('"results.jsonl"', '"../x.jsonl"')),
        reason: 'manifest.json has wrong members: files.results.file',
      },
      {
        name: 'the manifest counts other items',
        spoil: (folder) =>
          edit(join(folder, 'manifest.json'), (text) => text.replace('"items": 3', '"items": 4')),
        reason: 'requests.jsonl has 3 lines, and 4 items were written',
      },
    ])('$name', async ({ spoil, reason }) => {
      const folder = await copyOfGood();
      await spoil(folder);
      await expectRefusal(folder, reason);
    });

    it('the folder is not there', async () => {
      await expectRefusal(lab.freshPath(), 'the file or folder is not there', 2);
    });
  });

  describe('although all hashes agree, an export is refused when', () => {
    const [firstRequest = {}] = records.requests;

    it.each<{ name: string; items: Records; reason: string }>([
      {
        name: 'an item is of an unknown contract version',
        items: { requests: [firstRequest, { ...firstRequest, contract: { S: '2.0' } }], results: [] },
        reason: 'requests.jsonl line 2: request',
      },
      {
        name: 'an item has no version',
        items: { requests: [{ request_id: { S: 'x' } }], results: [] },
        reason: 'requests.jsonl line 1: request x has contract version missing',
      },
      {
        name: 'an item lacks what a request has',
        items: { requests: [{ ...firstRequest, facts: { S: `{"secret":"${SECRET}"}` } }], results: [] },
        reason: 'requests.jsonl line 1: request',
      },
      {
        name: 'an item holds a secret where JSON should be',
        items: { requests: [{ ...firstRequest, facts: { S: SECRET } }], results: [] },
        reason: 'holds no JSON',
      },
      {
        name: 'a result has no key',
        items: { requests: [], results: [{ result: { S: SECRET } }] },
        reason: 'results.jsonl line 1: it has not the key of a result',
      },
      {
        name: 'an item has no key',
        items: { requests: [{ a: { S: SECRET } }], results: [] },
        reason: 'requests.jsonl line 1: request without id',
      },
    ])('$name', async ({ items, reason }) => {
      await expectRefusal(await forge(items), reason);
    });
  });

  it('a manifest that was written is read as it was', async () => {
    const text = await readFile(join(good, 'manifest.json'), 'utf8');
    const manifest = parseManifest(text);
    if ('problem' in manifest) throw new Error(manifest.problem);
    expect(formatManifest(manifest)).toBe(text);
  });
});
