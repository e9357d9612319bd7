import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../services/cli/program.ts';
import { readDocument } from '../docs/markdown.ts';
import { runCommand } from './run-command.ts';

const DIST = join(import.meta.dirname, '../../../dist');

/** What is loaded with a program before any of its code has run: the program and all that it imports statically. */
function loadedWith(name: string, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  if (seen.has(name)) return seen;
  const text = readFileSync(join(DIST, name), 'utf8');
  seen.set(name, text);
  for (const [, next = ''] of text.matchAll(/^(?:import|\} from) ?"\.\/([^"]+)";$/gm)) loadedWith(next, seen);
  return seen;
}

/** What shows how commands are called. */
const DOCUMENTS = [
  'README.md',
  ...['audit', 'cost', 'data', 'deploy', 'worker'].map((name) => `docs/${name}.md`),
];

const NAMES = createProgram({} as never).commands.map((command) => command.name());

describe('mpic', () => {
  it('--version names version, commit and rulebook', async () => {
    const { stdout } = await promisify(execFile)(join(DIST, 'mpic.mjs'), ['--version']);
    expect(stdout).toMatch(
      /^mpic \d+\.\d+\.\d+\ncommit (?:[0-9a-f]{12}(?:-dirty)?|unknown)\nrulebook TLS BR [\d.]+, S\/MIME BR [\d.]+, NCSSR [\d.]+; rules of \d{4}-\d\d-\d\d in force\n$/,
    );
  });

  it('start hands its arguments to the service, --help too', async () => {
    const { stdout } = await promisify(execFile)(join(DIST, 'mpic.mjs'), ['start', '--help']);
    expect(stdout).toMatch(/^Settings, as a flag or in the environment/);
    const wrong = promisify(execFile)(join(DIST, 'mpic.mjs'), ['start', '--prot', '0']);
    await expect(wrong).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("'--prot'") });
  });

  it('--version names the rules of the day', async () => {
    const clock = { now: () => Date.parse('2027-03-15'), monotonic: () => 0, schedule: () => () => {} };
    expect((await runCommand(['--version'], { clock })).out).toContain('rules of 2027-03-15 in force');
  });

  it('loads nothing but its own lines and the option parser before it knows which command is called', () => {
    const text = [...loadedWith('mpic.mjs').values()].join('');
    const packages = new Set(
      [...text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(([, name]) => name),
    );
    expect([...packages]).toEqual(['commander']);
  });

  it('--help lists every command, and what its exit statuses mean', async () => {
    const { status, out, error } = await runCommand(['--help']);
    expect([status, error]).toEqual([0, '']);
    for (const name of NAMES) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(out).toContain('64 wrong usage');
  });

  it.each(NAMES.filter((name) => name !== 'start').map((name) => ({ name })))(
    'help $name is the same as $name --help, and has an example',
    async ({ name }) => {
      const [one, other] = [await runCommand([name, '--help']), await runCommand(['help', name])];
      expect(one).toMatchObject({
        status: 0,
        error: '',
        out: expect.stringContaining(`Usage: mpic ${name}`),
      });
      expect(other).toEqual(one);
      const verbs = [...one.out.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, verb = '']) => verb);
      for (const verb of verbs) {
        const { status, out } = await runCommand([name, verb, '--help']);
        expect([status, out]).toEqual([0, expect.stringMatching(/\nExamples?:\n {2}/)]);
      }
      expect(verbs.length > 0 || /\nExamples?:\n {2}/.test(one.out)).toBe(true);
    },
  );

  it.each([
    { name: 'no command', argv: [], says: /^Usage: mpic / },
    { name: 'a command without its verb', argv: ['store'], says: /^Usage: mpic store / },
    {
      name: 'an unknown command',
      argv: ['stor', 'check'],
      says: /^mpic: unknown command 'stor' \(Did you mean store\?\); mpic --help explains\n$/,
    },
    {
      name: 'an unknown command that is like no other',
      argv: ['zzzzzzzz'],
      says: /^mpic: unknown command 'zzzzzzzz'; mpic --help explains\n$/,
    },
    {
      name: 'an unknown verb',
      argv: ['store', 'repare'],
      says: /^mpic store: unknown command 'repare' \(Did you mean repair\?\); mpic store --help explains\n$/,
    },
    {
      name: 'an unknown option',
      argv: ['store', 'check', '--data-dri', 'x'],
      says: /^mpic store check: unknown option '--data-dri' \(Did you mean --data-dir\?\); /,
    },
    {
      name: 'an unknown option, whose value is not shown',
      argv: ['store', 'check', '--key=secret'],
      says: /^mpic store check: unknown option '--key'; /,
    },
    {
      name: 'an option before the command that it belongs to',
      argv: ['--data-dir', 'x', 'store', 'check'],
      says: /^mpic: unknown option '--data-dir'; /,
    },
    {
      name: 'an option without its value',
      argv: ['store', 'check', '--data-dir'],
      says: /^mpic store check: option '--data-dir <folder>' argument missing; /,
    },
    {
      name: 'an option that is missing',
      argv: ['store', 'check'],
      says: /^mpic store check: --data-dir is missing: <folder>, what MPIC_DATA_DIR names; /,
    },
    {
      name: 'an argument that belongs to nothing',
      argv: ['store', 'check', '--data-dir', 'x', 'secret'],
      says: /^mpic store check: too many arguments[^\n]*; mpic store check --help explains\n$/,
    },
    {
      name: 'an argument that would command the terminal',
      argv: ['\u001b]0;x\u0007\u202e'],
      says: /^mpic: unknown command '\\u\{1b\}\]0;x\\u\{7\}\\u\{202e\}'; /,
    },
  ])('$name is wrong usage: status 64 and one line that says what to do', async ({ argv, says }) => {
    const { status, out, error } = await runCommand(argv);
    expect([status, out]).toEqual([64, '']);
    expect(error).toMatch(says);
    expect(error).not.toContain('secret');
  });

  it('the commands of README.md are those that there are', () => {
    const rows = [...readDocument('README.md').matchAll(/^\| `npx mpic ([a-z-]+)` \|/gm)];
    expect(rows.map(([, name]) => name).sort()).toEqual([...NAMES].sort());
  });

  it.each(DOCUMENTS.map((path) => ({ path })))('what $path shows can be called', async ({ path }) => {
    const shown = readDocument(path).matchAll(
      /npx mpic (?!help|start)([a-z][a-z-]*)(?: ([a-z][a-z-]*))?((?:\\\n|[^\n`|)])*)/g,
    );
    for (const [call, command = '', verb, rest = ''] of shown) {
      const { status, out } = await runCommand([command, ...(verb === undefined ? [] : [verb]), '--help']);
      expect([call, status]).toEqual([call, 0]);
      for (const [flag] of rest.matchAll(/ --[a-z-]+/g)) expect(out, call).toMatch(new RegExp(`${flag}\\b`));
    }
  });

  it('a command that cannot do its work ends with 2 and one line', async () => {
    expect(await runCommand(['store', 'check', '--data-dir', '/nowhere'])).toEqual({
      status: 2,
      out: '',
      error:
        'mpic store check: there is no store in /nowhere/store; --data-dir takes what MPIC_DATA_DIR names\n',
    });
  });
});
