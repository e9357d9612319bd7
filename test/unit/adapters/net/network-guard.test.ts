import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createNetworkGuard,
  type NetworkGuard,
  type VettedAddress,
} from '../../../../shared/adapters/net/network-guard.ts';
import { listInterfaceAddresses } from '../../../../shared/adapters/net/own-addresses.ts';
import { parseIpAddress } from '../../../../shared/domain/net/ip-address.ts';
import { findReservedBlock, SPECIAL_PURPOSE_BLOCKS } from '../../../../shared/domain/net/special-purpose.ts';
import { blockHolds, edgesOf, toNumber, toText } from '../../domain/net/address-arithmetic.ts';
import { LOOPBACK, network, soon, withRawServer } from './lab.ts';

const production = createNetworkGuard({ allowedNetworks: [] });

const limit = (ms?: number, signal?: AbortSignal) => ({
  deadline: soon(ms),
  now: () => performance.now(),
  signal,
});

function vetOne(guard: NetworkGuard, text: string): VettedAddress {
  const [vetted] = guard.vet([text]).vetted;
  if (vetted === undefined) throw new Error(`${text} was refused`);
  return vetted;
}

describe('vet refuses', () => {
  // Requirements section 6: the two IANA registries and the additional blocks, both ends of each.
  const rows = SPECIAL_PURPOSE_BLOCKS.flatMap(({ block, name }) => {
    const { first, last } = edgesOf(block);
    return [toText(first), toText(last)].map((address) => ({ address, block, name }));
  });

  it.each(rows)('$address of $block, $name', ({ address, block }) => {
    const { vetted, refused } = production.vet([address]);
    expect(vetted).toEqual([]);
    expect(refused).toHaveLength(1);
    // `vet` names the most specific block, which may be inside the block of the row.
    expect(blockHolds(refused[0]?.block.block ?? '', toNumber(address)), block).toBe(true);
  });

  it.each([
    // metadata and platform endpoints of clouds.
    { address: '169.254.169.254', name: 'the instance metadata service' },
    { address: '169.254.170.2', name: 'the container credentials endpoint' },
    { address: '169.254.170.23', name: 'the pod identity endpoint' },
    { address: '169.254.169.253', name: 'the resolver of the private cloud' },
    { address: '169.254.169.123', name: 'the time service of the private cloud' },
    { address: 'fd00:ec2::254', name: 'the instance metadata service over IPv6' },
    { address: 'fd00:ec2::253', name: 'the resolver of the private cloud over IPv6' },
    { address: 'fd00:ec2::23', name: 'the pod identity endpoint over IPv6' },
    { address: '100.100.100.200', name: 'a metadata service in shared address space' },
    // an address that embeds an IPv4 address is refused, whatever that address is.
    { address: '::ffff:8.8.8.8', name: 'a mapped public address' },
    { address: '::ffff:169.254.169.254', name: 'a mapped metadata address' },
    { address: '::ffff:7f00:1', name: 'mapped loopback in hexadecimal' },
    { address: '::8.8.8.8', name: 'an IPv4-compatible address' },
    { address: '64:ff9b::8.8.8.8', name: 'a translated address' },
    { address: '64:ff9b::a9fe:a9fe', name: 'the metadata service behind a translator' },
    { address: '2002:7f00:1::', name: '6to4 of loopback' },
    { address: '2001:0:7f00:1::', name: 'Teredo' },
    { address: 'fec0::1', name: 'an old site-local address' },
    { address: '255.255.255.255', name: 'broadcast' },
    { address: '0.0.0.0', name: 'the unspecified address' },
    { address: '::', name: 'the unspecified IPv6 address' },
  ])('$address, $name', ({ address }) => {
    expect(production.vet([address]).vetted).toEqual([]);
  });

  it.each([
    // other parsers read these as addresses, mostly 127.0.0.1.
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '8.8.8.8.',
    ' 8.8.8.8',
    '8.8.8.8\n',
    '8.8.8.8\u0000',
    '８.8.8.8',
    '8.8.8',
    '8.8.8.256',
    '[2606:4700::1]',
    '2606:4700::1%eth0',
    '2606:4700::1%25eth0',
    'fe80::1%lo',
    '2606:4700::1/128',
    'localhost',
    'dns.google',
    '',
  ])('the text %j, which is not a strict literal', (text) => {
    const guard = createNetworkGuard({ allowedNetworks: [network('0.0.0.0/0'), network('::/0')] });
    expect(guard.vet([text])).toMatchObject({ vetted: [], refused: [{ address: null }] });
  });
});

