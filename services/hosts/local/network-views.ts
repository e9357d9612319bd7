import { setTimeout as sleep } from 'node:timers/promises';
import type { RootSigning } from '../../../shared/adapters/dns/unbound/root-signing.ts';
import { createNetworkView } from '../../../shared/adapters/net/network-view.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import type { ResolverPlan } from '../../../shared/contract/settings/resolver-plan.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import { type OpenResolver, openResolver, type UnboundParts } from '../perspective/open-resolver.ts';

/** The resolver and network guard of each perspective in this process. */
export interface NetworkViews {
  readonly views: ReadonlyMap<PerspectiveCode, NetworkView>;
  /** The root signatures that their resolvers have seen. */
  rootSigning(): RootSigning;
  /** Stops the resolvers of the views. */
  stop(): Promise<void>;
}

/**
 * Time-out for seeing which key signs the root, which the start record names; after it the record leaves the key out.
 */
const ROOT_WAIT_MS = 500;

/**
 * Opens a separate resolver and network guard for each perspective hosted here; they share nothing. Resolves when all
 * resolvers respond.
 *
 * @throws ConfigurationError if one cannot be opened; those already opened are stopped first.
 */
export async function openNetworkViews(
  config: ServiceConfig,
  plan: ResolverPlan,
  unbound: UnboundParts | null,
  log: Log,
): Promise<NetworkViews> {
  const open = [...plan.modes].map(async ([perspective, mode]) => {
    const resolver = await openResolver({
      perspective,
      mode,
      unbound,
      queryTimeoutMs: config.dnsTimeoutMs,
      checkTimeoutMs: config.checkTimeoutMs,
      controlName: config.controlName,
      allowedNetworks: config.allowNetworks,
      deniedNetworks: config.denyNetworks,
      mustVerify: config.backend === 'aws',
      log,
    });
    return [perspective, resolver] as const;
  });
  const settled = await Promise.allSettled(open);
  const opened = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = () => stopAll(opened.map(([, resolver]) => resolver));
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [describe(one.reason)] : []));
  if (failures.length > 0) {
    await stop();
    throw new ConfigurationError([...new Set(failures)]);
  }
  const resolvers = opened.map(([, resolver]) => resolver);
  await Promise.race([
    Promise.all(resolvers.map(({ rootSeen }) => rootSeen)),
    sleep(ROOT_WAIT_MS, undefined, { ref: false }),
  ]);
  return {
    views: new Map(opened.map(([code, { resolver }]) => [code, viewOf(config, resolver)])),
    rootSigning: () => mergeSightings(resolvers.map(({ rootSigning }) => rootSigning())),
    stop,
  };
}

/** Every signature that was seen, without duplicates. */
function mergeSightings(sightings: readonly RootSigning[]): RootSigning {
  const by = sightings.flatMap((one) => (one.status === 'signed' ? one.by : []));
  if (by.length === 0) return { status: 'unknown' };
  const distinct = new Map(by.map((signature) => [JSON.stringify(signature), signature]));
  return { status: 'signed', by: [...distinct.values()] };
}

function viewOf(config: ServiceConfig, resolver: OpenResolver['resolver']): NetworkView {
  return createNetworkView({
    resolver,
    allowTestNames: config.backend !== 'aws',
    allowedNetworks: config.allowNetworks,
    labPorts: config.labPorts,
    deniedNetworks: config.denyNetworks,
  });
}

async function stopAll(resolvers: readonly OpenResolver[]): Promise<void> {
  await Promise.all(resolvers.map((resolver) => resolver.stop()));
}

function describe(reason: unknown): string {
  return `MPIC_RESOLVER: ${reason instanceof Error ? reason.message : String(reason)}`;
}
