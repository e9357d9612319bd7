import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import { type IpAddress, parseIpAddress } from '../../domain/net/ip-address.ts';

/** How long a list of addresses is good for: interfaces come and go, and listing them takes a system call each. */
const FRESH_MS = 10_000;

/** Lists the addresses of this machine's interfaces, anew when the last list is older than 10 s. */
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

/** Of all interfaces, without zone indexes. */
export function listInterfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
