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

/** What a validating resolver of one's own takes. */
export interface UnboundParts extends FoundUnbound {
  readonly rootFiles: RootFiles;
}

export interface ResolverChoice {
  readonly perspective: string;
  /** `unbound`, `system`, or address:port. */
  readonly mode: string;
  /** Needed for `unbound`. */
  readonly unbound: UnboundParts | null;
  readonly queryTimeoutMs: number;
  readonly checkTimeoutMs: number;
  readonly controlName: string;
  readonly allowedNetworks: readonly IpNetwork[];
  /** More networks that no name server may be asked in. */
  readonly deniedNetworks: readonly IpNetwork[];
  /** In production: do not open an `unbound` that cannot verify what the rules demand on this machine. */
  readonly mustVerify: boolean;
  readonly log: Log;
}

/** The resolver of one perspective, in whatever host it runs. */
export interface OpenResolver {
  readonly resolver: Resolver;
  /** Which key signs the root, as last seen; one that does not validate sees nothing. */
  rootSigning(): RootSigning;
  /** Ends when the root has been seen, or cannot be. Never rejects. */
  readonly rootSeen: Promise<void>;
  /** After the resolver has failed for good: try once more. At once true for one that has not. */
  revive(): Promise<boolean>;
  /** Leave no process and no file behind. */
  stop(): Promise<void>;
}

/**
 * Open what the perspective asks; `unbound` answers when this ends.
 *
 * @throws Error with a sentence for the operator when the mode is no resolver, or unbound does not start.
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
    // A lab has top-level domains of its own.
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
