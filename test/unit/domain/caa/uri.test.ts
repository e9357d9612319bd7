import { describe, expect, it } from 'vitest';
import { isUri } from '../../../../shared/domain/caa/uri.ts';

describe('isUri (RFC 3986)', () => {
  it.each([
    'https://ca.example/acct/1',
    'acct:customer-7@ca.example',
    'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'x+y-z.1:a',
    'https://[2001:db8::1]/a?b=c#d',
    'https://ca.example/%7Ea',
    'a:',
    'z39.50r://ca.example/1',
    'https://ca.example/%09%90%aF%Fa',
  ])('returns true for %j', (text) => {
    expect(isUri(text)).toBe(true);
  });

  it.each([
    { name: 'empty text', text: '' },
    { name: 'a word without scheme', text: 'acct1' },
    { name: 'an empty scheme', text: '://ca.example' },
    { name: 'a scheme that starts with a digit', text: '1x:a' },
    { name: 'a scheme that starts with a bracket', text: '{x:a' },
    { name: 'a percent sign and a character before the digits', text: 'https://ca.example/%/0' },
    { name: 'a scheme with an underscore', text: 'a_b:c' },
    { name: 'a relative reference with a colon', text: '/a:b' },
    { name: 'a space', text: 'https://ca.example/a b' },
    { name: 'angle brackets', text: 'https://ca.example/<a>' },
    { name: 'a quote', text: 'https://ca.example/"' },
    { name: 'a backslash', text: 'https:\\\\ca.example' },
    { name: 'a letter outside ASCII', text: 'https://c\xe4.example/' },
    { name: 'a control character', text: 'https://ca.example/\0' },
    { name: 'a percent sign without digits', text: 'https://ca.example/%zz' },
    { name: 'a percent sign with one digit', text: 'https://ca.example/%4' },
    { name: 'two fragments', text: 'https://ca.example/#a#b' },
  ])('returns false for $name', ({ text }) => {
    expect(isUri(text)).toBe(false);
  });
});
