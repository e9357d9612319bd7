import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountLabel } from '../../../../shared/domain/dcv/account-label.ts';

describe('accountLabel (TLS BR 3.2.2.4.21 [dcv-dns-account])', () => {
  it.each([
    { url: 'https://example.com/acme/acct/ExampleAccount', label: 'ujmmovf2vn55tgye' },
    { url: 'https://authority.example/acct/123', label: '6nfdwqln26ehqe4a' },
  ])('returns $label for $url', ({ url, label }) => {
    expect(accountLabel(url)).toBe(label);
  });

  it('differs for URLs that differ only in case', () => {
    expect(accountLabel('https://authority.example/ACCT/123')).not.toBe('6nfdwqln26ehqe4a');
  });

  it('is 16 characters of lower-case base32 for any URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (url) => /^[a-z2-7]{16}$/.test(accountLabel(url))),
    );
  });
});
