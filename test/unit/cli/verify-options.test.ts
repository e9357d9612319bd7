import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addOptions, readOptions } from '../../../services/cli/shell/command.ts';
import { OPTIONS, toOptions } from '../../../services/cli/verify/options.ts';
import { runCommand } from './run-command.ts';

const URL_ARGS = ['--url', 'https://x.test/v1'];
const KEY = 'k-5f0c2b7d9e81';

function parseOptions(argv: readonly string[], environment: Readonly<Record<string, string>>) {
  const command = addOptions(new Command('verify'), OPTIONS).parse(argv, { from: 'user' });
  return toOptions(readOptions(OPTIONS, command.opts()), environment);
}

describe('the options of mpic verify', () => {
  it('have defaults for everything but the URL', () => {
    expect(parseOptions(URL_ARGS, {})).toEqual({
      url: 'https://x.test/v1',
      key: null,
      permitted: 'iana.org',
      forbidden: 'deny.basic.caatestsuite.com',
      dns: null,
      caaDomains: null,
      json: false,
      timeoutMs: 60_000,
    });
  });

  it.each([
    { name: 'a final slash is taken off', text: 'https://x.test/v1/', url: 'https://x.test/v1' },
    { name: 'several final slashes are taken off', text: 'https://x.test/v1//', url: 'https://x.test/v1' },
    { name: 'a URL without a path stays one', text: 'http://127.0.0.1:3000', url: 'http://127.0.0.1:3000' },
    { name: 'a path of several segments is kept', text: 'https://x.test/a/b', url: 'https://x.test/a/b' },
  ])('$name', ({ text, url }) => {
    expect(parseOptions(['--url', text], {}).url).toBe(url);
  });

  it.each([
    { name: 'the key of the environment is used', args: [], env: KEY, key: KEY },
    { name: 'an empty variable is no key', args: [], env: '', key: null },
  ])('$name', ({ args, env, key }) => {
    expect(parseOptions([...URL_ARGS, ...args], { MPIC_VERIFY_KEY: env }).key).toBe(key);
  });

  it('issuer domain names are split at commas', () => {
    const { caaDomains } = parseOptions([...URL_ARGS, '--caa-domains', 'ca.example, ca.test,'], {});
    expect(caaDomains).toEqual(['ca.example', 'ca.test']);
  });

  it.each([
    { name: 'no URL', args: [], says: '--url is missing' },
    { name: 'a URL that is none', args: ['--url', 'x.test'], says: '--url is not an http' },
    { name: 'a URL of another scheme', args: ['--url', 'ftp://x.test'], says: '--url is not an http' },
    {
      name: 'a URL with a password',
      args: ['--url', `https://a:${KEY}@x.test`],
      says: '--url is not an http',
    },
    {
      name: 'a URL with a query',
      args: ['--url', `https://x.test/?key=${KEY}`],
      says: '--url is not an http',
    },
    { name: 'a key on the command line', args: [...URL_ARGS, '--key', KEY], says: "unknown option '--key'" },
    { name: 'a key that belongs to no option', args: [...URL_ARGS, KEY], says: 'too many arguments' },
    { name: 'an unknown option', args: [...URL_ARGS, '--kye', KEY], says: "unknown option '--kye'" },
    {
      name: 'a key as the value of an unknown option',
      args: [...URL_ARGS, `--key=${KEY}`],
      says: "unknown option '--key'",
    },
    {
      name: 'a name without its value',
      args: [...URL_ARGS, '--dns-name', 'a.test'],
      says: 'both or neither',
    },
    { name: 'a value without its name', args: [...URL_ARGS, '--dns-value', 'v'], says: 'both or neither' },
    {
      name: 'issuer domain names that are none',
      args: [...URL_ARGS, '--caa-domains', ','],
      says: 'names nothing',
    },
    { name: 'a timeout of nothing', args: [...URL_ARGS, '--timeout-ms', '0'], says: '--timeout-ms is not a' },
    {
      name: 'a timeout that is no number',
      args: [...URL_ARGS, '--timeout-ms', 'soon'],
      says: '--timeout-ms is not a',
    },
  ])('$name is refused with exit status 64 and one line, and no key is shown', async ({ args, says }) => {
    const { status, out, error } = await runCommand(['verify', ...args]);
    expect([status, out]).toEqual([64, '']);
    expect(error).toMatch(/^mpic verify: [^\n]+; mpic verify --help explains\n$/);
    expect(error).toContain(says);
    expect(error).not.toContain(KEY);
  });

  it('a key that cannot be sent is refused before anything is asked', async () => {
    const environment = { MPIC_VERIFY_KEY: `${KEY}\n` };
    expect(await runCommand(['verify', ...URL_ARGS], { environment })).toEqual({
      status: 64,
      out: '',
      error: expect.stringMatching(/^mpic verify: MPIC_VERIFY_KEY holds [^\n]*\n$/),
    });
  });

  it('--help explains them and asks nobody', async () => {
    const { status, out } = await runCommand(['verify', '--help']);
    expect([status, out]).toEqual([0, expect.stringContaining('--permitted <name>')]);
    expect(out).toMatch(/default\s+deny\.basic\.caatestsuite\.com/);
  });
});
