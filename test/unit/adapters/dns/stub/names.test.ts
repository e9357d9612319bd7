import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endsWithName,
  lowerAscii,
  nameKey,
  parseQueryName,
  presentName,
  sameName,
  substituteSuffix,
} from '../../../../../shared/adapters/dns/message/names.ts';

describe('parseQueryName', () => {
  const longest = `${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(61)}`;
  it.each([
    { name: 'accepts an ordinary name', text: 'www.example.com', labels: ['www', 'example', 'com'] },
    {
      name: 'accepts underscores, digits and hyphens',
      text: '_acme-challenge.xn--1.0',
      labels: ['_acme-challenge', 'xn--1', '0'],
    },
    { name: 'accepts a single label', text: 'com', labels: ['com'] },
    { name: 'accepts a label of 63 characters', text: 'a'.repeat(63), labels: ['a'.repeat(63)] },
    { name: 'accepts 253 characters', text: longest, labels: longest.split('.') },
    { name: 'rejects 254 characters', text: `${longest}a`, labels: null },
    { name: 'rejects a label of 64 characters', text: 'a'.repeat(64), labels: null },
    { name: 'rejects the empty name', text: '', labels: null },
    { name: 'rejects an empty label', text: 'a..b', labels: null },
    { name: 'rejects a final dot', text: 'example.com.', labels: null },
    { name: 'rejects a leading dot', text: '.example.com', labels: null },
    { name: 'rejects upper-case letters', text: 'Example.com', labels: null },
    { name: 'rejects a wildcard', text: '*.example.com', labels: null },
    { name: 'rejects a space', text: 'a b.com', labels: null },
    { name: 'rejects an escape', text: 'a\\.b.com', labels: null },
    { name: 'rejects a line break at the end', text: 'example.com\n', labels: null },
    { name: 'rejects non-ASCII letters', text: 'bücher.example', labels: null },
  ])('$name', ({ text, labels }) => {
    expect(parseQueryName(text)).toEqual(labels);
  });
});

describe('names as labels', () => {
  it('compares ASCII letters without case and every other octet exactly (RFC 4343)', () => {
    expect(sameName(['WWW', 'Example'], ['www', 'eXAMPLE'])).toBe(true);
    expect(sameName(['\xc0'], ['\xe0'])).toBe(false);
    expect(sameName(['@'], ['`'])).toBe(false);
    expect(sameName(['a.b'], ['a', 'b'])).toBe(false);
    expect(lowerAscii('AZ\xc0[')).toBe('az\xc0[');
  });

  it.each([
    { name: 'the root', labels: [], text: '.' },
    { name: 'a name in its case', labels: ['WwW', 'a-b_c'], text: 'WwW.a-b_c.' },
    { name: 'a dot in a label', labels: ['a.b', 'c'], text: 'a\\046b.c.' },
    { name: 'a backslash', labels: ['a\\'], text: 'a\\092.' },
    { name: 'control and high octets', labels: ['\x00\xff'], text: '\\000\\255.' },
  ])('presents $name', ({ labels, text }) => {
    expect(presentName(labels)).toBe(text);
  });

  const label = fc
    .uint8Array({ minLength: 1, maxLength: 6 })
    .map((octets) => Buffer.from(octets).toString('latin1'));
  const name = fc.array(label, { maxLength: 4 });

  it('gives equal keys exactly to equal names', () => {
    fc.assert(
      fc.property(name, name, (one, other) => (nameKey(one) === nameKey(other)) === sameName(one, other)),
    );
  });

  it('finds a name below each of its suffixes', () => {
    fc.assert(fc.property(name, name, (one, other) => endsWithName([...one, ...other], other)));
    expect(endsWithName(['example'], ['www', 'example'])).toBe(false);
    expect(endsWithName(['xexample', 'com'], ['example', 'com'])).toBe(false);
  });

  it('substitutes a suffix, unless the result is over 255 octets (RFC 6672 section 2.2)', () => {
    expect(substituteSuffix(['x', 'd', 'test'], ['d', 'test'], ['example'])).toEqual(['x', 'example']);
    expect(substituteSuffix(['x', 'test'], ['test'], [])).toEqual(['x']);
    const long = Array<string>(3).fill('a'.repeat(63));
    expect(substituteSuffix(['b'.repeat(61), 'd'], ['d'], long)).not.toBeNull();
    expect(substituteSuffix(['b'.repeat(62), 'd'], ['d'], long)).toBeNull();
  });
});
