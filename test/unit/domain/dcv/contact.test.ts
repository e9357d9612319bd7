import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isEmailAddress,
  isGlobalNumber,
  matchEmail,
  matchPhone,
} from '../../../../shared/domain/dcv/contact.ts';
import type { Match } from '../../../../shared/domain/dcv/match.ts';

const octets = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('isEmailAddress (RFC 6532 section 3.2)', () => {
  it.each([
    { name: 'a plain address', text: 'dns@shop.example', valid: true },
    { name: 'every special character of an atom', text: "!#$%&'*+-/=?^_`{|}~@shop.example", valid: true },
    { name: 'dots between atoms', text: 'a.b.c@shop.example', valid: true },
    {
      name: 'a quoted local part with space, quote and at sign',
      text: '"a \\" @ b"@shop.example',
      valid: true,
    },
    { name: 'an empty quoted local part', text: '""@shop.example', valid: true },
    { name: 'non-ASCII characters on both sides', text: 'jörg@bücher.example', valid: true },
    { name: 'a domain literal', text: 'dns@[192.0.2.1]', valid: true },
    { name: 'one label as domain', text: 'dns@example', valid: true },
    { name: 'empty text', text: '', valid: false },
    { name: 'no at sign', text: 'shop.example', valid: false },
    { name: 'no local part', text: '@shop.example', valid: false },
    { name: 'no domain', text: 'dns@', valid: false },
    { name: 'two at signs', text: 'a@b@shop.example', valid: false },
    { name: 'a leading dot', text: '.dns@shop.example', valid: false },
    { name: 'a trailing dot in the local part', text: 'dns.@shop.example', valid: false },
    { name: 'two dots in a row', text: 'd..ns@shop.example', valid: false },
    { name: 'a final dot', text: 'dns@shop.example.', valid: false },
    { name: 'a leading space', text: ' dns@shop.example', valid: false },
    { name: 'a trailing space', text: 'dns@shop.example ', valid: false },
    { name: 'a trailing line end', text: 'dns@shop.example\n', valid: false },
    { name: 'a NUL', text: 'dns\u0000@shop.example', valid: false },
    { name: 'a display name', text: 'DNS <dns@shop.example>', valid: false },
    { name: 'angle brackets', text: '<dns@shop.example>', valid: false },
    { name: 'a URL', text: 'mailto:dns@shop.example', valid: false },
    { name: 'a comment', text: 'dns(x)@shop.example', valid: false },
    { name: 'two addresses', text: 'a@shop.example,b@shop.example', valid: false },
    { name: 'an unclosed quote', text: '"dns@shop.example', valid: false },
    { name: 'a quote within an atom', text: 'd"n"s@shop.example', valid: false },
    { name: 'an unclosed bracket', text: 'dns@[192.0.2.1', valid: false },
  ])('$name: $valid', ({ text, valid }) => {
    expect(isEmailAddress(text)).toBe(valid);
  });

  it.each([
    { name: 'one atom', text: 'a'.repeat(65_000) },
    { name: 'dots and atoms', text: 'a.'.repeat(32_000) },
    { name: 'an open quote', text: `"${'\\a'.repeat(32_000)}` },
    { name: 'a quoted local part', text: `"${'a'.repeat(65_000)}"@` },
    { name: 'an open literal', text: `a@[${'a'.repeat(65_000)}` },
  ])('parses a record of the maximum DNS length quickly: $name', ({ text }) => {
    const start = performance.now();
    expect(isEmailAddress(text)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('isGlobalNumber (RFC 3966 section 5.1.4)', () => {
  it.each([
    { text: '+1-555-0100', valid: true },
    { text: '+49301', valid: true },
    { text: '+1.(555).01-00', valid: true },
    { text: '+(1)', valid: true },
    { text: '+-.5', valid: true },
    { text: '', valid: false },
    { text: '+', valid: false },
    { text: '+()', valid: false },
    { text: '1-555-0100', valid: false },
    { text: '+49 30 1', valid: false },
    { text: '+1-555-0100 ', valid: false },
    { text: '+1-555-0100\n', valid: false },
    { text: '++1', valid: false },
    { text: '+1;ext=5', valid: false },
    { text: 'tel:+1-555-0100', valid: false },
    { text: '+1-800-FLOWERS', valid: false },
    { text: `+${'1'.repeat(65_000)}x`, valid: false },
  ])('$text: $valid', ({ text, valid }) => {
    expect(isGlobalNumber(text)).toBe(valid);
  });
});

describe('matchEmail', () => {
  it.each<{ name: string; record: string; expected: string; match: Match }>([
    { name: 'the same address', record: 'dns@shop.example', expected: 'dns@shop.example', match: 'exact' },
    { name: 'domain in capitals', record: 'dns@SHOP.example', expected: 'dns@shop.EXAMPLE', match: 'exact' },
    {
      name: 'local part in capitals',
      record: 'DNS@shop.example',
      expected: 'dns@shop.example',
      match: 'lenient',
    },
    {
      name: 'a non-ASCII address',
      record: 'jörg@bücher.example',
      expected: 'jörg@bücher.example',
      match: 'exact',
    },
    { name: 'equal but not an address', record: 'dns at shop', expected: 'dns at shop', match: 'lenient' },
    { name: 'non-ASCII case', record: 'JÖRG@shop.example', expected: 'jörg@shop.example', match: 'none' },
    { name: 'another local part', record: 'web@shop.example', expected: 'dns@shop.example', match: 'none' },
    { name: 'another domain', record: 'dns@shop.test', expected: 'dns@shop.example', match: 'none' },
    {
      name: 'the address among others',
      record: 'dns@shop.example x',
      expected: 'dns@shop.example',
      match: 'none',
    },
    {
      name: 'a space around the address',
      record: ' dns@shop.example',
      expected: 'dns@shop.example',
      match: 'none',
    },
    {
      name: 'a byte order mark',
      record: '\ufeffdns@shop.example',
      expected: 'dns@shop.example',
      match: 'none',
    },
    { name: 'an empty expected address', record: 'dns@shop.example', expected: 'dns at shop', match: 'none' },
    { name: 'a longer domain', record: 'dns@shop.example.test', expected: 'dns@shop.example', match: 'none' },
    { name: 'a lone surrogate expected', record: 'a\ufffd@b', expected: 'a\ud800@b', match: 'none' },
  ])('$name: $match', ({ record, expected, match }) => {
    expect(matchEmail(octets(record), expected)).toBe(match);
  });

  it('matches nothing in octets that are not UTF-8', () => {
    expect(matchEmail('j\xf6rg@shop.example', 'jörg@shop.example')).toBe('none');
    expect(matchEmail('dns\xff@shop.example', 'dns\ufffd@shop.example')).toBe('none');
  });

  it('never matches an address with one changed letter', () => {
    const local = fc.stringMatching(/^[a-z]{1,20}$/);
    fc.assert(
      fc.property(local, local, (one, other) => {
        const match = matchEmail(`${one}@shop.example`, `${other}@shop.example`);
        return match === (one === other ? 'exact' : 'none');
      }),
    );
  });
});

describe('matchPhone', () => {
  it('matches nothing in octets that are not UTF-8', () => {
    expect(matchPhone('+1\xff', '+1\ufffd')).toBe('none');
  });

  it.each<{ name: string; record: string; expected: string; match: Match }>([
    { name: 'the same number', record: '+1-555-0100', expected: '+1-555-0100', match: 'exact' },
    { name: 'equal but with spaces', record: '+49 30 1', expected: '+49 30 1', match: 'lenient' },
    {
      name: 'equal except for case, not a number',
      record: '+1-800-FLO',
      expected: '+1-800-flo',
      match: 'lenient',
    },
    { name: 'other separators', record: '+1.555.0100', expected: '+1-555-0100', match: 'none' },
    { name: 'an additional digit', record: '+1-555-01000', expected: '+1-555-0100', match: 'none' },
    { name: 'an extension', record: '+1-555-0100;ext=1', expected: '+1-555-0100', match: 'none' },
    { name: 'text that is not a number', record: '', expected: '+1-555-0100', match: 'none' },
  ])('$name: $match', ({ record, expected, match }) => {
    expect(matchPhone(octets(record), expected)).toBe(match);
  });
});
