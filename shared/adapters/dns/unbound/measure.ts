import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type DnsMessage, isAuthenticated } from '../message/message-reader.ts';
import { RCODE, TYPE } from '../message/protocol.ts';
import { encodeQuery } from '../message/query.ts';
import type { ServerAddress } from '../stub/server-address.ts';
import { UdpSocket } from '../stub/udp-exchange.ts';
import type { Verifiable } from '../trust/verifiable.ts';
import { PROBE_ZONES, type ProbeZone, probeName } from './probe-zones.ts';

const TIMEOUT_MS = 2000;
const TRY_TIMEOUT_MS = 500;
const NOTHING: Verifiable = { algorithms: new Set(), digests: new Set() };

/**
 * Measure what a daemon with `renderProbeConfig` verifies: it marks the signed SOA of a zone as authenticated only if
 * it has verified it. Without such an answer the algorithm counts as not verified. Nothing counts if the daemon returns
 * an unsigned record below a trust anchor.
 */
export async function measureVerifiable(server: ServerAddress): Promise<Verifiable> {
  const asker = { server, socket: new UdpSocket(server), until: performance.now() + TIMEOUT_MS };
  const [verified, refusals] = await Promise.all([
    Promise.all(PROBE_ZONES.map((zone) => isVerified(asker, zone))),
    Promise.all(PROBE_ZONES.map((zone) => refusesUnsigned(asker, zone))),
  ]);
  // The daemon treats a zone with an unsupported algorithm as insecure, and may return unsigned records there.
  const isHonest = refusals.every((refuses, index) => refuses || verified[index] !== true);
  if (!isHonest) return NOTHING;
  const shown = PROBE_ZONES.filter((_, index) => verified[index] === true);
  return {
    algorithms: new Set(shown.map(({ algorithm }) => algorithm)),
    digests: new Set(shown.map(({ digestType }) => digestType)),
  };
}

interface Asker {
  readonly server: ServerAddress;
  /** For the first try of every query. */
  readonly socket: UdpSocket;
  readonly until: number;
}

async function isVerified(asker: Asker, zone: ProbeZone): Promise<boolean> {
  const message = await ask(asker, zone, TYPE.SOA);
  return (
    message?.rcode === RCODE.NOERROR &&
    isAuthenticated(message) &&
    message.answers.some(({ type }) => type === TYPE.SOA)
  );
}

async function refusesUnsigned(asker: Asker, zone: ProbeZone): Promise<boolean> {
  return (await ask(asker, zone, TYPE.TXT))?.rcode === RCODE.SERVFAIL;
}

async function ask(
  { server, socket, until }: Asker,
  zone: ProbeZone,
  type: number,
): Promise<DnsMessage | null> {
  const name = probeName(zone).split('.');
  let via = socket;
  for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
    const query = encodeQuery(name, type, randomInt(0x1_0000));
    const exchange = await via.exchange(query, Math.min(left, TRY_TIMEOUT_MS));
    if (exchange.status === 'response') return exchange.message;
    if (exchange.status === 'failed' && exchange.reason !== 'timeout') return null;
    via = new UdpSocket(server);
  }
  return null;
}
