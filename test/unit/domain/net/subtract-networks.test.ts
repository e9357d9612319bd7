import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpAddress } from '../../../../shared/domain/net/ip-address.ts';
import {
  formatIpNetwork,
  type IpNetwork,
  networkContains,
  parseIpNetwork,
} from '../../../../shared/domain/net/ip-network.ts';
import { subtractNetworks } from '../../../../shared/domain/net/subtract-networks.ts';

const networks = (...texts: string[]): readonly IpNetwork[] =>
  texts.map((text) => {
    const network = parseIpNetwork(text);
    if (network === null) throw new TypeError(text);
    return network;
  });

const subtract = (blocks: readonly string[], holes: readonly string[]) =>
  subtractNetworks(networks(...blocks), networks(...holes)).map(formatIpNetwork);

describe('subtractNetworks', () => {
  it.each<{ name: string; blocks: readonly string[]; holes: readonly string[]; left: readonly string[] }>([
    {
      name: 'returns the blocks unchanged without holes',
      blocks: ['10.0.0.0/8'],
      holes: [],
      left: ['10.0.0.0/8'],
    },
    { name: 'removes a block that equals a hole', blocks: ['10.0.0.0/8'], holes: ['10.0.0.0/8'], left: [] },
    {
      name: 'removes a block inside a larger hole',
      blocks: ['10.1.0.0/16'],
      holes: ['10.0.0.0/8'],
      left: [],
    },
    {
      name: 'returns the other half if one half is a hole',
      blocks: ['10.0.0.0/8'],
      holes: ['10.128.0.0/9'],
      left: ['10.0.0.0/9'],
    },
    {
      name: 'returns one block of each size if a single address is a hole',
      blocks: ['192.0.2.0/30'],
      holes: ['192.0.2.2/32'],
      left: ['192.0.2.0/31', '192.0.2.3/32'],
    },
    {
      name: 'ignores a hole outside the block',
      blocks: ['10.0.0.0/8'],
      holes: ['11.0.0.0/8'],
      left: ['10.0.0.0/8'],
    },
    {
      name: 'removes blocks inside other blocks',
      blocks: ['192.0.0.0/29', '192.0.0.0/24', '192.0.0.0/24'],
      holes: [],
      left: ['192.0.0.0/24'],
    },
    {
      name: 'halves IPv6 blocks in the same way',
      blocks: ['fc00::/7'],
      holes: ['fd00::/8'],
      left: ['fc00::/8'],
    },
    {
      name: 'accepts the last address of IPv6 space as a hole',
      blocks: ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127'],
      holes: ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128'],
      left: ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/128'],
    },
    {
      name: 'ignores holes of the other address family',
      blocks: ['::/0'],
      holes: ['0.0.0.0/0'],
      left: ['::/0'],
    },
  ])('$name', ({ blocks, holes, left }) => {
    expect(subtract(blocks, holes)).toEqual(left);
  });

  const small = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
    .map(([last, length]) => {
      const base = (last >> (32 - length)) << (32 - length);
      return `192.0.2.${base}/${length}`;
    });
  it('returns exactly the addresses of the blocks that are in no hole', () => {
    void fc.assert(
      fc.property(
        fc.array(small, { maxLength: 4 }),
        fc.array(small, { maxLength: 4 }),
        fc.integer({ min: 0, max: 255 }),
        (blockTexts, holeTexts, last) => {
          const blocks = networks(...blockTexts);
          const holes = networks(...holeTexts);
          const address = parseIpAddress(`192.0.2.${last}`);
          if (address === null) throw new TypeError('an address');
          const isIn = (list: readonly IpNetwork[]) => list.some((one) => networkContains(one, address));
          expect(isIn(subtractNetworks(blocks, holes))).toBe(isIn(blocks) && !isIn(holes));
        },
      ),
    );
  });
});
