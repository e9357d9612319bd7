import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

describe('npm run synth', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpic-synth-'));
    // In place of the CDK: says what it was called with.
    const npx = '#!/bin/sh\necho "$MPIC_DEPLOYMENT: $*"\nexit 3\n';
    await writeFile(join(folder, 'npx'), npx, { mode: 0o755 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const synth = (environment: NodeJS.ProcessEnv = {}) =>
    new Promise((resolve) => {
      const env = { PATH: `${folder}:${process.env.PATH}`, ...environment };
      execFile(
        process.execPath,
        [join(ROOT, 'infra/synth.mjs'), 'mpic-home'],
        { cwd: folder, env },
        (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }),
      );
    });

  it('takes the example in a checkout without a deployment file, says so, and passes on what it ends with', async () => {
    expect(await synth()).toEqual({
      status: 3,
      stdout: 'mpic.config.example.json: --no-install cdk synth --quiet mpic-home\n',
      stderr: expect.stringMatching(/^mpic\.config\.json is not there: the templates are those of [^\n]*\n$/),
    });
  });

  it.each([
    {
      name: 'that the environment names',
      environment: { MPIC_DEPLOYMENT: 'other.json' },
      own: false,
      taken: 'other.json',
    },
    { name: 'that is there', environment: {}, own: true, taken: '' },
  ])('takes the deployment file $name', async ({ environment, own, taken }) => {
    const file = join(folder, 'mpic.config.json');
    if (own) await writeFile(file, '{}');
    expect(await synth(environment)).toMatchObject({
      stdout: `${taken}: --no-install cdk synth --quiet mpic-home\n`,
      stderr: '',
    });
    await rm(file, { force: true });
  });
});
