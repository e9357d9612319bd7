import { describe, expect, it } from 'vitest';
import { parseKeyAuthorizationDigest } from '../../../../../shared/domain/dcv/key-authorization-digest.ts';

const OCTETS = Array.from({ length: 32 }, (_, index) => 255 - 8 * index);
const HEX = Buffer.from(OCTETS).toString('hex');
const BASE64URL = Buffer.from(OCTETS).toString('base64url');

describe('parseKeyAuthorizationDigest (RFC 8555 section 8.1)', () => {
  it.each([
    { name: '64 hexadecimal digits', text: HEX },
    { name: '64 hexadecimal digits in capitals', text: HEX.toUpperCase() },
    { name: '43 base64url characters', text: BASE64URL },
  ])('parses $name as 32 octets', ({ text }) => {
    expect([...(parseKeyAuthorizationDigest(text) ?? [])]).toEqual(OCTETS);
  });

  it('parses a digest of zeros', () => {
    expect([...(parseKeyAuthorizationDigest('A'.repeat(43)) ?? [])]).toEqual(new Array(32).fill(0));
  });

  it.each([
    { name: 'empty text', text: '' },
    { name: '63 hexadecimal digits', text: HEX.slice(1) },
    { name: '65 hexadecimal digits', text: `${HEX}0` },
    { name: '64 characters with one that is not a digit', text: `${HEX.slice(1)}g` },
    { name: 'hexadecimal digits with a prefix', text: `0x${HEX.slice(2)}` },
    { name: 'octets separated by colons, as in fingerprints', text: HEX.replace(/..(?=.)/g, '$&:') },
    { name: '42 base64url characters', text: BASE64URL.slice(1) },
    { name: '44 base64url characters', text: `${BASE64URL}A` },
    { name: 'base64url with padding', text: `${BASE64URL}=` },
    { name: 'base64 in place of base64url', text: `+/${'A'.repeat(41)}` },
    { name: 'base64url with a stray bit at its end', text: `${'A'.repeat(42)}B` },
    { name: 'base64url with the other stray bit at its end', text: `${'A'.repeat(42)}C` },
    { name: 'white space before the digits', text: ` ${HEX}` },
    { name: 'a line feed after the digits', text: `${HEX}\n` },
    { name: 'a line feed after the characters', text: `${BASE64URL}\n` },
    { name: 'digits of another script', text: `${HEX.slice(1)}\u0663` },
  ])('rejects $name', ({ text }) => {
    expect(parseKeyAuthorizationDigest(text)).toBeNull();
  });
});
