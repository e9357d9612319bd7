import { parseIpAddress } from '../../../domain/net/ip-address.ts';

/** The name servers by which a daemon looks up a name, as it knows them now. */
export interface Delegation {
  /** The zone that they serve, lower case, with a final dot. */
  readonly zone: string;
  /** By name: the addresses at which the daemon has asked each of them lately. */
  readonly asked: ReadonlyMap<string, readonly string[]>;
}

/** Owner, TTL, class, type and the first word of the data. */
const RECORD = /^(\S+)\s+\d+\s+IN\s+(NS|A|AAAA)\s+(\S+)/gm;
/** An address and what is known of it: nothing, or how fast it was. */
const ADDRESS = /^([0-9a-f.:]+)\s+(.*)$/gim;
/** Where the daemon goes on with the zone above, whose servers say nothing of those below. */
const GOES_UP = /^cache delegation was useless/m;

/**
 * Read the reply to the control command `lookup`: NS records, the addresses of the servers among them, and a line for each
 * address that could be asked. Null when it names no servers.
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
 * Whether each server of the zone of `name` has been asked, at an IPv4 address: by IPv6 not every perspective can ask, nor
 * at addresses that it may not connect to, and a server that was not asked is not one that does not answer.
 *
 * @param name lower case, without a final dot. The servers of its top-level domain speak for that alone.
 */
export function allWereAsked({ zone, asked }: Delegation, name: string): boolean {
  const isOwn = `${name}.` === zone || (name.includes('.') && zone.indexOf('.') < zone.length - 1);
  return (
    isOwn && [...asked.values()].every((addresses) => addresses.some((address) => !address.includes(':')))
  );
}
