import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTokenPathProblem } from '../../../../../shared/domain/dcv/http/token-path.ts';

const DIRECTORY = '/.well-known/pki-validation/';

describe('findTokenPathProblem: valid paths', () => {
  it.each([
    { name: 'a file', path: 'token.txt' },
    { name: 'a file in a directory', path: 'a/b/token' },
    { name: 'a hidden file', path: '.token' },
    { name: 'dots inside a name', path: 'a..b' },
    { name: 'dots before a name', path: '..a' },
    { name: 'all other path characters of RFC 3986', path: "-._~!$&'()*+,;=@1" },
    { name: 'a colon in a later segment', path: 'a/b:c' },
    { name: 'encoded UTF-8', path: 'b%C3%BCcher' },
    { name: 'an encoded space', path: 'a%20b' },
    { name: 'encoded letters', path: '%61%62' },
    { name: 'a path parameter', path: 'a;v=1/b' },
    { name: 'a thousand characters', path: 'a'.repeat(1000) },
  ])('accepts $name', ({ path }) => {
    expect(findTokenPathProblem(path)).toBeNull();
    expect(new URL(`http://a.example${DIRECTORY}${path}`).pathname).toBe(`${DIRECTORY}${path}`);
  });
});

describe('findTokenPathProblem: paths that we or a server could read as another path', () => {
  it.each<{ name: string; path: string; advice: RegExp }>([
    { name: 'an empty path', path: '', advice: /empty/ },
    { name: 'more than a thousand characters', path: 'a'.repeat(1001), advice: /longer/ },
    { name: 'a million dot segments', path: '../'.repeat(1_000_000), advice: /longer/ },

    { name: 'a parent segment', path: '../x', advice: /dots/ },
    { name: 'a parent segment after a directory', path: 'a/../../x', advice: /dots/ },
    { name: 'a parent segment at the end', path: 'a/..', advice: /dots/ },
    { name: 'a single-dot segment', path: './x', advice: /dots/ },
    { name: 'an encoded parent segment', path: '%2e%2e/x', advice: /dots/ },
    { name: 'a parent segment encoded in capitals', path: '%2E%2E/x', advice: /dots/ },
    { name: 'a half-encoded parent segment', path: '.%2e/x', advice: /dots/ },
    { name: 'an encoded single-dot segment', path: 'a/%2e/x', advice: /dots/ },
    { name: 'a parent segment encoded twice', path: '%252e%252e/x', advice: /percent/ },
    { name: 'a parent segment encoded three times', path: '%25252e%25252e/x', advice: /percent/ },
    { name: 'a parent segment with an encoded slash', path: '..%2fx', advice: /slash/ },
    { name: 'a fully encoded parent path', path: '%2e%2e%2fx', advice: /slash/ },
    { name: 'a slash encoded twice', path: 'a%252f..', advice: /percent/ },
    { name: 'a parent segment with a path parameter, as servlets parse it', path: '..;/x', advice: /dots/ },
    { name: 'a parent segment with an encoded semicolon', path: '..%3Ba/x', advice: /dots/ },
    { name: 'a parent segment with a trailing space', path: '..%20/x', advice: /dots/ },
    { name: 'three dots', path: '.../x', advice: /dots/ },
    { name: 'dots in overlong UTF-8', path: '%c0%ae%c0%ae/x', advice: /UTF-8/ },
    { name: 'a slash in overlong UTF-8', path: 'a%c0%afb', advice: /UTF-8/ },
    { name: 'full-width dots', path: '%EF%BC%8E%EF%BC%8E/x', advice: /dots/ },
    { name: 'a two dot leader', path: '%E2%80%A5/x', advice: /dots/ },
    { name: 'a full-width slash', path: 'a%EF%BC%8Fb', advice: /slash/ },
    { name: 'a full-width percent sign', path: 'a%EF%BC%852e', advice: /percent/ },

    { name: 'a leading slash', path: '/x', advice: /begins with a slash/ },
    { name: 'another host', path: '//evil.example.com/x', advice: /begins with a slash/ },
    { name: 'an empty segment', path: 'a//b', advice: /empty segment/ },
    { name: 'a final slash', path: 'a/', advice: /empty segment/ },
    { name: 'an encoded slash', path: 'a%2Fb', advice: /slash/ },
    { name: 'a backslash', path: 'a\\b', advice: /backslash/ },
    { name: 'a parent path with backslashes', path: '..\\x', advice: /backslash/ },
    { name: 'an encoded backslash', path: '..%5cx', advice: /backslash/ },
    { name: 'a URL', path: 'http://evil.example.com/', advice: /scheme/ },
    { name: 'a scheme without slashes', path: 'javascript:x', advice: /scheme/ },
    { name: 'a query', path: 'a?b', advice: /query/ },
    { name: 'a fragment', path: 'a#b', advice: /fragment/ },
    { name: 'an encoded question mark', path: 'a%3Fb', advice: /encoded form/ },
    { name: 'an encoded number sign', path: 'a%23b', advice: /encoded form/ },
    { name: 'an encoded percent sign', path: '100%25', advice: /percent/ },
    { name: 'an IIS escape', path: '%u002e%u002e/x', advice: /percent-encode/ },
    { name: 'an invalid escape', path: 'a%2', advice: /percent-encode/ },
    { name: 'a percent sign alone', path: 'a%', advice: /percent-encode/ },
    { name: 'an incomplete UTF-8 character', path: 'a%C3', advice: /UTF-8/ },
    { name: 'a line feed', path: 'a\nb', advice: /control/ },
    { name: 'an injected request line', path: 'a HTTP/1.1\r\nHost: b', advice: /control/ },
    { name: 'a NUL', path: 'a\0', advice: /control/ },
    { name: 'an encoded NUL', path: 'a%00.txt', advice: /control/ },
    { name: 'encoded line ends', path: 'a%0d%0ab', advice: /control/ },
    { name: 'a space', path: 'a b', advice: /percent-encode/ },
    { name: 'non-ASCII text', path: 'bücher', advice: /percent-encode/ },
    { name: 'brackets', path: 'a[1]', advice: /percent-encode/ },
    { name: 'braces', path: 'a{b}', advice: /percent-encode/ },
    { name: 'quotes', path: 'a"b', advice: /percent-encode/ },
    { name: 'a pipe', path: 'a|b', advice: /percent-encode/ },
  ])('rejects $name', ({ path, advice }) => {
    expect(findTokenPathProblem(path)).toMatch(advice);
  });
});

