import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpDcvParameters } from '../../../../../shared/domain/check/check.ts';
import {
  evidenceOfPage,
  isFinalSuccess,
  judgePage,
  MAX_BODY_BYTES,
  type Page,
} from '../../../../../shared/domain/dcv/http/page.ts';
import { type CompiledPattern, compilePattern } from '../../../../../shared/domain/dcv/http/pattern.ts';
import type { Match } from '../../../../../shared/domain/dcv/match.ts';

type WebsiteChange = Extract<HttpDcvParameters, { method: 'website-change' }>;

const VALUE = 'rv-7F3c90e1b2d4a6f8091b';
const CHANGE: WebsiteChange = {
  method: 'website-change',
  challengeValue: VALUE,
  httpTokenPath: 'token.txt',
  urlScheme: 'http',
  httpHeaders: null,
  matchRegex: null,
  requireExactCase: true,
};
const KEY_AUTHORIZATION = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI';
const ACME: HttpDcvParameters = {
  method: 'acme-http-01',
  token: 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ',
  keyAuthorization: KEY_AUTHORIZATION,
  httpHeaders: null,
};

function pageOf(text: string | Uint8Array, more: Partial<Page> = {}): Page {
  const body = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  return { statusCode: 200, body, bodyCut: false, contentType: null, ...more };
}

describe('isFinalSuccess (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19 [dcv-acme-http])', () => {
  it.each([200, 201, 203, 204, 206, 226, 299])('returns true for %i', (statusCode) => {
    expect(isFinalSuccess(statusCode)).toBe(true);
  });

  it.each([0, 100, 199, 300, 301, 304, 400, 404, 500, 999, Number.NaN])(
    'returns false for %d',
    (statusCode) => {
      expect(isFinalSuccess(statusCode)).toBe(false);
      expect(judgePage(CHANGE, pageOf(VALUE, { statusCode }), null)).toBe('none');
      expect(judgePage(ACME, pageOf(KEY_AUTHORIZATION, { statusCode }), null)).toBe('none');
    },
  );
});

describe('judgePage: acme-http-01 (RFC 8555 section 8.3)', () => {
  it.each<{ name: string; page: Page; match: Match; expected?: string }>([
    { name: 'the key authorization', page: pageOf(KEY_AUTHORIZATION), match: 'exact' },
    {
      name: 'the key authorization and a line end',
      page: pageOf(`${KEY_AUTHORIZATION}\r\n`),
      match: 'exact',
    },
    {
      name: 'the key authorization and all kinds of white space',
      page: pageOf(`${KEY_AUTHORIZATION} \t\v\f\r\n`),
      match: 'exact',
    },
    {
      name: 'the key authorization and a body full of white space',
      page: pageOf(KEY_AUTHORIZATION + ' '.repeat(MAX_BODY_BYTES - KEY_AUTHORIZATION.length)),
      match: 'exact',
    },
    {
      name: 'the word null for a key authorization that is not valid text',
      page: pageOf('null'),
      expected: '\ud800',
      match: 'none',
    },
    {
      name: 'a charset, which is ignored',
      page: pageOf(KEY_AUTHORIZATION, { contentType: 'text/plain;charset=utf-16' }),
      match: 'exact',
    },
    {
      name: 'white space before the key authorization',
      page: pageOf(`\n ${KEY_AUTHORIZATION}\n`),
      match: 'lenient',
    },
    { name: 'a body that was cut', page: pageOf(KEY_AUTHORIZATION, { bodyCut: true }), match: 'none' },
    { name: 'nothing', page: pageOf(''), match: 'none' },
    { name: 'white space alone', page: pageOf(' \n'), match: 'none' },
    { name: 'text after the key authorization', page: pageOf(`${KEY_AUTHORIZATION}x`), match: 'none' },
    {
      name: 'text after the key authorization and white space',
      page: pageOf(`${KEY_AUTHORIZATION}\nx`),
      match: 'none',
    },
    {
      name: 'the key authorization twice',
      page: pageOf(`${KEY_AUTHORIZATION}\n${KEY_AUTHORIZATION}`),
      match: 'none',
    },
    { name: 'text before the key authorization', page: pageOf(`x${KEY_AUTHORIZATION}`), match: 'none' },
    {
      name: 'a prefix of the key authorization',
      page: pageOf(KEY_AUTHORIZATION.slice(0, -1)),
      match: 'none',
    },
    { name: 'another case', page: pageOf(KEY_AUTHORIZATION.toUpperCase()), match: 'none' },
    {
      name: 'white space inside the key authorization',
      page: pageOf(KEY_AUTHORIZATION.replace('.', '. ')),
      match: 'none',
    },
    { name: 'the token alone', page: pageOf('evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ'), match: 'none' },
    { name: 'a NUL after the key authorization', page: pageOf(`${KEY_AUTHORIZATION}\0`), match: 'none' },
    {
      name: 'a no-break space after the key authorization',
      page: pageOf(`${KEY_AUTHORIZATION}\u{a0}`),
      match: 'none',
    },
    {
      name: 'a latin1 no-break space after the key authorization',
      page: pageOf(Buffer.from(`${KEY_AUTHORIZATION}\xa0`, 'latin1')),
      match: 'none',
    },
    {
      name: 'a byte order mark before the key authorization',
      page: pageOf(`\u{feff}${KEY_AUTHORIZATION}`),
      match: 'none',
    },
    {
      name: 'the key authorization in UTF-16',
      page: pageOf(Buffer.from(KEY_AUTHORIZATION, 'utf16le')),
      match: 'none',
    },
    { name: 'an empty body for an empty key authorization', page: pageOf(''), expected: '', match: 'none' },
    {
      name: 'U+FFFD for a key authorization with a lone surrogate',
      page: pageOf('\u{fffd}'),
      expected: '\ud800',
      match: 'none',
    },
    {
      name: 'UTF-8 for a non-ASCII key authorization',
      page: pageOf('ä.b'),
      expected: 'ä.b',
      match: 'exact',
    },
  ])('returns $match for $name', ({ page, match, expected = KEY_AUTHORIZATION }) => {
    expect(judgePage({ ...ACME, keyAuthorization: expected }, page, null)).toBe(match);
  });

  it('matches only the key authorization and white space', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), (before, after) => {
        const match = judgePage(ACME, pageOf(`${before}${KEY_AUTHORIZATION}${after}`), null);
        const isBlank = (text: string) => /^[\t-\r ]*$/.test(text);
        const isOnly = isBlank(before) && isBlank(after);
        expect(match).toBe(!isOnly ? 'none' : before === '' ? 'exact' : 'lenient');
      }),
    );
  });

  it('takes linear time for a body of white space and other text', { timeout: 20_000 }, () => {
    const page = pageOf(`${' '.repeat(MAX_BODY_BYTES - 1)}x`);
    for (let round = 0; round < 100; round++) expect(judgePage(ACME, page, null)).toBe('none');
    const tail = pageOf(`${KEY_AUTHORIZATION}${' '.repeat(MAX_BODY_BYTES)}x`);
    for (let round = 0; round < 100; round++) expect(judgePage(ACME, tail, null)).toBe('none');
  });
});

