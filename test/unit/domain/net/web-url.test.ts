import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpAddress } from '../../../../shared/domain/net/ip-address.ts';
import {
  hostText,
  MAX_URL_OCTETS,
  parseWebUrl,
  WEB_URL_PROBLEMS,
  type WebHost,
  type WebUrl,
  type WebUrlProblem,
  type WebUrlRules,
  webUrl,
} from '../../../../shared/domain/net/web-url.ts';

const RULES: WebUrlRules = { allowTestNames: false };
const HOST: WebHost = { kind: 'name', name: 'shop.example.com' };
const BASE = webUrl({
  scheme: 'https',
  host: HOST,
  port: 443,
  path: '/.well-known/pki-validation/a.txt?q=1',
});
const ODD_PORT = webUrl({ scheme: 'http', host: HOST, port: 443, path: '/dir/file' });

describe('webUrl', () => {
  it.each<{ name: string; parts: Omit<WebUrl, 'text'>; text: string }>([
    {
      name: 'omits the scheme’s default port',
      parts: { scheme: 'http', host: HOST, port: 80, path: '/a' },
      text: 'http://shop.example.com/a',
    },
    {
      name: 'includes another port',
      parts: { scheme: 'https', host: HOST, port: 80, path: '/a?b' },
      text: 'https://shop.example.com:80/a?b',
    },
    {
      name: 'puts an IPv6 address in brackets (RFC 3986 section 3.2.2)',
      parts: { scheme: 'http', host: { kind: 'ip', address: '2a00::1', family: 6 }, port: 80, path: '/' },
      text: 'http://[2a00::1]/',
    },
    {
      name: 'does not put an IPv4 address in brackets',
      parts: { scheme: 'https', host: { kind: 'ip', address: '11.0.0.1', family: 4 }, port: 443, path: '/' },
      text: 'https://11.0.0.1/',
    },
  ])('$name', ({ parts, text }) => {
    expect(webUrl(parts)).toEqual({ ...parts, text });
  });
});

