import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedService } from '../../support/scripted-service.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../dist/mpic.mjs');
const TABLES = ['--tables', 'mpic-requests,mpic-results', '--region', 'eu-central-1'];

/** The command as a process of its own. */
describe('mpic data', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpic-data-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Start it with nothing of the developer's own credentials and settings. */
  function start(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, [PROGRAM, 'data', ...argv], {
      env: { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function ended(child: ChildProcess) {
    if (child.stdout === null || child.stderr === null) throw new Error('its output is not piped');
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { code: code as number | null, stdout, stderr };
  }

  it('--help lists the verbs', async () => {
    const { code, stdout, stderr } = await ended(start(['--help']));
    expect([code, stderr]).toEqual([0, '']);
    for (const verb of ['backup', 'backups', 'restore', 'export', 'import', 'verify-export', 'policy'])
      expect(stdout).toContain(`\n  ${verb} `);
  });

  it('wrong usage ends with status 64 and a sentence', async () => {
    const { code, stdout, stderr } = await ended(start(['backup', '--region', 'eu-central-1']));
    expect([code, stdout, stderr]).toEqual([
      64,
      '',
      'mpic data backup: --tables is missing: <requests>,<results>, names of the two tables; mpic data backup --help explains\n',
    ]);
  });

  it('without credentials it ends with status 2 and says where they come from', async () => {
    const { code, stderr } = await ended(start(['backups', ...TABLES]));
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('no credentials were found; set AWS_PROFILE'),
    ]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s in mid-export leaves no folder', async (signal) => {
    const keys = [['request_id'], ['pk', 'sk']];
    let scanning = () => {};
    const scanned = new Promise<void>((seen) => {
      scanning = seen;
    });
    const service = await startScriptedService(({ operation, count }) => {
      if (operation !== 'Scan') {
        const KeySchema = keys[count - 1]?.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' }));
        return { status: 200, body: { Table: { TableStatus: 'ACTIVE', KeySchema } } };
      }
      scanning();
      return new Promise(() => {});
    });
    const target = join(folder, signal);
    const child = start(['export', ...TABLES, '--to', target], {
      AWS_ENDPOINT_URL_DYNAMODB: service.url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    const end = ended(child);
    await scanned;
    expect(existsSync(join(target, 'requests.jsonl'))).toBe(true);
    child.kill(signal);
    const { code, stderr } = await end;
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^mpic data export: interrupted; what was written is removed$/m),
    ]);
    expect(existsSync(target)).toBe(false);
    await service.close();
  });
});