interface WebsiteRow {
  readonly name: string;
  readonly page: Page;
  readonly parameters?: Partial<WebsiteChange>;
  readonly match: Match;
}

describe('judgePage: website-change (TLS BR 3.2.2.4.18 [dcv-website])', () => {
  it.each<WebsiteRow>([
    { name: 'the value', page: pageOf(VALUE), match: 'exact' },
    { name: 'the value inside HTML', page: pageOf(`<html>${VALUE}</html>`), match: 'exact' },
    {
      name: 'the value at the end of a body that was cut',
      page: pageOf(`x${VALUE}`, { bodyCut: true }),
      match: 'exact',
    },
    {
      name: 'the value after invalid UTF-8',
      page: pageOf(Buffer.from(`\xff\xfe\x80${VALUE}`, 'latin1')),
      match: 'exact',
    },
    { name: 'nothing', page: pageOf(''), match: 'none' },
    { name: 'the value without its last character', page: pageOf(VALUE.slice(0, -1)), match: 'none' },
    { name: 'the value with a space inside', page: pageOf(VALUE.replace('-', ' -')), match: 'none' },
    { name: 'the value, percent-encoded', page: pageOf(VALUE.replace('-', '%2d')), match: 'none' },
    { name: 'another case', page: pageOf(VALUE.toLowerCase()), match: 'none' },
    {
      name: 'another case if the request ignores case',
      page: pageOf(VALUE.toLowerCase()),
      parameters: { requireExactCase: false },
      match: 'exact',
    },
    {
      name: 'a letter that equals the value only by Unicode case folding',
      page: pageOf('\u{212a}ey'),
      parameters: { challengeValue: 'key', requireExactCase: false },
      match: 'none',
    },
    {
      name: 'the value in the declared charset',
      page: pageOf(Buffer.from(VALUE, 'utf16le'), { contentType: 'text/html; charset=utf-16le' }),
      match: 'exact',
    },
    {
      name: 'the value in undeclared UTF-16',
      page: pageOf(Buffer.from(VALUE, 'utf16le')),
      match: 'none',
    },
    {
      name: 'declared latin1',
      page: pageOf(Buffer.from('b\xfccher', 'latin1'), { contentType: 'text/plain;charset="ISO-8859-1"' }),
      parameters: { challengeValue: 'bücher' },
      match: 'exact',
    },
    {
      name: 'undeclared latin1',
      page: pageOf(Buffer.from('b\xfccher', 'latin1')),
      parameters: { challengeValue: 'bücher' },
      match: 'none',
    },
    {
      name: 'undeclared UTF-8',
      page: pageOf('bücher'),
      parameters: { challengeValue: 'bücher' },
      match: 'exact',
    },
    {
      name: 'a charset with spaces around its equals sign',
      page: pageOf(Buffer.from('b\xfccher', 'latin1'), { contentType: 'text/plain; charset = iso-8859-1' }),
      parameters: { challengeValue: 'bücher' },
      match: 'exact',
    },
    {
      name: 'an unknown charset',
      page: pageOf(VALUE, { contentType: 'text/plain; charset=klingon' }),
      match: 'exact',
    },
    {
      name: 'a charset that decoders must not support',
      page: pageOf(VALUE, { contentType: 'text/plain; charset=iso-2022-kr' }),
      match: 'exact',
    },
    {
      name: 'a charset without a name',
      page: pageOf(VALUE, { contentType: 'text/plain; charset=' }),
      match: 'exact',
    },
    {
      name: 'an invalid content type',
      page: pageOf(VALUE, { contentType: ';;; charset charset = ; "' }),
      match: 'exact',
    },

    {
      name: 'value and pattern',
      page: pageOf(`${VALUE}\n`),
      parameters: { matchRegex: '^rv-[0-9A-Fa-f]+$' },
      match: 'exact',
    },
    {
      name: 'the pattern in a body with surrounding white space',
      page: pageOf(`\n ${VALUE} \r\n`),
      parameters: { matchRegex: '^rv.*b$' },
      match: 'exact',
    },
    {
      name: 'the value and a pattern that matches any body',
      page: pageOf(VALUE),
      parameters: { matchRegex: 'x*' },
      match: 'exact',
    },
    {
      name: 'the value without the pattern',
      page: pageOf(VALUE),
      parameters: { matchRegex: '^x' },
      match: 'none',
    },
    {
      name: 'the pattern without the value',
      page: pageOf('rv-0'),
      parameters: { matchRegex: '^rv-' },
      match: 'none',
    },
    {
      name: 'an empty pattern, which counts as no pattern',
      page: pageOf(VALUE),
      parameters: { matchRegex: '' },
      match: 'exact',
    },

    {
      name: 'a matching pattern without a challenge value',
      page: pageOf('rv-0\n'),
      parameters: { challengeValue: '', matchRegex: '^rv-[0-9]$' },
      match: 'exact',
    },
    {
      name: 'a pattern that does not match, without a challenge value',
      page: pageOf('rv-x'),
      parameters: { challengeValue: '', matchRegex: '^rv-[0-9]$' },
      match: 'none',
    },
    {
      name: 'a pattern that matches everything, without a challenge value',
      page: pageOf('rv-x'),
      parameters: { challengeValue: '', matchRegex: '.*' },
      match: 'lenient',
    },
    {
      name: 'any body without value and pattern',
      page: pageOf('rv'),
      parameters: { challengeValue: '' },
      match: 'none',
    },
    {
      name: 'any body with empty value and pattern',
      page: pageOf('rv'),
      parameters: { challengeValue: '', matchRegex: '' },
      match: 'none',
    },
  ])('returns $match for $name', ({ page, parameters, match }) => {
    const check = { ...CHANGE, ...parameters };
    const pattern = check.matchRegex === null ? null : compilePattern(check.matchRegex);
    expect(judgePage(check, page, pattern)).toBe(match);
  });

  it.each<{ name: string; pattern: CompiledPattern | null }>([
    { name: 'is missing', pattern: null },
    { name: 'did not compile', pattern: { ok: false, message: 'too large' } },
  ])('matches no body with a pattern that $name', ({ pattern }) => {
    expect(judgePage({ ...CHANGE, matchRegex: 'rv' }, pageOf(VALUE), pattern)).toBe('none');
  });

  it('finds the value at any position, and only the value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        (before, after, cut) => {
          const page = pageOf(`${before}${VALUE}${after}`, { bodyCut: cut });
          expect(judgePage(CHANGE, page, null)).toBe('exact');
          const without = pageOf(`${before} ${VALUE.slice(1)}`);
          expect(judgePage(CHANGE, without, null)).toBe('none');
        },
      ),
    );
  });

  it('never throws for any octets and charset', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (body, charset) => {
        const contentType = `text/html; charset=${charset}`;
        expect(judgePage(CHANGE, pageOf(body, { contentType }), null)).toBe('none');
      }),
    );
  });
});

describe('evidenceOfPage', () => {
  const body = Buffer.from('0123456789'.repeat(200));

  it.each([
    { name: 'at least 100 octets', expectedLength: 0, octets: 100 },
    { name: 'as many octets as the value if that is more', expectedLength: 101, octets: 101 },
    { name: 'at most 1 KiB', expectedLength: 5000, octets: 1024 },
  ])('keeps $name', ({ expectedLength, octets }) => {
    expect(Buffer.from(evidenceOfPage(body, expectedLength), 'base64')).toEqual(body.subarray(0, octets));
  });

  it('keeps the whole of a shorter body unchanged', () => {
    const octets = new Uint8Array([0, 255, 10, 128]);
    expect(evidenceOfPage(octets, 76)).toBe('AP8KgA==');
    expect(evidenceOfPage(new Uint8Array(), 76)).toBe('');
  });

  it('MAX_BODY_BYTES is 64 KiB', () => {
    expect(MAX_BODY_BYTES).toBe(65_536);
  });
});