describe('parseWebUrl: valid URLs', () => {
  it.each<{ name: string; text: string; base?: WebUrl | null; rules?: WebUrlRules; url: string }>([
    { name: 'a plain URL', text: 'http://www.example.com/a', base: null, url: 'http://www.example.com/a' },
    { name: 'no path', text: 'https://www.example.com', url: 'https://www.example.com/' },
    { name: 'a query without a path', text: 'http://www.example.com?q', url: 'http://www.example.com/?q' },
    {
      name: 'capitals in scheme and host',
      text: 'HTTP://WWW.Example.COM/A',
      url: 'http://www.example.com/A',
    },
    { name: 'a final dot of the host', text: 'http://www.example.com./a', url: 'http://www.example.com/a' },
    { name: 'an explicit default port', text: 'http://www.example.com:80/', url: 'http://www.example.com/' },
    { name: 'an empty port', text: 'https://www.example.com:/', url: 'https://www.example.com/' },
    { name: 'http on 443', text: 'http://www.example.com:443/', url: 'http://www.example.com:443/' },
    { name: 'https on 80', text: 'https://www.example.com:80/', url: 'https://www.example.com:80/' },
    { name: 'A-labels', text: 'http://xn--bcher-kva.example.com/', url: 'http://xn--bcher-kva.example.com/' },
    {
      name: 'a label after xn-- without decoding, because the host is only looked up',
      text: 'http://XN--A.example.com/',
      url: 'http://xn--a.example.com/',
    },
    { name: 'an IPv4 address', text: 'http://11.0.0.1/', url: 'http://11.0.0.1/' },
    { name: 'IPv6 in any spelling', text: 'http://[2A00:0:0::0001]/', url: 'http://[2a00::1]/' },
    {
      name: 'a reserved address, which the network guard rejects later',
      text: 'http://127.0.0.1/',
      url: 'http://127.0.0.1/',
    },
    {
      name: 'IPv4-mapped IPv6, as the IPv6 address it is',
      text: 'http://[::ffff:7f00:1]/',
      url: 'http://[::ffff:127.0.0.1]/',
    },
    {
      name: 'a test name if test names are allowed',
      text: 'http://shop.test/',
      rules: { allowTestNames: true },
      url: 'http://shop.test/',
    },
    {
      name: 'a fragment, which is dropped',
      text: 'http://www.example.com/a#b',
      url: 'http://www.example.com/a',
    },
    {
      name: 'dot segments',
      text: 'http://www.example.com/a/./b/../../../c',
      url: 'http://www.example.com/c',
    },
    {
      name: 'encoded dot segments',
      text: 'http://www.example.com/a/%2e%2E/b',
      url: 'http://www.example.com/b',
    },
    {
      name: 'a double slash in the path',
      text: 'http://www.example.com//a',
      url: 'http://www.example.com//a',
    },
    { name: 'an at sign in the path', text: 'http://www.example.com/@a', url: 'http://www.example.com/@a' },
    { name: 'a URL in the query', text: '/r?u=http://b/', url: 'https://shop.example.com/r?u=http://b/' },
    { name: 'an absolute path', text: '/b', url: 'https://shop.example.com/b' },
    { name: 'a relative path', text: 'b', url: 'https://shop.example.com/.well-known/pki-validation/b' },
    { name: 'a path with parent segments', text: '../../../../b', url: 'https://shop.example.com/b' },
    {
      name: 'a new query',
      text: '?q=2',
      url: 'https://shop.example.com/.well-known/pki-validation/a.txt?q=2',
    },
    {
      name: 'a fragment alone, which resolves to the base',
      text: '#top',
      url: 'https://shop.example.com/.well-known/pki-validation/a.txt?q=1',
    },
    {
      name: 'another host with the base’s scheme',
      text: '//www.example.com/b',
      url: 'https://www.example.com/b',
    },
    {
      name: 'another host with the scheme’s port, not the base’s',
      text: '//www.example.com/b',
      base: ODD_PORT,
      url: 'http://www.example.com/b',
    },
    {
      name: 'a path at the base’s port',
      text: 'b',
      base: ODD_PORT,
      url: 'http://shop.example.com:443/dir/b',
    },
    { name: 'characters to be encoded', text: '/{a}?"b"', url: 'https://shop.example.com/%7Ba%7D?%22b%22' },
    {
      name: 'a colon in a later segment',
      text: './a:b',
      base: ODD_PORT,
      url: 'http://shop.example.com:443/dir/a:b',
    },
  ])('accepts $name', ({ text, base = BASE, rules = RULES, url }) => {
    const result = parseWebUrl(text, base, rules);
    expect(result).toMatchObject({ ok: true, url: { text: url } });
    expect(result.ok && webUrl(result.url)).toEqual(result.ok && result.url);
  });

  it('returns the same text for all spellings of a URL, so that loops are detected', () => {
    const spellings = [
      'http://www.example.com/a',
      'HTTP://WWW.EXAMPLE.COM:80/a#x',
      'http://www.example.com./b/../a',
      'http://www.example.com:/./a',
    ];
    const texts = spellings.map((text) => {
      const result = parseWebUrl(text, null, RULES);
      return result.ok ? result.url.text : result.problem;
    });
    expect(texts).toEqual(spellings.map(() => 'http://www.example.com/a'));
  });
});

const LONGEST = `/${'a'.repeat(MAX_URL_OCTETS - 'https://shop.example.com/'.length)}`;

