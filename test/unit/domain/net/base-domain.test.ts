import { describe, expect, it } from 'vitest';
import { baseDomainName } from '../../../../shared/domain/net/base-domain.ts';

describe('baseDomainName (TLS BR 1.6.1 [definitions])', () => {
  it.each<{ name: string; of: string; base: string | null }>([
    {
      name: 'keeps one label before a suffix of one label',
      of: 'a.b.example.com',
      base: 'example.com',
    },
    {
      name: 'keeps one label before a suffix of two labels',
      of: 'a.shop.co.uk',
      base: 'shop.co.uk',
    },
    { name: 'ignores labels that are invalid in host names', of: '-a.example.com', base: 'example.com' },
    { name: 'returns a Base Domain Name unchanged', of: 'example.com', base: 'example.com' },
    { name: 'returns null for a public suffix', of: 'co.uk', base: null },
    { name: 'returns null for a top-level domain', of: 'com', base: null },
    { name: 'ignores the private section of the list', of: 'a.shop.github.io', base: 'github.io' },
    {
      name: 'treats a top-level domain that is not on the list as a suffix',
      of: 'a.b.nowhere',
      base: 'b.nowhere',
    },
  ])('$name', ({ of, base }) => {
    expect(baseDomainName(of)).toBe(base);
  });
});
