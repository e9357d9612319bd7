import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTables } from '../../../shared/adapters/aws/create-tables.ts';
import { createAwsClients } from '../../../shared/adapters/aws/home-clients.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { DEFAULT_TABLE_NAMES } from '../../../shared/contract/deployment/tables.ts';
import { emulatorSettings } from '../../lab/emulators/emulators.ts';
import { startEmulatorProcess } from '../../lab/emulators/start-emulator-process.ts';
import { awsStores, HOME_REGION } from '../../support/aws-emulation.ts';
import { buildRequestRecord } from '../../support/builders.ts';
import { eventually } from '../../support/eventually.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCES = join(ROOT, 'test/lab/emulators');

/** The emulators stay outside the bundle, so it has to lie where they are found. */
const CACHE = join(ROOT, 'node_modules/.cache');

describe('startEmulatorProcess', () => {
  let folder: string;
  let entry: string;

  async function bundle(source: string, name: string): Promise<string> {
    const outfile = join(folder, name);
    await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    return outfile;
  }

  beforeAll(async () => {
    await mkdir(CACHE, { recursive: true });
    folder = await mkdtemp(join(CACHE, 'emulator-process-'));
    entry = await bundle(join(SOURCES, 'emulator-process.ts'), 'emulator-process.mjs');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function isUp(url: string): Promise<boolean> {
    return fetch(url).then(
      () => true,
      () => false,
    );
  }

  it('serves from another process and keeps its tables over a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mpic-emulator-process-'));
    const record = buildRequestRecord();
    for (const isFirst of [true, false]) {
      const emulators = await startEmulatorProcess({ entry, dataDir });
      const clients = createAwsClients(emulatorSettings(emulators.endpoints, HOME_REGION));
      await createTables(clients.dynamodb, DEFAULT_TABLE_NAMES, systemClock);
      const { requests } = awsStores(clients, DEFAULT_TABLE_NAMES);
      expect(await requests.create(record)).toBe(isFirst ? 'created' : 'exists');
      clients.close();
      await emulators.close();
      await emulators.ended;
      expect(await isUp(emulators.endpoints.dynamodb)).toBe(false);
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  it('ends when its parent is killed', async () => {
    const script = join(folder, 'parent.ts');
    await writeFile(
      script,
      `import { startEmulatorProcess } from ${JSON.stringify(join(SOURCES, 'start-emulator-process.ts'))};
       const { endpoints } = await startEmulatorProcess({ entry: ${JSON.stringify(entry)}, dataDir: null });
       process.stdout.write(JSON.stringify(endpoints) + '\\n');`,
    );
    const parent = fork(await bundle(script, 'parent.mjs'), {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      execArgv: [],
    });
    if (parent.stdout === null) throw new Error('no output');
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    const { dynamodb } = JSON.parse(String(line)) as { dynamodb: string };
    expect(await isUp(dynamodb)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(async () => !(await isUp(dynamodb)), 'the child has ended');
  });

  it('says so when the process cannot start', async () => {
    const broken = join(folder, 'broken.mjs');
    await writeFile(broken, 'process.exit(3)');
    await expect(startEmulatorProcess({ entry: broken, dataDir: null })).rejects.toThrow(/ended early: 3/);
  });
});
