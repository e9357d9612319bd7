import { describe, expect, it } from 'vitest';
import { equalsIgnoringCase, isLetterOrDigit } from '../../../../shared/domain/dns/ascii.ts';

describe('isLetterOrDigit (RFC 5234 appendix B.1)', () => {
  it('holds for A to Z, a to z and 0 to 9, and for no other octet', () => {
    const octets = Array.from({ length: 256 }, (_, code) => code);
    const seen = String.fromCharCode(...octets.filter(isLetterOrDigit));
    expect(seen).toBe('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
  });
});

describe('equalsIgnoringCase (RFC 4343 section 3)', () => {
  it.each([
    { name: 'the first and the last letter have no case', left: 'a.AZ.z', right: 'A.az.Z', equal: true },
    {
      name: 'a name is not equal to a longer one that begins with it',
      left: 'ca',
      right: 'ca.example',
      equal: false,
    },
    {
      name: 'a name is not equal to a shorter one that it begins with',
      left: 'ca.example',
      right: 'ca',
      equal: false,
    },
    { name: 'the characters before A keep apart from those before a', left: '@', right: '`', equal: false },
    { name: 'the characters after Z keep apart from those after z', left: '[', right: '{', equal: false },
    { name: 'a question mark is not an underscore', left: 'a?', right: 'a_', equal: false },
    { name: 'the Kelvin sign is not a k', left: '\u212a', right: 'k', equal: false },
  ])('$name', ({ left, right, equal }) => {
    expect(equalsIgnoringCase(left, right)).toBe(equal);
    expect(equalsIgnoringCase(right, left)).toBe(equal);
  });
});
