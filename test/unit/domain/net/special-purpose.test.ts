import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findReservedBlock,
  isReservedAddress,
  NOT_AN_ADDRESS,
  REGISTRY_SNAPSHOT,
  SPECIAL_PURPOSE_BLOCKS,
} from '../../../../shared/domain/net/special-purpose.ts';
import { blockHolds, edgesOf, toNumber, toText } from './address-arithmetic.ts';

/**
 * Second copy of the registries, so that one mistake in the table is detected: block, first RFC of the registry row,
 * globally reachable ("yes", "no", "n/a"), and "extra" for our own rows.
 */
const SNAPSHOT = `
0.0.0.0/8             RFC 791   no
0.0.0.0/32            RFC 1122  no
10.0.0.0/8            RFC 1918  no
100.64.0.0/10         RFC 6598  no
127.0.0.0/8           RFC 1122  no
169.254.0.0/16        RFC 3927  no
172.16.0.0/12         RFC 1918  no
192.0.0.0/24          RFC 6890  no
192.0.0.0/29          RFC 7335  no
192.0.0.8/32          RFC 7600  no
192.0.0.9/32          RFC 7723  yes
192.0.0.10/32         RFC 8155  yes
192.0.0.170/32        RFC 8880  no
192.0.0.171/32        RFC 8880  no
192.0.2.0/24          RFC 5737  no
192.31.196.0/24       RFC 7535  yes
192.52.193.0/24       RFC 7450  yes
192.88.99.0/24        RFC 7526  n/a
192.88.99.2/32        RFC 6751  no
192.168.0.0/16        RFC 1918  no
192.175.48.0/24       RFC 7534  yes
198.18.0.0/15         RFC 2544  no
198.51.100.0/24       RFC 5737  no
203.0.113.0/24        RFC 5737  no
240.0.0.0/4           RFC 1112  no
255.255.255.255/32    RFC 919   no
::1/128               RFC 4291  no
::/128                RFC 4291  no
::ffff:0.0.0.0/96     RFC 4291  no
64:ff9b::/96          RFC 6052  yes
64:ff9b:1::/48        RFC 8215  no
100::/64              RFC 6666  no
100:0:0:1::/64        RFC 9780  no
2001::/23             RFC 2928  no
2001::/32             RFC 4380  n/a
2001:1::1/128         RFC 7723  yes
2001:1::2/128         RFC 8155  yes
2001:1::3/128         RFC 9665  yes
2001:2::/48           RFC 5180  no
2001:3::/32           RFC 7450  yes
2001:4:112::/48       RFC 7535  yes
2001:10::/28          RFC 4843  n/a
2001:20::/28          RFC 7343  yes
2001:30::/28          RFC 9374  yes
2001:db8::/32         RFC 3849  no
2002::/16             RFC 3056  n/a
2620:4f:8000::/48     RFC 7534  yes
3fff::/20             RFC 9637  no
5f00::/16             RFC 9602  no
fc00::/7              RFC 4193  no
fe80::/10             RFC 4291  no
224.0.0.0/4           RFC 5771  no   extra
168.63.129.16/32      Microsoft Azure n/a extra
::/96                 RFC 4291  no   extra
fec0::/10             RFC 3879  no   extra
ff00::/8              RFC 4291  no   extra
::/3                  RFC 4291  no   extra
4000::/2              RFC 4291  no   extra
8000::/1              RFC 4291  no   extra
`;

const SNAPSHOT_ROWS = SNAPSHOT.trim()
  .split('\n')
  .map((line) => {
    const [block = '', rfc, number, reachable = '', extra] = line.split(/ +/);
    const globallyReachable = { yes: true, no: false, 'n/a': null }[reachable];
    return { block, reference: `${rfc} ${number}`, globallyReachable, extra: extra === 'extra' };
  });

describe('the table of special-purpose blocks', () => {
  it('equals the snapshot of the IANA registries with RFC 9780 as the newest entry', () => {
    expect(REGISTRY_SNAPSHOT).toBe('2025-04');
    expect(SPECIAL_PURPOSE_BLOCKS.map(({ name: _, ...row }) => row)).toEqual(SNAPSHOT_ROWS);
  });

  it('names every block', () => {
    expect(SPECIAL_PURPOSE_BLOCKS.filter(({ name }) => name.trim() === '')).toEqual([]);
  });
});

