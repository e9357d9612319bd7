import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeManPage } from '../../../services/cli/manual/man-page.ts';
import { type OutlinedCommand, outlineProgram } from '../../../services/cli/manual/outline.ts';
import { createWholeProgram, EXIT_STATUSES } from '../../../services/cli/program.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');
let commands: readonly OutlinedCommand[];
beforeAll(async () => {
  commands = outlineProgram(await createWholeProgram({} as never));
});

const scriptOf = async (shell: string) => (await runCommand(['completion', shell])).out;

describe('mpic completion bash', () => {
  /** What bash offers for the last of these words. */
  async function complete(...words: readonly string[]): Promise<readonly string[]> {
    const script = await scriptOf('bash');
    const line = words.map((word) => `'${word}'`).join(' ');
    const { stdout } = await promisify(execFile)('bash', [
      '--norc',
      '-c',
      `${script}\nCOMP_WORDS=(mpic ${line}); COMP_CWORD=${words.length}; _mpic; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]);
    return stdout.split('\n').filter((word) => word !== '');
  }

  it.each([
    { name: 'a command', words: ['per'], offers: ['perspectives'] },
    { name: 'a command of a command', words: ['data', 'ex'], offers: ['export'] },
    {
      name: 'an option of a command',
      words: ['check', 'example.com', '--dns-n'],
      offers: ['--dns-name-prefix'],
    },
    { name: 'an option of a command of a command', words: ['audit', 'verify', '--tr'], offers: ['--trail'] },
    {
      name: 'an option behind a value that is the name of a command',
      words: ['check', 'get', '--asy'],
      offers: ['--async'],
    },
    { name: 'a setting of the service', words: ['start', '--data-d'], offers: ['--data-dir'] },
    { name: 'the help of every command', words: ['store', 'check', '--he'], offers: ['--help'] },
    { name: 'nothing where nothing fits', words: ['check', '--no-such'], offers: [] },
  ])('offers $name', async ({ words, offers }) => {
    expect(await complete(...words)).toEqual(offers);
  });

  it('never offers a secret as a flag', async () => {
    expect(await complete('start', '--api-keys')).toEqual(['--api-keys-file']);
    expect(await complete('start', '--cohort-s')).toEqual([]);
  });
});

describe.each(['bash', 'zsh', 'fish'])('mpic completion %s', (shell) => {
  it('has every command and every option', async () => {
    const script = await scriptOf(shell);
    expect(commands.length).toBeGreaterThan(20);
    for (const { path, options } of commands) {
      expect(script).toContain(path);
      for (const { long } of options)
        expect(script).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
    }
  });

  it('has each quote closed on its line', async () => {
    const script = (await scriptOf(shell)).replaceAll("'\\''", '');
    for (const line of script.split('\n').filter((one) => !one.startsWith('#')))
      expect([line, (line.match(/'/g) ?? []).length % 2]).toEqual([line, 0]);
  });
});

describe('mpic completion', () => {
  it('of another shell is wrong usage', async () => {
    const { status, error } = await runCommand(['completion', 'tcsh']);
    expect([status, error]).toEqual([64, expect.stringContaining('Allowed choices are bash, zsh, fish')]);
  });
});

describe('docs/man/mpic.1', () => {
  it('is what npm run docs makes of the commands', async () => {
    await expect(writeManPage(commands, EXIT_STATUSES)).toMatchFileSnapshot(join(ROOT, 'docs/man/mpic.1'));
  });

  it('has every command with an example or further commands', () => {
    const bare = commands.filter(
      ({ path, examples, verbs }) => path !== '' && examples.length + verbs.length === 0,
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('begins no line of text with what roff takes for a request', () => {
    const requests = writeManPage(commands, EXIT_STATUSES)
      .split('\n')
      .flatMap((line) => /^[.']\S*/.exec(line) ?? []);
    expect([...new Set(requests)].sort()).toEqual(
      ['.\\"', '.B', '.EE', '.EX', '.I', '.PP', '.SH', '.SS', '.TH', '.TP'].sort(),
    );
  });
});
