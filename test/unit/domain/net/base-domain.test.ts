import { describe, expect, it } from 'vitest';
import { baseDomainName } from '../../../../shared/domain/net/base-domain.ts';

describe('baseDomainName (TLS BR 1.6.1 [definitions])', () => {
  it.each<{ name: string; of: string; base: string | null }>([
    {
      name: 'a name below a suffix of one label keeps one label more',
      of: 'a.b.example.com',
      base: 'example.com',
    },
    {
      name: 'a name below a suffix of two labels keeps one label more',
      of: 'a.shop.co.uk',
      base: 'shop.co.uk',
    },
    { name: 'a label that no host name has does not matter', of: '-a.example.com', base: 'example.com' },
    { name: 'a Base Domain Name is its own', of: 'example.com', base: 'example.com' },
    { name: 'a public suffix has none', of: 'co.uk', base: null },
    { name: 'a top-level domain has none', of: 'com', base: null },
    { name: 'the private part of the list does not count', of: 'a.shop.github.io', base: 'github.io' },
    { name: 'a top-level domain that is not on the list is a suffix', of: 'a.b.nowhere', base: 'b.nowhere' },
  ])('$name', ({ of, base }) => {
    expect(baseDomainName(of)).toBe(base);
  });
});
