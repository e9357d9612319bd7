import { parseServerAddress } from '../../../shared/adapters/dns/stub/server-address.ts';
import { createStubResolver, createSystemResolver } from '../../../shared/adapters/dns/stub/stub-resolver.ts';
import type { FoundUnbound } from '../../../shared/adapters/dns/unbound/find-unbound.ts';
import { FREQUENT_TLDS } from '../../../shared/adapters/dns/unbound/prefetch-keys.ts';
import { formatTrustAnchor, type RootFiles } from '../../../shared/adapters/dns/unbound/root-files.ts';
import type { RootSigning } from '../../../shared/adapters/dns/unbound/root-signing.ts';
import { startUnbound } from '../../../shared/adapters/dns/unbound/supervisor.ts';
import { createUnboundResolver } from '../../../shared/adapters/dns/unbound/unbound-resolver.ts';
import { labelOf } from '../../../shared/contract/settings/unbound-floor.ts';
import type { IpNetwork } from '../../../shared/domain/net/ip-network.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';

/** What a validating resolver needs. */
export interface UnboundParts extends FoundUnbound {
  readonly rootFiles: RootFiles;
}

export interface ResolverChoice {
  readonly perspective: string;
  /** `unbound`, `system`, or address:port. */
  readonly mode: string;
  /** Required for `unbound`. */
  readonly unbound: UnboundParts | null;
  readonly queryTimeoutMs: number;
  readonly checkTimeoutMs: number;
  readonly controlName: string;
  readonly allowedNetworks: readonly IpNetwork[];
  /** Additional networks in which no name server may be queried. */
  readonly deniedNetworks: readonly IpNetwork[];
  /** True in production: reject an `unbound` that cannot verify what the rules require on this machine. */
  readonly mustVerify: boolean;
  readonly log: Log;
}

/** The resolver of one perspective, in any host. */
export interface OpenResolver {
  readonly resolver: Resolver;
  /** Which key signs the root, as last seen; unknown for resolvers that do not validate. */
  rootSigning(): RootSigning;
  /** Resolves when the root signature has been seen or cannot be. Never rejects. */
  readonly rootSeen: Promise<void>;
  /** Tries once more to start a resolver that has failed for good. True at once if it has not failed. */
  revive(): Promise<boolean>;
  /** Stops the resolver and removes its files. */
  stop(): Promise<void>;
}

/**
 * Opens the perspective's resolver; `unbound` responds when this resolves.
 *
 * @throws Error with a message for the operator if the mode is not a resolver, or unbound does not start.
 */
export async function openResolver(choice: ResolverChoice): Promise<OpenResolver> {
  if (choice.mode === 'unbound') return openUnbound(choice);
  const { mode, queryTimeoutMs } = choice;
  const resolver =
    mode === 'system'
      ? createSystemResolver({ queryTimeoutMs })
      : createStubResolver({ mode, servers: [parseServerAddress(mode)], queryTimeoutMs });
  return {
    resolver,
    rootSigning: () => ({ status: 'unknown' }),
    rootSeen: Promise.resolve(),
    revive: async () => true,
    stop: async () => {},
  };
}

async function openUnbound(choice: ResolverChoice): Promise<OpenResolver> {
  const { unbound, perspective, allowedNetworks, deniedNetworks, controlName, queryTimeoutMs, log } = choice;
  if (unbound === null) throw new Error('unbound is not installed, version 1.16 or later');
  const { rootFiles, binary } = unbound;
  for (const anchor of rootFiles.unused) {
    log.warn('trust_anchor_unused', {
      perspective,
      anchor: formatTrustAnchor(anchor),
      validFrom: anchor.validFrom,
      validUntil: anchor.validUntil,
    });
  }
  const supervisor = await startUnbound({
    perspective,
    binary,
    version: labelOf(unbound),
    rootHints: rootFiles.hints,
    trustAnchor: rootFiles.anchor,
    allowedNetworks,
    deniedNetworks,
    lookupTimeoutMs: choice.checkTimeoutMs,
    mustVerify: choice.mustVerify,
    // A lab has its own top-level domains.
    warmNames: rootFiles.source.hints === 'IANA' ? FREQUENT_TLDS : [],
    log,
  });
  return {
    resolver: createUnboundResolver({ supervisor, queryTimeoutMs, controlName }),
    rootSigning: () => supervisor.rootSigning,
    rootSeen: supervisor.rootSeen,
    revive: () => supervisor.revive(),
    stop: () => supervisor.stop(),
  };
}
