import { findUnbound } from '../../shared/adapters/dns/unbound/find-unbound.ts';
import {
  startUnbound,
  type UnboundOptions,
  type UnboundSupervisor,
} from '../../shared/adapters/dns/unbound/supervisor.ts';
import { parseIpNetwork } from '../../shared/domain/net/ip-network.ts';
import { createRecordingLog } from './recording-log.ts';

/** The daemon on this machine, or null. */
export const FOUND_UNBOUND = await findUnbound();

/** Reports on standard error what is skipped if there is no daemon. */
export function skipWithoutUnbound(what: string): boolean {
  if (FOUND_UNBOUND === null) process.stderr.write(`skipped: ${what}; install unbound to run it\n`);
  return FOUND_UNBOUND === null;
}

/** Root hints without a server: every query to the root times out or is refused. */
export const NOWHERE = '. 3600000 NS a.root.\na.root. 3600000 A 127.0.0.1\n';

/** A key that signs nothing. */
export const ANY_ANCHOR = `. IN DS 20326 8 2 ${'AB'.repeat(32)}\n`;

export const LOOPBACK = parseIpNetwork('127.0.0.0/8');

/** Options for a daemon without Internet access. */
export function daemonOptions(changes: Partial<UnboundOptions> = {}): UnboundOptions {
  const { binary, version } = FOUND_UNBOUND ?? { binary: '/nowhere/unbound', version: '0.0.0' };
  return {
    perspective: 'test-1',
    binary,
    version,
    rootHints: NOWHERE,
    trustAnchor: ANY_ANCHOR,
    allowedNetworks: LOOPBACK === null ? [] : [LOOPBACK],
    deniedNetworks: [],
    lookupTimeoutMs: 10_000,
    mustVerify: false,
    warmNames: [],
    log: createRecordingLog(),
    ...changes,
  };
}

export function startDaemon(changes: Partial<UnboundOptions> = {}): Promise<UnboundSupervisor> {
  return startUnbound(daemonOptions(changes));
}
