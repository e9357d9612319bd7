import { parseIpAddress } from './ip-address.ts';
import { type IpNetwork, networkContains, parseIpNetwork } from './ip-network.ts';

/**
 * Month of the IANA special-purpose address registries that {@link SPECIAL_PURPOSE_BLOCKS} copies. RFC 9780 was the
 * newest entry. Compare with https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry before each release.
 */
export const REGISTRY_SNAPSHOT = '2025-04';

/** One block of addresses that no certificate may name and no check may connect to. */
export interface ReservedBlock {
  /** Prefix notation. Empty only for {@link NOT_AN_ADDRESS}, {@link OWN_ADDRESS} and {@link DENIED_ADDRESS}. */
  readonly block: string;
  readonly name: string;
  /** The document that reserves it. */
  readonly reference: string;
  /**
   * "Globally Reachable" in the registry; null for "N/A". Globally reachable blocks are rejected too: the Baseline
   * Requirements define a Reserved IP Address as one in a registered block (TLS BR 1.6.1 [definitions] and 4.2.2
   * [certificate-names]).
   */
  readonly globallyReachable: boolean | null;
  /** True for blocks that are not in the registries and are not public either. */
  readonly extra: boolean;
}

type Row = readonly [block: string, name: string, reference: string, globallyReachable: boolean | null];

const IPV4_REGISTRY: readonly Row[] = [
  ['0.0.0.0/8', 'this network', 'RFC 791', false],
  ['0.0.0.0/32', 'this host on this network', 'RFC 1122', false],
  ['10.0.0.0/8', 'private use', 'RFC 1918', false],
  ['100.64.0.0/10', 'shared address space', 'RFC 6598', false],
  ['127.0.0.0/8', 'loopback', 'RFC 1122', false],
  ['169.254.0.0/16', 'link local', 'RFC 3927', false],
  ['172.16.0.0/12', 'private use', 'RFC 1918', false],
  ['192.0.0.0/24', 'IETF protocol assignments', 'RFC 6890', false],
  ['192.0.0.0/29', 'IPv4 service continuity prefix', 'RFC 7335', false],
  ['192.0.0.8/32', 'IPv4 dummy address', 'RFC 7600', false],
  ['192.0.0.9/32', 'port control protocol anycast', 'RFC 7723', true],
  ['192.0.0.10/32', 'TURN anycast', 'RFC 8155', true],
  ['192.0.0.170/32', 'NAT64/DNS64 discovery', 'RFC 8880', false],
  ['192.0.0.171/32', 'NAT64/DNS64 discovery', 'RFC 8880', false],
  ['192.0.2.0/24', 'documentation (TEST-NET-1)', 'RFC 5737', false],
  ['192.31.196.0/24', 'AS112-v4', 'RFC 7535', true],
  ['192.52.193.0/24', 'AMT', 'RFC 7450', true],
  ['192.88.99.0/24', '6to4 relay anycast, deprecated', 'RFC 7526', null],
  ['192.88.99.2/32', '6a44 relay anycast', 'RFC 6751', false],
  ['192.168.0.0/16', 'private use', 'RFC 1918', false],
  ['192.175.48.0/24', 'direct delegation AS112 service', 'RFC 7534', true],
  ['198.18.0.0/15', 'benchmarking', 'RFC 2544', false],
  ['198.51.100.0/24', 'documentation (TEST-NET-2)', 'RFC 5737', false],
  ['203.0.113.0/24', 'documentation (TEST-NET-3)', 'RFC 5737', false],
  ['240.0.0.0/4', 'reserved', 'RFC 1112', false],
  ['255.255.255.255/32', 'limited broadcast', 'RFC 919', false],
];

