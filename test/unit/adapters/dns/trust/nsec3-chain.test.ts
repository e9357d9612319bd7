import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { TYPE } from '../../../../../shared/adapters/dns/message/protocol.ts';
import {
  isOptedOut,
  overIteratedZones,
  selectNsec3,
} from '../../../../../shared/adapters/dns/trust/nsec3-chain.ts';
import { hashName } from '../../../../../shared/adapters/dns/trust/nsec3-hash.ts';
import { dsMessage, labels, nsec, nsec3Gap, nsec3Last, nsec3Match, shift, unread } from './signed-records.ts';

const ZONE = 'example';
const NAME = 'shop.example';
const HASH = hashName(labels(NAME), { iterations: 0, salt: '' });
const FIRST = '0'.repeat(32);
const LAST = 'v'.repeat(32);

const apex = nsec3Match(ZONE, ZONE, { types: ['NS', 'SOA'] });
const select = (authority: readonly ResourceRecord[], zone = ZONE) =>
  selectNsec3(dsMessage({ authority }), labels(zone));

describe('selectNsec3 (RFC 5155 sections 8.1 and 8.2)', () => {
  const shortHash = (record: ResourceRecord): ResourceRecord => {
    const { view } = record;
    return view?.kind === 'nsec3' ? { ...record, view: { ...view, nextHash: 'short' } } : record;
  };

  it.each<{ name: string; authority: readonly ResourceRecord[]; usable: number }>([
    { name: 'accepts records of one chain', authority: [apex, nsec3Gap(ZONE, NAME)], usable: 2 },
    {
      name: 'skips records that are not NSEC3 or cannot be read',
      authority: [nsec(ZONE, 'NS'), unread(`x.${ZONE}`, TYPE.NSEC3), unread(ZONE, TYPE.SOA), apex],
      usable: 1,
    },
    {
      name: 'skips a record of another zone',
      authority: [apex, nsec3Match('other', NAME)],
      usable: 1,
    },
    {
      name: 'skips a record whose next hash is not a SHA-1 hash',
      authority: [apex, shortHash(nsec3Gap(ZONE, NAME))],
      usable: 1,
    },
    {
      name: 'skips a record with 51 iterations (RFC 9276 section 3.2)',
      authority: [nsec3Match(ZONE, NAME, { iterations: 51 })],
      usable: 0,
    },
    {
      name: 'rejects all records if their salts differ',
      authority: [apex, nsec3Gap(ZONE, NAME, { salt: 'x' })],
      usable: 0,
    },
    {
      name: 'rejects all records if their iterations differ',
      authority: [apex, nsec3Gap(ZONE, NAME, { iterations: 1 })],
      usable: 0,
    },
  ])('$name', ({ authority, usable }) => {
    expect(select(authority)).toHaveLength(usable);
  });
});

describe('overIteratedZones (RFC 9276 section 3.2)', () => {
  it('returns the zone of each record with more than 50 iterations, and no other', () => {
    const authority = [
      unread(ZONE, TYPE.SOA),
      nsec3Match('one.example', NAME, { iterations: 51 }),
      nsec3Match('two.example', NAME, { iterations: 50 }),
      nsec('example', 'NS'),
    ];
    expect(overIteratedZones(dsMessage({ authority }))).toEqual([['one', 'example']]);
  });
});

describe('isOptedOut: a gap (RFC 5155 section 8.6)', () => {
  const optOut = { optOut: true };

  it.each<{ name: string; gap: ResourceRecord; expected: boolean }>([
    {
      name: 'contains a hash between its owner and the next hash',
      gap: nsec3Last(ZONE, shift(HASH, -1), shift(HASH, 1), optOut),
      expected: true,
    },
    {
      name: 'does not contain the hash of its owner, which exists',
      gap: nsec3Last(ZONE, HASH, shift(HASH, 2), optOut),
      expected: false,
    },
    {
      name: 'does not contain the next hash, which exists',
      gap: nsec3Last(ZONE, shift(HASH, -2), HASH, optOut),
      expected: false,
    },
    {
      name: 'at the end of the chain contains a hash after the last one',
      gap: nsec3Last(ZONE, shift(HASH, -1), FIRST, optOut),
      expected: true,
    },
    {
      name: 'at the end of the chain contains a hash before the first one',
      gap: nsec3Last(ZONE, LAST, shift(HASH, 1), optOut),
      expected: true,
    },
    {
      name: 'at the end of the chain does not contain a hash between the first and the last one',
      gap: nsec3Last(ZONE, shift(HASH, 1), shift(HASH, -1), optOut),
      expected: false,
    },
    {
      name: 'at the end of the chain does not contain the hash of the last owner',
      gap: nsec3Last(ZONE, HASH, FIRST, optOut),
      expected: false,
    },
    {
      name: 'at the end of the chain does not contain the first hash',
      gap: nsec3Last(ZONE, LAST, HASH, optOut),
      expected: false,
    },
    {
      name: 'of a chain of one record contains every other hash',
      gap: nsec3Last(ZONE, shift(HASH, 5), shift(HASH, 5), optOut),
      expected: true,
    },
    {
      name: 'without the flag shows nothing',
      gap: nsec3Gap(ZONE, NAME),
      expected: false,
    },
  ])('$name', ({ gap, expected }) => {
    expect(isOptedOut(select([apex, gap]), labels(NAME), labels(ZONE))).toBe(expected);
  });
});

describe('isOptedOut: the closest encloser (RFC 5155 section 8.3)', () => {
  const deep = (count: number) => `${'a.'.repeat(count - 1)}${ZONE}`;
  /** `name` and its proof: the apex exists, and the next closer name does not. */
  const belowApex = (count: number) => ({
    of: deep(count),
    authority: [apex, nsec3Gap(ZONE, deep(2), { optOut: true })],
  });

  it.each<{
    name: string;
    of: string;
    zone?: string;
    authority: readonly ResourceRecord[];
    expected: boolean;
  }>([
    {
      name: 'is the deepest existing ancestor',
      of: `a.${NAME}`,
      authority: [
        apex,
        nsec3Match(ZONE, NAME, { types: ['A'] }),
        nsec3Gap(ZONE, `a.${NAME}`, { optOut: true }),
      ],
      expected: true,
    },
    {
      name: 'is not an ancestor above the zone, even with a record for its hash',
      of: 'a.sub.example',
      zone: 'sub.example',
      authority: [
        nsec3Match('sub.example', 'example', { types: ['NS', 'SOA'] }),
        nsec3Gap('sub.example', 'sub.example', { optOut: true }),
      ],
      expected: false,
    },
    { name: 'is searched among 64 ancestors', ...belowApex(65), expected: true },
    {
      name: 'is not searched beyond 64 ancestors, to limit hashing',
      ...belowApex(66),
      expected: false,
    },
  ])('$name', ({ of, zone = ZONE, authority, expected }) => {
    expect(isOptedOut(select(authority, zone), labels(of), labels(zone))).toBe(expected);
  });
});
