import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import { type IpAddress, parseIpAddress } from '../../domain/net/ip-address.ts';

/** How long a list of addresses is used, milliseconds. Interfaces change, and each listing takes system calls. */
const FRESH_MS = 10_000;

/** Lists the addresses of this machine's interfaces; lists again when the last list is {@link FRESH_MS} old. */
export function createOwnAddresses(
  list: () => readonly string[] = listInterfaceAddresses,
  monotonic: () => number = () => performance.now(),
): () => readonly IpAddress[] {
  let known: readonly IpAddress[] = [];
  let listedAt: number | null = null;
  return () => {
    const now = monotonic();
    if (listedAt === null || now - listedAt >= FRESH_MS) {
      known = list()
        .map(parseIpAddress)
        .filter((address) => address !== null);
      listedAt = now;
    }
    return known;
  };
}

/** The addresses of all interfaces, without zone indexes. */
export function listInterfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
