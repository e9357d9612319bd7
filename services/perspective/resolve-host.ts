import type { CheckError, DnsEvidence } from '../../shared/domain/check/check-result.ts';
import { climbEvidence } from '../../shared/domain/dns/climb-evidence.ts';
import type { Lookup, LookupFailure } from '../../shared/domain/dns/lookup.ts';
import type { WebHost } from '../../shared/domain/net/web-url.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { forOneCheck } from './check-resolver.ts';
import { denialError, failureError } from './lookup-error.ts';

/** What this perspective's resolver returned for a host; `lookups` are the evidence, empty for an address. */
export type ResolvedHost =
  | {
      readonly status: 'resolved';
      readonly addresses: readonly string[];
      readonly lookups: readonly Lookup[];
    }
  | { readonly status: 'failed'; readonly error: CheckError; readonly lookups: readonly Lookup[] };

export interface Resolving {
  readonly resolver: Resolver;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** Maximum number of addresses per family. Each is judged, and at most one of each family is tried. */
const MAX_ADDRESSES = 64;

const FAMILIES = ['AAAA', 'A'] as const;

/**
 * All addresses of `host`, IPv6 first: resolved anew for every hop (TLS BR 3.2.2.4.18 [dcv-website]), and not at all
 * for an address (RFC 8738 section 4).
 *
 * One family is enough if the lookup of the other fails, for example with servers that drop AAAA queries. The exception
 * is a bogus or indeterminate lookup: then no data of the zone is trusted. If one family fails and the other is empty,
 * it is unknown whether the host has addresses.
 */
export async function resolveHost(
  host: WebHost,
  { resolver, deadline, signal }: Resolving,
): Promise<ResolvedHost> {
  if (host.kind === 'ip') return { status: 'resolved', addresses: [host.address], lookups: [] };
  const asker = forOneCheck(resolver, signal);
  const asked = FAMILIES.map((type) => asker.lookup(host.name, type, deadline, signal));
  const lookups = await Promise.all(asked).finally(() => asker.end());
  const failures = lookups.filter((lookup): lookup is LookupFailure => lookup.status === 'failed');
  const forged = failures.find(({ reason }) => reason === 'bogus' || reason === 'indeterminate');
  const addresses = lookups.flatMap(addressesOf);
  const failure = forged ?? (addresses.length === 0 ? failures[0] : undefined);
  if (failure !== undefined) return { status: 'failed', error: failureError(failure, failure.type), lookups };
  if (addresses.length > 0) return { status: 'resolved', addresses, lookups };
  return { status: 'failed', error: noAddressError(lookups), lookups };
}

function addressesOf(lookup: Lookup): readonly string[] {
  if (lookup.status === 'failed') return [];
  return lookup.records
    .slice(0, MAX_ADDRESSES)
    .flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.value] : []));
}

function noAddressError(lookups: readonly Lookup[]): CheckError {
  const [answer] = lookups.filter((lookup) => lookup.status === 'answered');
  if (answer === undefined) throw new TypeError('a host without failures has answers');
  return denialError(answer, 'AAAA or A');
}

/** DNS evidence for all names resolved in the chain; null if there were none. */
export function resolvingEvidence(lookups: readonly Lookup[]): DnsEvidence | null {
  const last = lookups.at(-1);
  if (last === undefined) return null;
  const levels = lookups.map((lookup) => ({ name: lookup.name, lookup }));
  return climbEvidence(levels, levels.length, last);
}
