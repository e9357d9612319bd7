import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { DnsMessage } from '../message/message-reader.ts';
import { TYPE } from '../message/protocol.ts';
import { encodeQuery } from '../message/query.ts';
import { exchangeOverTcp } from '../stub/tcp-exchange.ts';
import { UdpSocket } from '../stub/udp-exchange.ts';
import type { UnboundInstance } from './instance.ts';
import { type RootSigning, readRootSigning } from './root-signing.ts';

/** Top-level domains with the most registrations, as of 2026; their keys are fetched before the first check. */
export const FREQUENT_TLDS: readonly string[] = [
  ...['com', 'net', 'org', 'info', 'de', 'uk', 'nl', 'fr', 'eu', 'br', 'it', 'au', 'ca', 'jp', 'io', 'dev'],
];

const PREFETCH_TIMEOUT_MS = 5000;
const AT_ONCE = 4;

/** Fetch the keys of the root through the daemon, and read which of them signs. Never rejects. */
export async function seeRootSigning(instance: UnboundInstance): Promise<RootSigning> {
  const message = await fetchKey(instance, [], performance.now() + PREFETCH_TIMEOUT_MS);
  return message === null ? { status: 'unknown' } : readRootSigning(message);
}

/**
 * Fetch the keys of `names` through the daemon, so that the first check finds them cached. Failures are ignored: the
 * check will try again. Never rejects.
 */
export async function prefetchKeys(instance: UnboundInstance, names: readonly string[]): Promise<void> {
  const until = performance.now() + PREFETCH_TIMEOUT_MS;
  const waiting = names.map((name) => [name]);
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      await fetchKey(instance, name, until);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function fetchKey(
  instance: UnboundInstance,
  name: readonly string[],
  until: number,
): Promise<DnsMessage | null> {
  const left = until - performance.now();
  if (left <= 0 || instance.ended) return null;
  const query = () => encodeQuery(name, TYPE.DNSKEY, randomInt(0x1_0000));
  const server = instance.server;
  const exchange = await new UdpSocket(server).exchange(query(), left);
  if (exchange.status === 'response') return exchange.message;
  if (exchange.status !== 'cut') return null;
  const timeoutMs = Math.max(1, until - performance.now());
  const overTcp = await exchangeOverTcp(query(), { server, timeoutMs, signal: undefined });
  return overTcp.status === 'response' ? overTcp.message : null;
}