describe('vet, with own addresses and denied networks', () => {
  const own = ['203.0.114.7', '2606:4700::7', 'fe80::1']
    .map((text) => parseIpAddress(text))
    .filter((address) => address !== null);
  const guard = createNetworkGuard({
    allowedNetworks: [network('127.0.0.0/8'), network('9.9.9.0/24')],
    deniedNetworks: [network('9.9.9.9/32'), network('2620:fe::/48')],
    ownAddresses: () => own,
  });

  it.each([
    { text: '203.0.114.7', block: 'an address of the perspective itself' },
    { text: '2606:4700:0::7', block: 'an address of the perspective itself' },
    { text: '9.9.9.9', block: 'in a network that the operator has denied' },
    { text: '2620:fe::fe', block: 'in a network that the operator has denied' },
    { text: '168.63.129.16', block: 'the platform that runs an Azure host' },
  ])('refuses $text: $block', ({ text, block }) => {
    expect(guard.vet([text])).toMatchObject({ vetted: [], refused: [{ block: { name: block } }] });
  });

  it.each([
    { text: '203.0.114.8', name: 'the neighbour of an own address' },
    { text: '9.9.9.10', name: 'a public address next to a denied one' },
    { text: '127.0.0.1', name: 'an own address in a lab' },
  ])('permits $text, $name', ({ text }) => {
    expect(guard.vet([text]).vetted).toHaveLength(1);
  });

  it('refuses the addresses of this machine by default', () => {
    const addresses = listInterfaceAddresses().filter((text) => findReservedBlock(text) === null);
    expect(createNetworkGuard({ allowedNetworks: [] }).vet(addresses).vetted).toEqual([]);
  });
});

