import { parseIpAddress } from '../../../domain/net/ip-address.ts';

/** The name servers that a daemon currently uses to look up a name. */
export interface Delegation {
  /** Their zone, lower case, with a final dot. */
  readonly zone: string;
  /** By server name: the addresses at which the daemon has recently queried it. */
  readonly asked: ReadonlyMap<string, readonly string[]>;
}

/** Matches owner, TTL, class, type and the first word of the data. */
const RECORD = /^(\S+)\s+\d+\s+IN\s+(NS|A|AAAA)\s+(\S+)/gm;
/** Matches an address and its state: unknown, or its round-trip time. */
const ADDRESS = /^([0-9a-f.:]+)\s+(.*)$/gim;
/** Marks where the daemon continues with the parent zone, whose servers do not matter here. */
const GOES_UP = /^cache delegation was useless/m;

/**
 * Read the reply to the control command `lookup`: NS records, address records of the servers, and one line per usable
 * address. Null if it lists no servers.
 */
export function readDelegation(reply: string): Delegation | null {
  const [nearest = ''] = reply.split(GOES_UP);
  const records = [...nearest.matchAll(RECORD)].map(([, owner = '', type, data = '']) => ({
    owner: owner.toLowerCase(),
    type,
    data: data.toLowerCase(),
  }));
  const known = [...nearest.matchAll(ADDRESS)].filter(
    ([, , state = '']) => !state.includes('not in infra cache'),
  );
  const asked = new Set(known.flatMap(([, address = '']) => parseIpAddress(address)?.text ?? []));
  const servers = records.filter(({ type }) => type === 'NS');
  const zone = servers[0]?.owner;
  if (zone === undefined || servers.some(({ owner }) => owner !== zone)) return null;
  const addressesOf = (server: string) =>
    records
      .filter(({ owner, type }) => owner === server && type !== 'NS')
      .flatMap(({ data }) => parseIpAddress(data)?.text ?? [])
      .filter((address) => asked.has(address));
  return { zone, asked: new Map(servers.map(({ data }) => [data, addressesOf(data)])) };
}

/**
 * Whether the daemon has queried each server of the zone of `name` at an IPv4 address. Some perspectives have no IPv6,
 * and some addresses are refused; a server that was not queried does not count as unresponsive.
 *
 * @param name lower case, without a final dot. Servers of a top-level domain count only for that domain itself.
 */
export function allWereAsked({ zone, asked }: Delegation, name: string): boolean {
  const isOwn = `${name}.` === zone || (name.includes('.') && zone.indexOf('.') < zone.length - 1);
  return (
    isOwn && [...asked.values()].every((addresses) => addresses.some((address) => !address.includes(':')))
  );
}
