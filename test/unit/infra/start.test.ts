import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** As in a folder where development packages were left out and nothing was built. */
describe('without dist/ and without development packages', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpic-start-'));
    for (const name of ['start.mjs', 'prepare.mjs']) await cp(join(ROOT, 'infra', name), join(folder, name));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (name: string) =>
    new Promise((resolve) => {
      execFile(process.execPath, [join(folder, name)], (error, stdout, stderr) =>
        resolve({ status: error?.code ?? 0, stdout, stderr }),
      );
    });

  it('npm start ends with one line that says what to do', async () => {
    expect(await run('start.mjs')).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^The service cannot start: [^\n]* npm ci && npm run build [^\n]*\n$/),
    });
  });

  it('an installation does not fail, and says in one line that nothing was built', async () => {
    expect(await run('prepare.mjs')).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^dist\/ was not built: [^\n]*\n$/),
      stderr: '',
    });
  });
});