describe('vet permits', () => {
  it.each([
    { text: '8.8.8.8', address: '8.8.8.8', family: 4 },
    { text: '1.0.0.0', address: '1.0.0.0', family: 4 },
    { text: '2606:4700:0:0:0:0:0:1', address: '2606:4700::1', family: 6 },
    { text: '2606:4700::ABCD', address: '2606:4700::abcd', family: 6 },
    { text: '2001:200::', address: '2001:200::', family: 6 },
  ])('$text', ({ text, address, family }) => {
    expect(production.vet([text]).vetted).toMatchObject([{ address, family, isLab: false }]);
  });

  it('the public addresses of a mixed answer, in their order', () => {
    const { vetted, refused } = production.vet([
      '127.0.0.1',
      '9.9.9.9',
      '10.0.0.1',
      '2606:4700::1',
      '8.8.8.8',
    ]);
    expect(vetted.map(({ address }) => address)).toEqual(['9.9.9.9', '2606:4700::1', '8.8.8.8']);
    expect(refused.map(({ address, block }) => [address, block.name])).toEqual([
      ['127.0.0.1', 'loopback'],
      ['10.0.0.1', 'private use'],
    ]);
  });

  it('exactly the addresses outside all blocks of the tables', () => {
    const anyAddress = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.bigInt(0n, (1n << 128n) - 1n).map((value) => toText({ family: 6, value })),
    );
    fc.assert(
      fc.property(anyAddress, (text) => {
        const isReserved = SPECIAL_PURPOSE_BLOCKS.some(({ block }) => blockHolds(block, toNumber(text)));
        expect(production.vet([text]).vetted).toHaveLength(isReserved ? 0 : 1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('vet, with networks allowed for a lab', () => {
  const lab = createNetworkGuard({ allowedNetworks: [network('127.0.0.0/8'), network('fd00:7ab::/32')] });

  it.each([
    { text: '127.0.0.1', name: 'an address inside' },
    { text: '127.255.255.255', name: 'the last address inside' },
    { text: 'fd00:7ab::1', name: 'an IPv6 address inside' },
  ])('permits $name: $text', ({ text }) => {
    expect(lab.vet([text]).vetted).toMatchObject([{ address: text, isLab: true }]);
  });

  it.each([
    { text: '128.0.0.1', isLab: false, name: 'does not mark a public address outside as lab' },
    { text: '126.255.255.255', isLab: false, name: 'does not mark the neighbour below as lab' },
  ])('$name: $text', ({ text, isLab }) => {
    expect(lab.vet([text]).vetted).toMatchObject([{ isLab }]);
  });

  it.each([
    { text: '10.0.0.1', name: 'another private network' },
    { text: '169.254.169.254', name: 'the metadata service' },
    { text: '::ffff:127.0.0.1', name: 'the mapped form of an address inside' },
    { text: '::1', name: 'loopback of the other family' },
    { text: 'fd00:7ac::1', name: 'the network next to it' },
    { text: 'fd00:ec2::254', name: 'the metadata service over IPv6' },
  ])('still refuses $name: $text', ({ text }) => {
    expect(lab.vet([text]).vetted).toEqual([]);
  });
});

describe('dial', () => {
  it('connects to a vetted address at the lab port, and sends nothing', async () => {
    await withRawServer([], async (server) => {
      const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: server.port } });
      const dialled = await guard.dial(vetOne(guard, '127.0.0.1'), 80, limit());
      if (dialled.status === 'failed') throw new Error(dialled.message);
      expect(dialled.socket).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: server.port });
      dialled.socket.destroy();
      expect(server.received).toBe('');
    });
  });

  it.each<{ name: string; forge: (genuine: VettedAddress) => VettedAddress }>([
    {
      name: 'an address that another guard has vetted',
      forge: () => vetOne(createNetworkGuard({ allowedNetworks: LOOPBACK }), '127.0.0.1'),
    },
    { name: 'a copy of a vetted address', forge: (genuine) => ({ ...genuine }) as VettedAddress },
    {
      name: 'an object that inherits from a vetted address',
      forge: (genuine) => Object.create(genuine, { address: { value: '127.0.0.1' } }) as VettedAddress,
    },
    {
      name: 'an object with the same members',
      forge: () => ({ address: '127.0.0.1', family: 4, isLab: true }) as unknown as VettedAddress,
    },
  ])('throws for $name and connects to nothing', async ({ forge }) => {
    await withRawServer([], async (server) => {
      const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: server.port } });
      const forged = forge(vetOne(guard, '127.0.0.1'));
      expect(() => guard.dial(forged, 80, limit())).toThrow('has not vetted');
      expect(server.connections).toBe(0);
    });
  });

  it('prevents changes to a vetted address', () => {
    const vetted = vetOne(production, '8.8.8.8');
    expect(() => Object.assign(vetted, { address: '127.0.0.1' })).toThrow(TypeError);
    expect(vetted.address).toBe('8.8.8.8');
  });

  it.each([0, 22, 25, 8080, 443.5, Number.NaN])('throws for port %d', (port) => {
    const vetted = vetOne(production, '8.8.8.8');
    expect(() => production.dial(vetted, port as 80, limit())).toThrow('ports 80 and 443 only');
  });

  it('fails as unreachable when nothing listens', async () => {
    const port = await withRawServer([], async (server) => server.port);
    const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 443: port } });
    expect(await guard.dial(vetOne(guard, '127.0.0.1'), 443, limit())).toEqual({
      status: 'failed',
      reason: 'unreachable',
      address: '127.0.0.1',
      message: 'no connection came about (ECONNREFUSED)',
    });
  });

  it.each([
    { name: 'whose deadline has passed', spent: () => limit(-1), reason: 'timeout' },
    {
      name: 'whose deadline is not a number',
      spent: () => ({ ...limit(), deadline: Number.NaN }),
      reason: 'timeout',
    },
    { name: 'that was aborted', spent: () => limit(1000, AbortSignal.abort()), reason: 'aborted' },
  ])('does not connect for a check $name', async ({ spent, reason }) => {
    await withRawServer([], async (server) => {
      const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: server.port } });
      const dialled = await guard.dial(vetOne(guard, '127.0.0.1'), 80, spent());
      expect(dialled).toMatchObject({ status: 'failed', reason });
      expect(server.connections).toBe(0);
    });
  });

  it('accepts a deadline beyond the longest timer', async () => {
    await withRawServer([], async (server) => {
      const guard = createNetworkGuard({ allowedNetworks: LOOPBACK, labPorts: { 80: server.port } });
      const far = { ...limit(), deadline: Number.POSITIVE_INFINITY };
      const dialled = await guard.dial(vetOne(guard, '127.0.0.1'), 80, far);
      if (dialled.status === 'failed') throw new Error(dialled.message);
      dialled.socket.destroy();
    });
  });
});