describe.each(SNAPSHOT_ROWS)('the special-purpose block $block', ({ block }) => {
  const { first, last, before, after } = edgesOf(block);
  const expected = (address: { family: 4 | 6; value: bigint }) =>
    SNAPSHOT_ROWS.some((row) => blockHolds(row.block, address));

  it('is reserved from its first address to its last', () => {
    expect(isReservedAddress(toText(first))).toBe(true);
    expect(isReservedAddress(toText(last))).toBe(true);
  });

  it('is matched by its own row or by a longer prefix inside it', () => {
    const found = findReservedBlock(toText(last))?.block ?? '0.0.0.0/0';
    expect(Number(found.split('/')[1])).toBeGreaterThanOrEqual(Number(block.split('/')[1]));
    expect(blockHolds(found, last)).toBe(true);
  });

  it('ends where the registry says', () => {
    for (const neighbour of [before, after]) {
      if (neighbour === null) continue;
      expect(isReservedAddress(toText(neighbour)), toText(neighbour)).toBe(expected(neighbour));
      expect(findReservedBlock(toText(neighbour))?.block).not.toBe(block);
    }
  });
});

describe('findReservedBlock', () => {
  it.each([
    { name: 'the metadata service of AWS', address: '169.254.169.254', block: '169.254.0.0/16' },
    { name: 'the container credentials of AWS', address: '169.254.170.2', block: '169.254.0.0/16' },
    { name: 'the resolver of a VPC', address: '169.254.169.253', block: '169.254.0.0/16' },
    { name: 'the metadata service of AWS over IPv6', address: 'fd00:ec2::254', block: 'fc00::/7' },
    { name: 'the metadata service of Google over IPv6', address: 'fd20:ce::254', block: 'fc00::/7' },
    { name: 'the metadata service of Oracle', address: '192.0.0.192', block: '192.0.0.0/24' },
    { name: 'the metadata service of Alibaba', address: '100.100.100.200', block: '100.64.0.0/10' },
    { name: 'a public address inside IPv4-mapped', address: '::ffff:8.8.8.8', block: '::ffff:0.0.0.0/96' },
    { name: 'a public address inside IPv4-compatible', address: '::8.8.8.8', block: '::/96' },
    { name: 'a public address inside NAT64', address: '64:ff9b::8.8.8.8', block: '64:ff9b::/96' },
    { name: 'a public address inside local NAT64', address: '64:ff9b:1::808:808', block: '64:ff9b:1::/48' },
    { name: 'a public address inside 6to4', address: '2002:808:808::1', block: '2002::/16' },
    { name: 'Teredo', address: '2001:0:808:808::1', block: '2001::/32' },
    { name: 'limited broadcast', address: '255.255.255.255', block: '255.255.255.255/32' },
    { name: 'loopback', address: '::1', block: '::1/128' },
    { name: 'the unspecified address', address: '::', block: '::/128' },
    { name: 'an unassigned block inside IETF assignments', address: '2001:1ff::1', block: '2001::/23' },
    { name: 'an address just below global unicast', address: '1fff:ffff::1', block: '::/3' },
    { name: 'an address just above global unicast', address: '4000::', block: '4000::/2' },
    { name: 'a block never assigned', address: 'a000::1', block: '8000::/1' },
  ])('finds the block of $name', ({ address, block }) => {
    expect(findReservedBlock(address)?.block).toBe(block);
  });

  it.each([
    '1.0.0.0',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '191.255.255.255',
    '192.0.1.0',
    '192.0.3.0',
    '192.88.98.255',
    '192.88.100.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2000::',
    '2001:200::',
    '2001:db7:ffff::',
    '2001:db9::',
    '2003::',
    '2606:4700:4700::1111',
    '2620:4f:7fff::',
    '2620:4f:8001::',
    '3ffe::1',
    '3fff:1000::',
  ])('returns null for the public address %s', (address) => {
    expect(findReservedBlock(address)).toBeNull();
  });

  it.each([
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::1]',
    'fe80::1%eth0',
    '1.1.1.1 ',
    '8.8.8.08',
  ])('treats %j as reserved, because it is not an address', (text) => {
    expect(findReservedBlock(text)).toBe(NOT_AN_ADDRESS);
    expect(isReservedAddress(text)).toBe(true);
  });

  it('treats all IPv6 outside 2000::/3 as reserved and agrees with the snapshot inside', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.ipV4()), (text) => {
        const address = toNumber(text);
        const inSnapshot = SNAPSHOT_ROWS.some((row) => blockHolds(row.block, address));
        expect(isReservedAddress(text)).toBe(inSnapshot);
        if (address.family === 6 && address.value >> 125n !== 1n) expect(isReservedAddress(text)).toBe(true);
      }),
    );
  });
});
