import { describe, expect, it } from 'vitest';
import { hashLabel, hashName } from '../../../../../shared/adapters/dns/trust/nsec3-hash.ts';

/** RFC 5155 appendix A. */
const RFC_5155 = { iterations: 12, salt: '\xaa\xbb\xcc\xdd' };

describe('hashName (RFC 5155 section 5 and appendix A)', () => {
  it.each([
    { name: 'example', hash: '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom' },
    { name: 'a.example', hash: '35mthgpgcu1qg68fab165klnsnk3dpvl' },
    { name: 'ai.example', hash: 'gjeqe526plbf1g8mklp59enfd789njgi' },
    { name: 'ns1.example', hash: '2t7b4g4vsa5smi47k61mv5bv1a22bojr' },
    { name: '*.w.example', hash: 'r53bq7cc2uvmubfu5ocmm6pers9tk9en' },
    { name: 'xx.example', hash: 't644ebqk9bibcna874givr6joj62mlhv' },
    { name: 'XX.Example', hash: 't644ebqk9bibcna874givr6joj62mlhv' },
  ])('returns $hash for $name', ({ name, hash }) => {
    expect(hashName(name.split('.'), RFC_5155)).toBe(hash);
  });

  it('depends on salt and iterations', () => {
    const name = ['example'];
    const hashes = [RFC_5155, { ...RFC_5155, iterations: 11 }, { ...RFC_5155, salt: '' }].map((parameters) =>
      hashName(name, parameters),
    );
    expect(new Set(hashes).size).toBe(3);
  });
});

describe('hashLabel', () => {
  it('formats 20 octets as 32 digits that sort like the octets', () => {
    const low = hashLabel(`${'\x00'.repeat(19)}\x01`) ?? '';
    const high = hashLabel(`\xff${'\x00'.repeat(19)}`) ?? '';
    expect(low).toBe(`${'0'.repeat(31)}1`);
    expect(high).toHaveLength(32);
    expect(low < high).toBe(true);
  });

  it.each([0, 19, 21, 32])('returns null for %i octets', (octets) => {
    expect(hashLabel('x'.repeat(octets))).toBeNull();
  });
});
