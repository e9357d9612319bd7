import { describe, expect, it } from 'vitest';
import {
  findHeaderDeviations,
  findHeaderProblems,
  requestHeaders,
  withoutCredentials,
} from '../../../../../shared/domain/dcv/http/request-headers.ts';

const OURS = {
  accept: '*/*',
  'accept-encoding': 'identity',
  connection: 'close',
  'user-agent': 'mpic/1 (+domain control validation)',
};

describe('findHeaderProblems', () => {
  it.each<{ name: string; headers: Record<string, string> | null }>([
    { name: 'no headers', headers: null },
    { name: 'an empty set', headers: {} },
    {
      name: 'all headers that a caller may set',
      headers: {
        Accept: 'text/plain',
        'accept-language': 'de',
        'Cache-Control': 'no-cache',
        FROM: 'ca@ca.example',
        Pragma: 'no-cache',
        'User-Agent': 'ca/1',
      },
    },
    { name: 'a latin1 value', headers: { 'User-Agent': 'Bücher/1' } },
    { name: 'an empty value', headers: { 'User-Agent': '' } },
    { name: 'a value of 1024 octets', headers: { 'User-Agent': 'a'.repeat(1024) } },
  ])('accepts $name', ({ headers }) => {
    expect(findHeaderProblems(headers)).toEqual([]);
    expect(findHeaderDeviations(headers)).toEqual([]);
  });

  it.each([
    'Accept-Encoding',
    'Range',
    'Cookie',
    'Authorization',
    'Proxy-Authorization',
    'Forwarded',
    'X-Forwarded-Host',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'X-Custom',
    'Referer',
    'Origin',
    'If-None-Match',
    'constructor',
    'user_agent',
  ])('accepts %s and reports it as a deviation', (name) => {
    const headers = Object.fromEntries([[name, 'a']]);
    expect(findHeaderProblems(headers)).toEqual([]);
    expect(findHeaderDeviations(headers)).toEqual([expect.stringContaining(`"${name}"`)]);
    const sent = requestHeaders(headers);
    expect(sent).toEqual({ ...OURS, [name.toLowerCase()]: name === 'Accept-Encoding' ? 'identity' : 'a' });
  });

  it.each([
    'Host',
    'host',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'Upgrade',
    'TE',
    'Trailer',
    'Expect',
    'HTTP2-Settings',
    'Proxy-Connection',
    '__proto__',
    '',
    'user-agent ',
    ':authority',
    'accept\r\nhost',
  ])('rejects %j', (name) => {
    const headers = Object.fromEntries([[name, 'a']]);
    const problems = findHeaderProblems(headers);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("not the caller's to set");
    expect(problems[0]).not.toMatch(/\p{Cc}/u);
    expect(requestHeaders(headers)).toEqual(OURS);
  });

  it.each<{ name: string; headers: Record<string, string>; problem: RegExp }>([
    { name: 'a name in two spellings', headers: { Accept: 'a', ACCEPT: 'a' }, problem: /twice/ },
    { name: 'an injected line', headers: { From: 'a\r\nHost: b' }, problem: /control/ },
    { name: 'a line feed', headers: { From: 'a\n' }, problem: /control/ },
    { name: 'a NUL', headers: { From: '\0' }, problem: /control/ },
    { name: 'a tab', headers: { From: 'a\tb' }, problem: /control/ },
    { name: 'a DEL', headers: { From: '\x7f' }, problem: /control/ },
    { name: 'a C1 control', headers: { From: '\x85' }, problem: /control/ },
    { name: 'text outside latin1', headers: { From: '\u{10d}' }, problem: /latin1/ },
    {
      name: 'a character that latin1 truncates to a line feed',
      headers: { From: '\u{10a}' },
      problem: /latin1/,
    },
    { name: 'a lone surrogate', headers: { From: '\ud800' }, problem: /latin1/ },
    { name: 'a value of 1025 octets', headers: { From: 'a'.repeat(1025) }, problem: /longer/ },
  ])('rejects $name', ({ headers, problem }) => {
    expect(findHeaderProblems(headers)).toEqual([expect.stringMatching(problem)]);
  });

  it('reports every invalid field', () => {
    expect(findHeaderProblems({ Host: 'a', Accept: 'b', TE: 'c' })).toHaveLength(2);
    expect(findHeaderDeviations({ Cookie: 'a', Accept: 'b', Origin: 'c' })).toHaveLength(2);
  });
});

describe('requestHeaders', () => {
  it('returns the service’s own headers if the caller sets none', () => {
    expect(requestHeaders(null)).toEqual(OURS);
    expect(requestHeaders({})).toEqual(OURS);
  });

  it('includes the caller’s headers in any case, except content coding and connection', () => {
    const headers = {
      'USER-Agent': 'ca/1',
      From: 'ca@ca.example',
      Connection: 'keep-alive',
      'accept-encoding': 'gzip',
    };
    expect(requestHeaders(headers)).toEqual({ ...OURS, 'user-agent': 'ca/1', from: 'ca@ca.example' });
  });
});

describe('withoutCredentials', () => {
  it('keeps identifying headers and removes credentials', () => {
    const headers = requestHeaders({
      Cookie: 'a',
      Authorization: 'b',
      'Proxy-Authorization': 'c',
      'X-Custom': 'd',
    });
    expect(withoutCredentials(headers)).toEqual({ ...OURS, 'x-custom': 'd' });
  });
});
