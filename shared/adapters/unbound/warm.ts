import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { TYPE } from '../dns/protocol.ts';
import { encodeQuery } from '../dns/query.ts';
import { UdpSocket } from '../dns/udp-exchange.ts';
import type { UnboundInstance } from './instance.ts';

/** Top-level domains with the most registrations, as of 2026: their keys are fetched before the first check asks. */
export const FREQUENT_TLDS: readonly string[] = [
  ...['com', 'net', 'org', 'info', 'de', 'uk', 'nl', 'fr', 'eu', 'br', 'it', 'au', 'ca', 'jp', 'io', 'dev'],
];

const WARM_TIMEOUT_MS = 5000;
const AT_ONCE = 4;

/**
 * Have the daemon fetch the keys of the root and of `names`, so that the first check finds them. What fails is left: the
 * check will try again. Never rejects.
 */
export async function warm(instance: UnboundInstance, names: readonly string[]): Promise<void> {
  const until = performance.now() + WARM_TIMEOUT_MS;
  const waiting = names.map((name) => [name]);
  await fetchKey(instance, [], until);
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      await fetchKey(instance, name, until);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function fetchKey(instance: UnboundInstance, name: readonly string[], until: number): Promise<void> {
  const left = until - performance.now();
  if (left <= 0 || instance.ended) return;
  const query = encodeQuery(name, TYPE.DNSKEY, randomInt(0x1_0000));
  await new UdpSocket(instance.server).exchange(query, left, undefined);
}
