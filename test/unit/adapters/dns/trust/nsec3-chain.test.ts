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
    { name: 'records of one chain are usable', authority: [apex, nsec3Gap(ZONE, NAME)], usable: 2 },
    {
      name: 'records that are not NSEC3 or cannot be read are passed over',
      authority: [nsec(ZONE, 'NS'), unread(`x.${ZONE}`, TYPE.NSEC3), unread(ZONE, TYPE.SOA), apex],
      usable: 1,
    },
    {
      name: 'a record of another zone is passed over',
      authority: [apex, nsec3Match('other', NAME)],
      usable: 1,
    },
    {
      name: 'a record whose next hash is not a SHA-1 hash is passed over',
      authority: [apex, shortHash(nsec3Gap(ZONE, NAME))],
      usable: 1,
    },
    {
      name: 'a record with 51 iterations is not usable, whoever signed it (RFC 9276 section 3.2)',
      authority: [nsec3Match(ZONE, NAME, { iterations: 51 })],
      usable: 0,
    },
    {
      name: 'records of two salts are not one chain, and none is usable',
      authority: [apex, nsec3Gap(ZONE, NAME, { salt: 'x' })],
      usable: 0,
    },
    {
      name: 'records of two counts of iterations are not one chain, and none is usable',
      authority: [apex, nsec3Gap(ZONE, NAME, { iterations: 1 })],
      usable: 0,
    },
  ])('$name', ({ authority, usable }) => {
    expect(select(authority)).toHaveLength(usable);
  });
});

describe('overIteratedZones (RFC 9276 section 3.2)', () => {
  it('names the zone of each record with more than 50 iterations, and no other', () => {
    const authority = [
      unread(ZONE, TYPE.SOA),
      nsec3Match('one.example', NAME, { iterations: 51 }),
      nsec3Match('two.example', NAME, { iterations: 50 }),
      nsec('example', 'NS'),
    ];
    expect(overIteratedZones(dsMessage({ authority }))).toEqual([['one', 'example']]);
  });
});

describe('isOptedOut: the gap (RFC 5155 section 8.6)', () => {
  const optOut = { optOut: true };

  it.each<{ name: string; gap: ResourceRecord; expected: boolean }>([
    {
      name: 'a hash between that of the owner and the next one falls into the gap',
      gap: nsec3Last(ZONE, shift(HASH, -1), shift(HASH, 1), optOut),
      expected: true,
    },
    {
      name: 'the hash of the owner itself does not: that name exists',
      gap: nsec3Last(ZONE, HASH, shift(HASH, 2), optOut),
      expected: false,
    },
    {
      name: 'the next hash does not: that name exists',
      gap: nsec3Last(ZONE, shift(HASH, -2), HASH, optOut),
      expected: false,
    },
    {
      name: 'a hash after the last of the chain falls into the gap that leads back to the first',
      gap: nsec3Last(ZONE, shift(HASH, -1), FIRST, optOut),
      expected: true,
    },
    {
      name: 'a hash before the first of the chain falls into that gap as well',
      gap: nsec3Last(ZONE, LAST, shift(HASH, 1), optOut),
      expected: true,
    },
    {
      name: 'a hash between the first and the last does not',
      gap: nsec3Last(ZONE, shift(HASH, 1), shift(HASH, -1), optOut),
      expected: false,
    },
    {
      name: 'the hash of the last owner does not fall into its gap',
      gap: nsec3Last(ZONE, HASH, FIRST, optOut),
      expected: false,
    },
    {
      name: 'the first hash of the chain does not fall into the gap before it',
      gap: nsec3Last(ZONE, LAST, HASH, optOut),
      expected: false,
    },
    {
      name: 'the gap of a chain of one record holds every other hash',
      gap: nsec3Last(ZONE, shift(HASH, 5), shift(HASH, 5), optOut),
      expected: true,
    },
    {
      name: 'a gap without the flag shows nothing',
      gap: nsec3Gap(ZONE, NAME),
      expected: false,
    },
  ])('$name', ({ gap, expected }) => {
    expect(isOptedOut(select([apex, gap]), labels(NAME), labels(ZONE))).toBe(expected);
  });
});

describe('isOptedOut: the closest encloser (RFC 5155 section 8.3)', () => {
  const deep = (count: number) => `${'a.'.repeat(count - 1)}${ZONE}`;
  /** `name` and its proof: the apex exists, and the name below it on the way does not. */
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
      name: 'the deepest ancestor that exists is the encloser',
      of: `a.${NAME}`,
      authority: [
        apex,
        nsec3Match(ZONE, NAME, { types: ['A'] }),
        nsec3Gap(ZONE, `a.${NAME}`, { optOut: true }),
      ],
      expected: true,
    },
    {
      name: 'an ancestor above the zone is none, even if the zone has a record for its hash',
      of: 'a.sub.example',
      zone: 'sub.example',
      authority: [
        nsec3Match('sub.example', 'example', { types: ['NS', 'SOA'] }),
        nsec3Gap('sub.example', 'sub.example', { optOut: true }),
      ],
      expected: false,
    },
    { name: '64 ancestors are looked at', ...belowApex(65), expected: true },
    {
      name: 'the 65th is not: names that long are made to keep a resolver busy',
      ...belowApex(66),
      expected: false,
    },
  ])('$name', ({ of, zone = ZONE, authority, expected }) => {
    expect(isOptedOut(select(authority, zone), labels(of), labels(zone))).toBe(expected);
  });
});