describe('parseWebUrl: invalid URLs', () => {
  it.each<{ name: string; text: string; base?: WebUrl | null; problem: WebUrlProblem }>([
    { name: 'nothing', text: '', problem: 'empty' },
    { name: 'a million characters', text: '/a'.repeat(500_000), problem: 'too-long' },
    { name: 'one octet too many', text: `/${'a'.repeat(MAX_URL_OCTETS)}`, problem: 'too-long' },
    { name: 'one octet too many after it is resolved', text: `${LONGEST}a`, problem: 'too-long' },
    { name: 'too much after it is encoded', text: `/${'{'.repeat(1000)}`, problem: 'too-long' },

    { name: 'a space', text: 'http://www.example.com/a b', problem: 'forbidden-character' },
    { name: 'a space before the URL', text: ' http://www.example.com/', problem: 'forbidden-character' },
    { name: 'a tab, which browsers drop', text: 'http://www.exa\tmple.com/', problem: 'forbidden-character' },
    { name: 'a line feed in the scheme', text: 'ht\ntp://www.example.com/', problem: 'forbidden-character' },
    { name: 'a carriage return', text: '/a\r\nX: y', problem: 'forbidden-character' },
    { name: 'a NUL', text: '/a\0', problem: 'forbidden-character' },
    { name: 'a DEL', text: '/a\x7f', problem: 'forbidden-character' },
    { name: 'backslashes for slashes', text: '\\\\www.example.com\\a', problem: 'forbidden-character' },
    {
      name: 'a backslash before the host ends',
      text: 'http://a.com\\@b.com/',
      problem: 'forbidden-character',
    },
    { name: 'UTF-8 octets in the path', text: '/b\xc3\xbc', problem: 'forbidden-character' },
    { name: 'a U-label', text: 'http://bücher.com/', problem: 'forbidden-character' },
    { name: 'full-width digits', text: 'http://１２７.０.０.１/', problem: 'forbidden-character' },
    { name: 'an ideographic full stop', text: 'http://www。example。com/', problem: 'forbidden-character' },

    { name: 'ftp', text: 'ftp://www.example.com/', problem: 'scheme-not-allowed' },
    { name: 'file', text: 'file:///etc/passwd', problem: 'scheme-not-allowed' },
    { name: 'gopher', text: 'gopher://www.example.com:80/', problem: 'scheme-not-allowed' },
    { name: 'javascript', text: 'javascript:alert(1)', problem: 'scheme-not-allowed' },
    { name: 'data', text: 'data:,rv', problem: 'scheme-not-allowed' },
    {
      name: 'a host with a port in place of a scheme',
      text: 'www.example.com:80/a',
      problem: 'scheme-not-allowed',
    },
    { name: 'a web socket', text: 'wss://www.example.com/', problem: 'scheme-not-allowed' },

    { name: 'a scheme without slashes', text: 'http:www.example.com/', problem: 'malformed' },
    { name: 'a scheme and a path, which browsers read as relative', text: 'https:/b', problem: 'malformed' },
    { name: 'a scheme alone', text: 'http:', problem: 'malformed' },
    { name: 'no host', text: 'http:///a', problem: 'malformed' },
    { name: 'three slashes', text: '///www.example.com/', problem: 'malformed' },
    { name: 'two slashes alone', text: '//', problem: 'malformed' },
    { name: 'a query in place of a host', text: 'http://?a', problem: 'malformed' },
    { name: 'a relative reference without a base', text: '/a', base: null, problem: 'malformed' },
    { name: 'a host without a base', text: '//www.example.com/', base: null, problem: 'malformed' },

    { name: 'user and password', text: 'http://u:p@www.example.com/', problem: 'credentials' },
    { name: 'an empty user', text: 'http://@www.example.com/', problem: 'credentials' },
    {
      name: 'a user name that looks like a host',
      text: 'http://www.example.com:80@127.0.0.1/',
      problem: 'credentials',
    },

    { name: 'port 8080', text: 'http://www.example.com:8080/', problem: 'port-not-allowed' },
    { name: 'port 25, an Authorized Port', text: 'http://www.example.com:25/', problem: 'port-not-allowed' },
    { name: 'port 22, an Authorized Port', text: 'http://www.example.com:22/', problem: 'port-not-allowed' },
    { name: 'port 0', text: 'http://www.example.com:0/', problem: 'port-not-allowed' },
    { name: 'a port modulo 65536', text: 'http://www.example.com:65616/', problem: 'port-not-allowed' },
    { name: 'a port with leading zeros', text: 'http://www.example.com:0080/', problem: 'port-not-allowed' },
    { name: 'a port with a sign', text: 'http://www.example.com:+80/', problem: 'port-not-allowed' },
    { name: 'two ports', text: 'http://www.example.com:80:80/', problem: 'port-not-allowed' },
    { name: 'another port of the same host', text: '//shop.example.com:81/', problem: 'port-not-allowed' },
    { name: 'an IPv6 address without brackets', text: 'http://2a00::1/', problem: 'port-not-allowed' },

    { name: 'a short form of loopback', text: 'http://127.1/', problem: 'not-a-host' },
    { name: 'a hexadecimal part', text: 'http://0x7f.1/', problem: 'not-a-host' },
    { name: 'a number', text: 'http://2130706433/', problem: 'not-a-host' },
    { name: 'a number with a final dot', text: 'http://2130706433./', problem: 'not-a-host' },
    { name: 'a hexadecimal number', text: 'http://0x7f000001/', problem: 'not-a-host' },
    { name: 'octal', text: 'http://0177.0.0.1/', problem: 'not-a-host' },
    { name: 'leading zeros', text: 'http://127.0.0.01/', problem: 'not-a-host' },
    { name: 'an IPv4 address with a final dot', text: 'http://127.0.0.1./', problem: 'not-a-host' },
    { name: 'percent-encoded digits', text: 'http://%31%32%37.0.0.1/', problem: 'not-a-host' },
    { name: 'percent-encoded letters', text: 'http://www.%65xample.com/', problem: 'not-a-host' },
    { name: 'a zone index', text: 'http://[fe80::1%25eth0]/', problem: 'not-a-host' },
    { name: 'a zone index, not encoded', text: 'http://[fe80::1%eth0]/', problem: 'not-a-host' },
    { name: 'brackets around IPv4', text: 'http://[127.0.0.1]/', problem: 'not-a-host' },
    { name: 'brackets around a name', text: 'http://[www.example.com]/', problem: 'not-a-host' },
    { name: 'empty brackets', text: 'http://[]/', problem: 'not-a-host' },
    { name: 'an open bracket', text: 'http://[2a00::1/', problem: 'not-a-host' },
    { name: 'text after brackets', text: 'http://[2a00::1]a/', problem: 'not-a-host' },
    { name: 'an IPvFuture address', text: 'http://[v1.a]/', problem: 'not-a-host' },
    { name: 'a port without a host', text: 'http://:80/', problem: 'not-a-host' },
    { name: 'a single label', text: 'http://intranet/', problem: 'not-a-host' },
    { name: 'a lone dot', text: 'http://./', problem: 'not-a-host' },
    { name: 'two dots', text: 'http://www..example.com/', problem: 'not-a-host' },
    { name: 'a wildcard', text: 'http://*.example.com/', problem: 'not-a-host' },
    { name: 'an underscore', text: 'http://a_b.example.com/', problem: 'not-a-host' },

    { name: 'localhost', text: 'http://localhost./', problem: 'not-a-host' },
    { name: 'a name below localhost', text: 'http://a.localhost/', problem: 'special-use-name' },
    { name: 'a cloud metadata name', text: 'http://metadata.google.internal/', problem: 'special-use-name' },
    { name: 'a special name in capitals', text: 'http://PRINTER.LOCAL/', problem: 'special-use-name' },
    { name: 'an onion name', text: 'http://a.onion/', problem: 'special-use-name' },
    { name: 'a home network', text: 'http://a.home.arpa/', problem: 'special-use-name' },
    { name: 'a test name in production', text: 'http://shop.test/', problem: 'special-use-name' },
    { name: 'a reverse name', text: 'http://1.0.0.127.in-addr.arpa/', problem: 'reverse-name' },
    { name: 'an IPv6 reverse zone', text: 'http://8.b.d.0.1.0.0.2.IP6.ARPA./', problem: 'reverse-name' },
  ])('rejects $name', ({ text, base = BASE, problem }) => {
    const result = parseWebUrl(text, base, RULES);
    expect(result).toMatchObject({ ok: false, problem });
    expect(result.ok || result.message).not.toMatch(/\p{Cc}|\.$/u);
  });

  it('accepts a URL of the maximum length', () => {
    expect(parseWebUrl(LONGEST, BASE, RULES)).toMatchObject({ ok: true });
    expect(parseWebUrl(`https://shop.example.com${LONGEST}`, BASE, RULES)).toMatchObject({ ok: true });
  });

  it.each<{ name: string; text: string; base?: WebUrl; says: RegExp }>([
    { name: 'an empty URL', text: '', says: /^the URL is empty/ },
    {
      name: 'a URL that is too long as written but not when resolved',
      text: `http://www.example.com/${'a/../'.repeat(400)}`,
      says: /^the URL is longer than 2000 octets/,
    },
    {
      name: 'a URL that is too long when resolved',
      text: `${LONGEST}a`,
      base: BASE,
      says: /makes a URL longer than 2000 octets/,
    },
    { name: 'a space', text: 'http://a b/', says: /^"http:\/\/a b\/" holds .* printable ASCII/ },
    { name: 'no scheme', text: '/a', says: /is no absolute URL/ },
    { name: 'another scheme', text: 'ftp://www.example.com/', says: /another scheme than http and https/ },
    { name: 'no host', text: 'http:///a', says: /has no host where one must be/ },
    { name: 'a user name', text: 'http://u@www.example.com/', says: /user name or password/ },
    { name: 'an open bracket', text: 'http://[2a00::1/', says: /no host that can be read/ },
    { name: 'another port', text: 'http://www.example.com:8080/', says: /another port than 80 and 443/ },
    {
      name: 'brackets around IPv4',
      text: 'http://[127.0.0.1]/',
      says: /brackets around something else than an IPv6/,
    },
    { name: 'a single label', text: 'http://intranet/', says: /^"intranet" is not a domain name: .*[^.]$/ },
    { name: 'a reverse name', text: 'http://1.0.0.127.in-addr.arpa/', says: /lies in a reverse zone/ },
  ])('states the problem of $name', ({ text, base = null, says }) => {
    const result = parseWebUrl(text, base, RULES);
    expect(result.ok ? result.url.text : result.message).toMatch(says);
  });

  it('reports problems from a fixed list', () => {
    expect(WEB_URL_PROBLEMS).toHaveLength(new Set(WEB_URL_PROBLEMS).size);
    expect(parseWebUrl('http://a.local/', null, RULES)).toEqual({
      ok: false,
      problem: 'special-use-name',
      message:
        '"a.local" lies in "local", which is set aside for multicast DNS (RFC 6762) and not part of the public DNS',
    });
  });
});

