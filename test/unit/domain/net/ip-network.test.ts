import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpAddress } from '../../../../shared/domain/net/ip-address.ts';
import { networkContains, parseIpNetwork } from '../../../../shared/domain/net/ip-network.ts';
import { blockHolds, toNumber, toText } from './address-arithmetic.ts';

function contains(block: string, address: string): boolean {
  const network = parseIpNetwork(block);
  const parsed = parseIpAddress(address);
  if (network === null || parsed === null) throw new Error(`bad row: ${block} ${address}`);
  return networkContains(network, parsed);
}

describe('parseIpNetwork', () => {
  it.each(['0.0.0.0/0', '10.0.0.0/8', '192.0.2.1/32', '::/0', '2000::/3', '2001:db8::1/128'])(
    'takes %s',
    (text) => {
      expect(parseIpNetwork(text)).not.toBeNull();
    },
  );

  it.each([
    { name: 'no prefix length', text: '10.0.0.0' },
    { name: 'an empty prefix length', text: '10.0.0.0/' },
    { name: 'two prefix lengths', text: '10.0.0.0/8/8' },
    { name: 'a leading zero', text: '10.0.0.0/08' },
    { name: 'a sign', text: '10.0.0.0/+8' },
    { name: 'a netmask', text: '10.0.0.0/255.0.0.0' },
    { name: 'more bits than IPv4 has', text: '10.0.0.0/33' },
    { name: 'more bits than IPv6 has', text: '::/129' },
    { name: 'bits set after the prefix', text: '10.0.0.1/8' },
    { name: 'a bit set directly after the prefix', text: '2000::/2' },
    { name: 'a short address', text: '10/8' },
    { name: 'white space', text: '10.0.0.0 /8' },
    { name: 'no address', text: '/8' },
    { name: 'empty text', text: '' },
  ])('rejects $name', ({ text }) => {
    expect(parseIpNetwork(text)).toBeNull();
  });
});

describe('networkContains', () => {
  it.each([
    { name: 'contains its first address', block: '172.16.0.0/12', address: '172.16.0.0', expected: true },
    { name: 'contains its last address', block: '172.16.0.0/12', address: '172.31.255.255', expected: true },
    {
      name: 'does not contain the address after its last',
      block: '172.16.0.0/12',
      address: '172.32.0.0',
      expected: false,
    },
    {
      name: 'of length 0 contains its family',
      block: '0.0.0.0/0',
      address: '255.255.255.255',
      expected: true,
    },
    {
      name: 'of length 0 does not contain the other family',
      block: '0.0.0.0/0',
      address: '::1',
      expected: false,
    },
    {
      name: 'of IPv4 does not contain an IPv4-mapped address',
      block: '10.0.0.0/8',
      address: '::ffff:10.0.0.1',
      expected: false,
    },
    { name: 'of one address contains no other', block: '::1/128', address: '::2', expected: false },
  ])('a block $name', ({ block, address, expected }) => {
    expect(contains(block, address)).toBe(expected);
  });

  it('agrees with arithmetic on numbers', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, address, fc.nat(128), (base, other, seed) => {
        const { family, value } = toNumber(base);
        const bits = family === 4 ? 32 : 128;
        const length = seed % (bits + 1);
        const shift = BigInt(bits - length);
        const block = `${toText({ family, value: (value >> shift) << shift })}/${length}`;
        expect(contains(block, base)).toBe(true);
        expect(contains(block, other)).toBe(blockHolds(block, toNumber(other)));
      }),
    );
  });
});