describe('findTokenPathProblem: properties', () => {
  const pieces = [
    '.',
    '..',
    '/',
    '\\',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%25',
    '%252e',
    '%c0%ae',
    '%EF%BC%8E',
    '%20',
    '%3b',
    '%',
    ';',
    ':',
    '?',
    '#',
    'a',
    'token.txt',
    '\0',
    ' ',
    'ü',
  ];
  const path = fc.oneof(
    fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
    fc.webPath(),
  );

  it('accepts only paths that every server reads as below the directory', () => {
    fc.assert(
      fc.property(path, (text) => {
        if (findTokenPathProblem(text) !== null) return;
        const built = `${DIRECTORY}${text}`;
        expect(new URL(`https://a.example${built}`).href).toBe(`https://a.example${built}`);
        expect(new URL(`https://a.example${built}`).pathname).toBe(built);
        for (let reading = text, round = 0; round < 4; round++) {
          const climbed = new URL(`https://a.example${DIRECTORY}${reading.replaceAll('\\', '/')}`).pathname;
          expect(climbed.startsWith(DIRECTORY)).toBe(true);
          expect(reading.split('/')).not.toContain('..');
          reading = reading.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
            String.fromCharCode(Number.parseInt(digits, 16)),
          );
        }
      }),
      { numRuns: 5000 },
    );
  });
});