describe('parseWebUrl: properties', () => {
  const pieces = [
    'http:',
    'https:',
    'HTTP:',
    'ftp:',
    '/',
    '//',
    '\\',
    ':',
    ':80',
    ':443',
    ':8080',
    '@',
    '?',
    '#',
    '.',
    '..',
    '%2e',
    '%00',
    '%',
    '[',
    ']',
    '[::1]',
    'a',
    'www.example.com',
    'localhost',
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '1',
    'xn--',
    'ü',
    '１',
    '。',
    '\t',
    '\n',
    '\0',
    ' ',
  ];
  const almostUrl = fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((parts) => parts.join(''));
  const withHost = almostUrl.map((rest) => `http://www.example.com${rest}`);
  const text = fc.oneof(
    almostUrl,
    withHost,
    almostUrl.map((rest) => `//${rest}`),
    fc.webUrl(),
    fc.string({ unit: 'binary' }),
  );
  const base = fc.constantFrom(null, BASE, ODD_PORT);

  it('accepts only URLs that are safe to request, and never throws', () => {
    fc.assert(
      fc.property(text, base, (location, from) => {
        const result = parseWebUrl(location, from, RULES);
        if (!result.ok) {
          expect(result.message).not.toMatch(/\p{Cc}/u);
          return;
        }
        const { scheme, host, port, path, text: whole } = result.url;
        expect(['http', 'https']).toContain(scheme);
        expect([80, 443]).toContain(port);
        expect(path).toMatch(/^\/[!-~]*$/);
        expect(path).not.toContain('#');
        if (host.kind === 'ip') expect(parseIpAddress(host.address)?.text).toBe(host.address);
        else expect(host.name).toMatch(/^(?:[a-z0-9-]+\.)+(?=[a-z0-9-]*[a-z])(?!0x[0-9a-f]*$)[a-z0-9-]+$/);
        // The platform's parser, which most clients use, must not see another host or port. It rejects invalid
        // A-labels, which are looked up here without decoding.
        if (host.kind === 'name' && /(?:^|\.)xn--/.test(host.name) && !URL.canParse(whole)) return;
        const seen = new URL(whole);
        expect(Number(seen.port || (seen.protocol === 'http:' ? 80 : 443))).toBe(port);
        expect(`${seen.username}${seen.password}${seen.hash}`).toBe('');
        if (host.kind === 'name' || host.family === 4) expect(seen.hostname).toBe(hostText(host));
        expect(seen.href.slice(seen.origin.length)).toBe(path);
      }),
      { numRuns: 3000 },
    );
  });

  it('parses its own text as the same URL', () => {
    fc.assert(
      fc.property(text, base, (location, from) => {
        const first = parseWebUrl(location, from, RULES);
        if (first.ok) expect(parseWebUrl(first.url.text, null, RULES)).toEqual(first);
      }),
      { numRuns: 2000 },
    );
  });
});
