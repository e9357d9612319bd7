import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBestMatch, type Match } from '../../../../shared/domain/dcv/match.ts';
import { matchAddress, matchName, matchValue } from '../../../../shared/domain/dcv/values.ts';
import { decodeUtf8, displayUtf8, foldAscii, utf8Octets } from '../../../../shared/domain/dns/octets.ts';

const PART = { wholeValue: false, whenCaseDiffers: 'none' } as const;
const WHOLE = { wholeValue: true, whenCaseDiffers: 'none' } as const;
const FOLDED = { wholeValue: false, whenCaseDiffers: 'lenient' } as const;

describe('matchValue', () => {
  it.each([
    { name: 'a part', record: 'x rv-81 y', expected: 'rv-81', rule: PART, match: 'exact' },
    {
      name: 'a part where the whole is wanted',
      record: 'x rv-81',
      expected: 'rv-81',
      rule: WHOLE,
      match: 'none',
    },
    { name: 'the whole', record: 'rv-81', expected: 'rv-81', rule: WHOLE, match: 'exact' },
    { name: 'a trailing space', record: 'rv-81 ', expected: 'rv-81', rule: WHOLE, match: 'none' },
    { name: 'other case', record: 'RV-81', expected: 'rv-81', rule: PART, match: 'none' },
    {
      name: 'another case if case may differ',
      record: 'RV-81',
      expected: 'rv-81',
      rule: FOLDED,
      match: 'lenient',
    },
    {
      name: 'the same case if case may differ',
      record: 'rv-81',
      expected: 'rv-81',
      rule: FOLDED,
      match: 'exact',
    },
    { name: 'an empty expectation', record: 'rv-81', expected: '', rule: PART, match: 'none' },
    { name: 'an empty record', record: '', expected: '', rule: WHOLE, match: 'none' },
    { name: 'non-ASCII text', record: '\xc3\xa4', expected: 'ä', rule: WHOLE, match: 'exact' },
    { name: 'the same letter in latin1', record: '\xe4', expected: 'ä', rule: WHOLE, match: 'none' },
    { name: 'non-ASCII case', record: '\xc3\x84', expected: 'ä', rule: FOLDED, match: 'none' },
    {
      name: 'invalid UTF-8 beside the value',
      record: '\xffrv\xfe',
      expected: 'rv',
      rule: PART,
      match: 'exact',
    },
    { name: 'a lone surrogate', record: '\xef\xbf\xbd', expected: '\ud800', rule: PART, match: 'none' },
  ])('$name: $match', ({ record, expected, rule, match }) => {
    expect(matchValue(record, expected, rule)).toBe(match);
  });

  it('finds a value at any position and never a missing one', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.string(), text, fc.string(), (before, value, after) => {
        const octets = utf8Octets(value) ?? '';
        const around = before.replaceAll(value, '') + after.replaceAll(value, '');
        return (
          matchValue(before + octets + after, value, PART) === 'exact' &&
          (around.includes(octets) || matchValue(around, value, PART) === 'none')
        );
      }),
    );
  });
});

describe('matchName (RFC 4343)', () => {
  it.each([
    {
      name: 'final dot on one side',
      record: 'a.ca.example.',
      expected: 'a.ca.example',
      whole: true,
      match: 'exact',
    },
    {
      name: 'final dot on both sides',
      record: 'a.ca.example.',
      expected: 'a.ca.example.',
      whole: true,
      match: 'exact',
    },
    { name: 'other case', record: 'A.CA.Example.', expected: 'a.ca.example', whole: true, match: 'exact' },
    { name: 'a part', record: 'rv81.ca.example.', expected: 'RV81', whole: false, match: 'exact' },
    {
      name: 'a part where the whole is wanted',
      record: 'rv81.ca.example.',
      expected: 'rv81',
      whole: true,
      match: 'none',
    },
    { name: 'another name', record: 'b.ca.example.', expected: 'a.ca.example', whole: true, match: 'none' },
    {
      name: 'a longer name',
      record: 'a.ca.example.test.',
      expected: 'a.ca.example',
      whole: true,
      match: 'none',
    },
    {
      name: 'an escaped dot for a dot',
      record: 'a\\046ca.example.',
      expected: 'a.ca.example',
      whole: true,
      match: 'none',
    },
    { name: 'the root', record: '.', expected: '.', whole: true, match: 'none' },
    { name: 'a dot alone', record: 'a.ca.example.', expected: '.', whole: false, match: 'none' },
    { name: 'nothing', record: 'a.ca.example.', expected: '', whole: false, match: 'none' },
  ])('$name: $match', ({ record, expected, whole, match }) => {
    expect(matchName(record, expected, whole)).toBe(match);
  });
});

describe('matchAddress', () => {
  it.each([
    { name: 'the same IPv4 address', record: '192.0.2.5', expected: '192.0.2.5', match: 'exact' },
    {
      name: 'another spelling of an IPv6 address',
      record: '2001:db8::5',
      expected: '2001:0DB8:0:0::0005',
      match: 'exact',
    },
    { name: 'another address', record: '192.0.2.5', expected: '192.0.2.6', match: 'none' },
    { name: 'an IPv4-mapped address', record: '192.0.2.5', expected: '::ffff:192.0.2.5', match: 'none' },
    { name: 'leading zeros', record: '192.0.2.5', expected: '192.0.2.05', match: 'none' },
    { name: 'a number', record: '192.0.2.5', expected: '3221225989', match: 'none' },
    { name: 'a short form', record: '127.0.0.1', expected: '127.1', match: 'none' },
    { name: 'a zone index', record: 'fe80::1', expected: 'fe80::1%eth0', match: 'none' },
    { name: 'a prefix length', record: '192.0.2.5', expected: '192.0.2.5/32', match: 'none' },
    { name: 'two equal malformed texts', record: 'x', expected: 'x', match: 'none' },
  ])('$name: $match', ({ record, expected, match }) => {
    expect(matchAddress(record, expected)).toBe(match);
  });
});

describe('findBestMatch', () => {
  it.each<{ matches: Match[]; best: number | null }>([
    { matches: [], best: null },
    { matches: ['none', 'none'], best: null },
    { matches: ['none', 'lenient', 'lenient'], best: 1 },
    { matches: ['lenient', 'none', 'exact'], best: 2 },
  ])('returns $best for $matches', ({ matches, best }) => {
    expect(findBestMatch(matches)).toBe(best);
  });
});

describe('octets', () => {
  it('converts text to octets and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeUtf8(utf8Octets(text) ?? '') === text),
    );
  });

  it('displays any octets and never throws', () => {
    const octets = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(fc.property(octets, (value) => [null, displayUtf8(value)].includes(decodeUtf8(value))));
  });

  it('keeps a byte order mark, shows U+FFFD for invalid UTF-8, and folds only A to Z', () => {
    expect(decodeUtf8('\xef\xbb\xbfa')).toBe('\ufeffa');
    expect(displayUtf8('\xef\xbb\xbfa')).toBe('\ufeffa');
    expect(displayUtf8('a\xffb')).toBe('a\ufffdb');
    expect(foldAscii('AZ\u212aÄ[@')).toBe('az\u212aÄ[@');
  });
});
