import { describe, expect, it } from 'vitest';
import { equalsIgnoringCase, isLetterOrDigit } from '../../../../shared/domain/dns/ascii.ts';

describe('isLetterOrDigit (RFC 5234 appendix B.1)', () => {
  it('returns true for A to Z, a to z and 0 to 9 and for no other octet', () => {
    const octets = Array.from({ length: 256 }, (_, code) => code);
    const seen = String.fromCharCode(...octets.filter(isLetterOrDigit));
    expect(seen).toBe('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
  });
});

describe('equalsIgnoringCase (RFC 4343 section 3)', () => {
  it.each([
    { name: 'ignores case of the first and the last letter', left: 'a.AZ.z', right: 'A.az.Z', equal: true },
    {
      name: 'returns false for a longer name with the same start',
      left: 'ca',
      right: 'ca.example',
      equal: false,
    },
    {
      name: 'returns false for a shorter name with the same start',
      left: 'ca.example',
      right: 'ca',
      equal: false,
    },
    { name: 'does not fold the character before A', left: '@', right: '`', equal: false },
    { name: 'does not fold the character after Z', left: '[', right: '{', equal: false },
    { name: 'does not fold a question mark to an underscore', left: 'a?', right: 'a_', equal: false },
    { name: 'does not fold the Kelvin sign to k', left: '\u212a', right: 'k', equal: false },
  ])('$name', ({ left, right, equal }) => {
    expect(equalsIgnoringCase(left, right)).toBe(equal);
    expect(equalsIgnoringCase(right, left)).toBe(equal);
  });
});
