import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../services/cli/verify/options.ts';
import { runVerify } from '../../../services/cli/verify/run.ts';

const URL_ARGS = ['--url', 'https://x.test/v1'];
const KEY = 'k-5f0c2b7d9e81';

describe('the options of npm run verify', () => {
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
    { name: 'a URL that is none', args: ['--url', 'x.test'], says: '--url: not an http' },
    { name: 'a URL of another scheme', args: ['--url', 'ftp://x.test'], says: '--url: not an http' },
    { name: 'a URL with a password', args: ['--url', `https://a:${KEY}@x.test`], says: '--url: not an http' },
    { name: 'a URL with a query', args: ['--url', `https://x.test/?key=${KEY}`], says: '--url: not an http' },
    { name: 'a key on the command line', args: [...URL_ARGS, '--key', KEY], says: "Unknown option '--key'" },
    { name: 'a key that belongs to no option', args: [...URL_ARGS, KEY], says: 'belongs to no option' },
    { name: 'an unknown option', args: [...URL_ARGS, '--kye', KEY], says: "Unknown option '--kye'" },
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
    { name: 'a timeout of nothing', args: [...URL_ARGS, '--timeout-ms', '0'], says: '--timeout-ms: not a' },
    {
      name: 'a timeout that is no number',
      args: [...URL_ARGS, '--timeout-ms', 'soon'],
      says: '--timeout-ms: not a',
    },
  ])('$name is refused with exit status 2, and no key is shown', async ({ args, says }) => {
    const shown = { out: '', error: '' };
    const status = await runVerify(args, {}, recorder(shown));
    expect(status).toBe(2);
    expect(shown.error).toContain(says);
    expect(shown.error).toContain('Usage: npm run verify');
    expect(shown.error).not.toContain(KEY);
    expect(shown.out).toBe('');
  });

  it('--help explains them and asks nobody', async () => {
    const shown = { out: '', error: '' };
    expect(await runVerify(['--help'], {}, recorder(shown))).toBe(0);
    expect(shown.out).toContain('--permitted <name>');
  });
});

function recorder(shown: { out: string; error: string }) {
  return {
    out(text: string) {
      shown.out += text;
    },
    error(text: string) {
      shown.error += text;
    },
  };
}
