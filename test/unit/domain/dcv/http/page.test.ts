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
  it.each([200, 201, 203, 204, 206, 226, 299])('%i is one', (statusCode) => {
    expect(isFinalSuccess(statusCode)).toBe(true);
  });

  it.each([0, 100, 199, 300, 301, 304, 400, 404, 500, 999, Number.NaN])('%d is none', (statusCode) => {
    expect(isFinalSuccess(statusCode)).toBe(false);
    expect(judgePage(CHANGE, pageOf(VALUE, { statusCode }), null)).toBe('none');
    expect(judgePage(ACME, pageOf(KEY_AUTHORIZATION, { statusCode }), null)).toBe('none');
  });
});

describe('judgePage: acme-http-01 (RFC 8555 section 8.3)', () => {
  it.each<{ name: string; page: Page; match: Match; expected?: string }>([
    { name: 'the key authorization', page: pageOf(KEY_AUTHORIZATION), match: 'exact' },
    { name: 'a line end after it', page: pageOf(`${KEY_AUTHORIZATION}\r\n`), match: 'exact' },
    {
      name: 'all kinds of white space after it',
      page: pageOf(`${KEY_AUTHORIZATION} \t\v\f\r\n`),
      match: 'exact',
    },
    {
      name: 'a page full of white space after it',
      page: pageOf(KEY_AUTHORIZATION + ' '.repeat(MAX_BODY_BYTES - KEY_AUTHORIZATION.length)),
      match: 'exact',
    },
    {
      name: 'the word null for a key authorization that is no text',
      page: pageOf('null'),
      expected: '\ud800',
      match: 'none',
    },
    {
      name: 'a charset, which does not count',
      page: pageOf(KEY_AUTHORIZATION, { contentType: 'text/plain;charset=utf-16' }),
      match: 'exact',
    },
    { name: 'white space before it', page: pageOf(`\n ${KEY_AUTHORIZATION}\n`), match: 'lenient' },
    { name: 'a body that was cut', page: pageOf(KEY_AUTHORIZATION, { bodyCut: true }), match: 'none' },
    { name: 'nothing', page: pageOf(''), match: 'none' },
    { name: 'white space alone', page: pageOf(' \n'), match: 'none' },
    { name: 'text after it', page: pageOf(`${KEY_AUTHORIZATION}x`), match: 'none' },
    { name: 'text after white space after it', page: pageOf(`${KEY_AUTHORIZATION}\nx`), match: 'none' },
    { name: 'it twice', page: pageOf(`${KEY_AUTHORIZATION}\n${KEY_AUTHORIZATION}`), match: 'none' },
    { name: 'text before it', page: pageOf(`x${KEY_AUTHORIZATION}`), match: 'none' },
    { name: 'its beginning', page: pageOf(KEY_AUTHORIZATION.slice(0, -1)), match: 'none' },
    { name: 'another case', page: pageOf(KEY_AUTHORIZATION.toUpperCase()), match: 'none' },
    { name: 'white space within it', page: pageOf(KEY_AUTHORIZATION.replace('.', '. ')), match: 'none' },
    { name: 'the token alone', page: pageOf('evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ'), match: 'none' },
    { name: 'a NUL after it', page: pageOf(`${KEY_AUTHORIZATION}\0`), match: 'none' },
    { name: 'a no-break space after it', page: pageOf(`${KEY_AUTHORIZATION}\u{a0}`), match: 'none' },
    {
      name: 'the octet of a no-break space after it',
      page: pageOf(Buffer.from(`${KEY_AUTHORIZATION}\xa0`, 'latin1')),
      match: 'none',
    },
    { name: 'a byte order mark before it', page: pageOf(`\u{feff}${KEY_AUTHORIZATION}`), match: 'none' },
    { name: 'it in UTF-16', page: pageOf(Buffer.from(KEY_AUTHORIZATION, 'utf16le')), match: 'none' },
    { name: 'nothing, where nothing is expected', page: pageOf(''), expected: '', match: 'none' },
    {
      name: 'U+FFFD, where half a surrogate pair is expected',
      page: pageOf('\u{fffd}'),
      expected: '\ud800',
      match: 'none',
    },
    {
      name: 'UTF-8, where text beyond ASCII is expected',
      page: pageOf('ä.b'),
      expected: 'ä.b',
      match: 'exact',
    },
  ])('$name', ({ page, match, expected = KEY_AUTHORIZATION }) => {
    expect(judgePage({ ...ACME, keyAuthorization: expected }, page, null)).toBe(match);
  });

  it('takes no page but the key authorization and white space', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), (before, after) => {
        const match = judgePage(ACME, pageOf(`${before}${KEY_AUTHORIZATION}${after}`), null);
        const isBlank = (text: string) => /^[\t-\r ]*$/.test(text);
        const isOnly = isBlank(before) && isBlank(after);
        expect(match).toBe(!isOnly ? 'none' : before === '' ? 'exact' : 'lenient');
      }),
    );
  });

  it('looks once at a page of white space and something else', { timeout: 20_000 }, () => {
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
    { name: 'the value within a page', page: pageOf(`<html>${VALUE}</html>`), match: 'exact' },
    {
      name: 'the value at the end of a body that was cut',
      page: pageOf(`x${VALUE}`, { bodyCut: true }),
      match: 'exact',
    },
    {
      name: 'the value after octets that are no text',
      page: pageOf(Buffer.from(`\xff\xfe\x80${VALUE}`, 'latin1')),
      match: 'exact',
    },
    { name: 'nothing', page: pageOf(''), match: 'none' },
    { name: 'all but its last character', page: pageOf(VALUE.slice(0, -1)), match: 'none' },
    { name: 'the value with a space within', page: pageOf(VALUE.replace('-', ' -')), match: 'none' },
    { name: 'the value, percent-encoded', page: pageOf(VALUE.replace('-', '%2d')), match: 'none' },
    { name: 'another case', page: pageOf(VALUE.toLowerCase()), match: 'none' },
    {
      name: 'another case, where the CA lets it differ',
      page: pageOf(VALUE.toLowerCase()),
      parameters: { requireExactCase: false },
      match: 'exact',
    },
    {
      name: 'a letter that only Unicode folds to it',
      page: pageOf('\u{212a}ey'),
      parameters: { challengeValue: 'key', requireExactCase: false },
      match: 'none',
    },
    {
      name: 'the value in the charset of the page',
      page: pageOf(Buffer.from(VALUE, 'utf16le'), { contentType: 'text/html; charset=utf-16le' }),
      match: 'exact',
    },
    {
      name: 'the value in UTF-16 that nobody announced',
      page: pageOf(Buffer.from(VALUE, 'utf16le')),
      match: 'none',
    },
    {
      name: 'latin1 as announced',
      page: pageOf(Buffer.from('b\xfccher', 'latin1'), { contentType: 'text/plain;charset="ISO-8859-1"' }),
      parameters: { challengeValue: 'bücher' },
      match: 'exact',
    },
    {
      name: 'latin1 that nobody announced',
      page: pageOf(Buffer.from('b\xfccher', 'latin1')),
      parameters: { challengeValue: 'bücher' },
      match: 'none',
    },
    {
      name: 'UTF-8 that nobody announced',
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
      name: 'a charset that does not exist',
      page: pageOf(VALUE, { contentType: 'text/plain; charset=klingon' }),
      match: 'exact',
    },
    {
      name: 'a charset that decoders must not have',
      page: pageOf(VALUE, { contentType: 'text/plain; charset=iso-2022-kr' }),
      match: 'exact',
    },
    {
      name: 'a charset without a name',
      page: pageOf(VALUE, { contentType: 'text/plain; charset=' }),
      match: 'exact',
    },
    {
      name: 'a content type of nonsense',
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
      name: 'the pattern in a page with white space around',
      page: pageOf(`\n ${VALUE} \r\n`),
      parameters: { matchRegex: '^rv.*b$' },
      match: 'exact',
    },
    {
      name: 'the value and a pattern that finds itself in any page',
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
      name: 'an empty pattern, which is none',
      page: pageOf(VALUE),
      parameters: { matchRegex: '' },
      match: 'exact',
    },

    {
      name: 'the pattern alone, when there is no value',
      page: pageOf('rv-0\n'),
      parameters: { challengeValue: '', matchRegex: '^rv-[0-9]$' },
      match: 'exact',
    },
    {
      name: 'another page, when there is no value',
      page: pageOf('rv-x'),
      parameters: { challengeValue: '', matchRegex: '^rv-[0-9]$' },
      match: 'none',
    },
    {
      name: 'any page, when there is no value and the pattern takes all',
      page: pageOf('rv-x'),
      parameters: { challengeValue: '', matchRegex: '.*' },
      match: 'lenient',
    },
    {
      name: 'any page, when there is neither value nor pattern',
      page: pageOf('rv'),
      parameters: { challengeValue: '' },
      match: 'none',
    },
    {
      name: 'any page, when value and pattern are empty',
      page: pageOf('rv'),
      parameters: { challengeValue: '', matchRegex: '' },
      match: 'none',
    },
  ])('$name', ({ page, parameters, match }) => {
    const check = { ...CHANGE, ...parameters };
    const pattern = check.matchRegex === null ? null : compilePattern(check.matchRegex);
    expect(judgePage(check, page, pattern)).toBe(match);
  });

  it.each<{ name: string; pattern: CompiledPattern | null }>([
    { name: 'nobody compiled', pattern: null },
    { name: 'could not be compiled', pattern: { ok: false, message: 'too large' } },
  ])('no page matches a pattern that $name', ({ pattern }) => {
    expect(judgePage({ ...CHANGE, matchRegex: 'rv' }, pageOf(VALUE), pattern)).toBe('none');
  });

  it('finds the value wherever it stands, and only it', () => {
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

  it('never throws for octets and charsets of any kind', () => {
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
    { name: 'a hundred octets at least', expectedLength: 0, octets: 100 },
    { name: 'the length of the value if that is more', expectedLength: 101, octets: 101 },
    { name: 'a kibibyte at most', expectedLength: 5000, octets: 1024 },
  ])('keeps $name', ({ expectedLength, octets }) => {
    expect(Buffer.from(evidenceOfPage(body, expectedLength), 'base64')).toEqual(body.subarray(0, octets));
  });

  it('keeps all of a shorter page, as it is', () => {
    const octets = new Uint8Array([0, 255, 10, 128]);
    expect(evidenceOfPage(octets, 76)).toBe('AP8KgA==');
    expect(evidenceOfPage(new Uint8Array(), 76)).toBe('');
  });

  it('reads 64 KiB', () => {
    expect(MAX_BODY_BYTES).toBe(65_536);
  });
});
