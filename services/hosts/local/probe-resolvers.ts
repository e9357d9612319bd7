import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';

/** Longest wait for the answers, milliseconds. */
const PROBE_MS = 1000;

/**
 * Ask each resolver of this process once, and warn about those that give no DNS answer: checks would fail closed one by one,
 * and only their results would say why. Any response code is an answer. An `unbound` of this service has answered already.
 */
export async function probeResolvers(
  views: Iterable<Pick<NetworkView, 'resolver'>>,
  { controlName, dnsTimeoutMs }: Pick<ServiceConfig, 'controlName' | 'dnsTimeoutMs'>,
  clock: Pick<Clock, 'monotonic'>,
  log: Log,
): Promise<void> {
  const byMode = new Map([...views].map(({ resolver }) => [resolver.mode, resolver] as const));
  const asked = [...byMode.values()].filter(({ mode }) => !mode.startsWith('unbound'));
  const deadline = clock.monotonic() + Math.min(PROBE_MS, dnsTimeoutMs);
  await Promise.all(asked.map((resolver) => probe(resolver, controlName, deadline, log)));
}

async function probe(resolver: Resolver, name: string, deadline: number, log: Log): Promise<void> {
  const lookup = await resolver.lookup(name, 'CAA', deadline);
  if (lookup.status !== 'failed' || lookup.rcode !== null) return;
  log.warn('resolver_silent', {
    resolver: resolver.mode,
    reason: lookup.message,
    meaning:
      'every check that asks it fails: check the network of this machine, and MPIC_RESOLVER or "resolver" in the perspective file',
  });
}
