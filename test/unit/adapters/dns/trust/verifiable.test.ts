import { describe, expect, it } from 'vitest';
import { describeMissing, KNOWN, REQUIRED } from '../../../../../shared/adapters/dns/trust/verifiable.ts';

const NONE = { algorithms: new Set<number>(), digests: new Set<number>() };

describe('describeMissing', () => {
  it.each([
    {
      name: 'returns null if everything is available',
      needed: REQUIRED,
      available: KNOWN,
      missing: null,
    },
    { name: 'returns null if nothing is needed', needed: NONE, available: NONE, missing: null },
    {
      name: 'lists an algorithm and a digest by number',
      needed: { algorithms: new Set([8, 13]), digests: new Set([2, 4]) },
      available: { algorithms: new Set([8]), digests: new Set([2]) },
      missing: 'algorithm 13, digest 4',
    },
    {
      name: 'lists everything that is missing',
      needed: REQUIRED,
      available: NONE,
      missing: 'algorithm 8, algorithm 10, algorithm 13, digest 2',
    },
  ])('$name', ({ needed, available, missing }) => {
    expect(describeMissing(needed, available)).toBe(missing);
  });
});