const IPV6_REGISTRY: readonly Row[] = [
  ['::1/128', 'loopback', 'RFC 4291', false],
  ['::/128', 'unspecified address', 'RFC 4291', false],
  ['::ffff:0.0.0.0/96', 'IPv4-mapped address', 'RFC 4291', false],
  ['64:ff9b::/96', 'IPv4-IPv6 translation', 'RFC 6052', true],
  ['64:ff9b:1::/48', 'local IPv4-IPv6 translation', 'RFC 8215', false],
  ['100::/64', 'discard only', 'RFC 6666', false],
  ['100:0:0:1::/64', 'dummy prefix', 'RFC 9780', false],
  ['2001::/23', 'IETF protocol assignments', 'RFC 2928', false],
  ['2001::/32', 'Teredo', 'RFC 4380', null],
  ['2001:1::1/128', 'port control protocol anycast', 'RFC 7723', true],
  ['2001:1::2/128', 'TURN anycast', 'RFC 8155', true],
  ['2001:1::3/128', 'DNS-SD service registration anycast', 'RFC 9665', true],
  ['2001:2::/48', 'benchmarking', 'RFC 5180', false],
  ['2001:3::/32', 'AMT', 'RFC 7450', true],
  ['2001:4:112::/48', 'AS112-v6', 'RFC 7535', true],
  ['2001:10::/28', 'ORCHID, deprecated', 'RFC 4843', null],
  ['2001:20::/28', 'ORCHIDv2', 'RFC 7343', true],
  ['2001:30::/28', 'drone remote identification', 'RFC 9374', true],
  ['2001:db8::/32', 'documentation', 'RFC 3849', false],
  ['2002::/16', '6to4', 'RFC 3056', null],
  ['2620:4f:8000::/48', 'direct delegation AS112 service', 'RFC 7534', true],
  ['3fff::/20', 'documentation', 'RFC 9637', false],
  ['5f00::/16', 'segment routing SIDs', 'RFC 9602', false],
  ['fc00::/7', 'unique local', 'RFC 4193', false],
  ['fe80::/10', 'link local', 'RFC 4291', false],
];

/** The last three rows cover all space outside 2000::/3, the only global unicast space allocated so far. */
const EXTRA_BLOCKS: readonly Row[] = [
  ['224.0.0.0/4', 'multicast', 'RFC 5771', false],
  ['168.63.129.16/32', 'the platform that runs an Azure host', 'Microsoft Azure', null],
  ['::/96', 'IPv4-compatible address, deprecated', 'RFC 4291', false],
  ['fec0::/10', 'site local, deprecated', 'RFC 3879', false],
  ['ff00::/8', 'multicast', 'RFC 4291', false],
  ['::/3', 'outside global unicast space', 'RFC 4291', false],
  ['4000::/2', 'outside global unicast space', 'RFC 4291', false],
  ['8000::/1', 'outside global unicast space', 'RFC 4291', false],
];

/**
 * Every rejected block, in the order of the registries. Blocks overlap; the longest prefix describes an address best.
 */
export const SPECIAL_PURPOSE_BLOCKS: readonly ReservedBlock[] = [
  ...IPV4_REGISTRY.map(toBlock(false)),
  ...IPV6_REGISTRY.map(toBlock(false)),
  ...EXTRA_BLOCKS.map(toBlock(true)),
];

/** An address of the perspective's own machine, which a check would reach without passing the firewall. */
export const OWN_ADDRESS: ReservedBlock = {
  block: '',
  name: 'an address of the perspective itself',
  reference: 'this machine',
  globallyReachable: null,
  extra: true,
};

/** An address in a network that the operator denies. */
export const DENIED_ADDRESS: ReservedBlock = {
  block: '',
  name: 'in a network that the operator has denied',
  reference: 'MPIC_DENY_NETWORKS',
  globallyReachable: null,
  extra: true,
};

/** {@link findReservedBlock} returns this for a text that is not an address, so that it is rejected. */
export const NOT_AN_ADDRESS: ReservedBlock = {
  block: '',
  name: 'not an IP address',
  reference: 'RFC 4291',
  globallyReachable: null,
  extra: true,
};

const LONGEST_PREFIX_FIRST = SPECIAL_PURPOSE_BLOCKS.map((reserved) => ({
  reserved,
  network: networkOf(reserved),
})).sort((a, b) => b.network.prefixLength - a.network.prefixLength);

/**
 * The most specific reserved block that contains `address`, or null for an address of the public Internet.
 *
 * IPv6 forms that embed an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) are all reserved, whatever they
 * embed: a translator on the path decides which host such an address reaches.
 */
export function findReservedBlock(address: string): ReservedBlock | null {
  const parsed = parseIpAddress(address);
  if (parsed === null) return NOT_AN_ADDRESS;
  return LONGEST_PREFIX_FIRST.find(({ network }) => networkContains(network, parsed))?.reserved ?? null;
}

/**
 * Whether `address` must not be certified or connected to (TLS BR 4.2.2 [certificate-names]). True for a text that is
 * not an address.
 */
export function isReservedAddress(address: string): boolean {
  return findReservedBlock(address) !== null;
}

function toBlock(extra: boolean) {
  return ([block, name, reference, globallyReachable]: Row): ReservedBlock => ({
    block,
    name,
    reference,
    globallyReachable,
    extra,
  });
}

function networkOf({ block }: ReservedBlock): IpNetwork {
  const network = parseIpNetwork(block);
  if (network === null) throw new TypeError(`special-purpose table: ${block} is not a network`);
  return network;
}
