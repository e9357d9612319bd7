import type { Lookup } from '../../shared/domain/dns/lookup.ts';
import { type Clock, sleep } from '../../shared/ports/clock.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { type AnswerFacts, createZoneResolver, issue, type Zone } from './zone-resolver.ts';

/** How one perspective sees the DNS. */
export type View = (clock: Clock) => Resolver;

export const CA = 'ca.example';
export const ATTACKER = 'evil.example';

/** The target of most tests. */
export const NAME = 'shop.example.test';

const zoneOf = (ca: string): Zone => ({ [NAME]: [issue(ca)] });

/** CAA of {@link NAME} permits {@link CA}. */
export const permits: View = () => createZoneResolver(zoneOf(CA));

/** CAA of {@link NAME} permits only another CA. */
export const forbids: View = () => createZoneResolver(zoneOf('other.example'));

/** The view behind a hijacked network path: CAA permits the attacker's CA. */
export const hijacked: View = () => createZoneResolver(zoneOf(ATTACKER));

export const failing: View = () => createZoneResolver({ [NAME]: [{ type: 'FAILURE', failure: 'servfail' }] });

/** Any zone, with answer facts such as the DNSSEC status. */
export const zone =
  (records: Zone, facts: Readonly<Record<string, AnswerFacts>> = {}): View =>
  () =>
    createZoneResolver(records, facts);

/** `view` with answers `delayMs` late, ignoring deadlines and signals. */
export const late =
  (delayMs: number, view: View): View =>
  (clock) => {
    const inner = view(clock);
    return {
      mode: inner.mode,
      async lookup(name, type, deadline) {
        await sleep(clock, delayMs);
        return inner.lookup(name, type, deadline);
      },
    };
  };

/** One view for the first `count` lookups of this name's CAA, another afterwards. */
export const changing =
  (count: number, first: View, then: View): View =>
  (clock) => {
    const before = first(clock);
    const after = then(clock);
    let asked = 0;
    return {
      mode: before.mode,
      lookup(name, type, deadline, signal) {
        if (name === NAME) asked += 1;
        return (asked <= count ? before : after).lookup(name, type, deadline, signal);
      },
    };
  };

/** A resolver with a bug. */
export const crashing: View = () => ({
  mode: 'crashing',
  lookup: () => Promise.reject(new Error('secret detail of the crash')),
});

/** A resolver that never answers, ignoring its deadline. */
export const hanging: View = () => ({ mode: 'hanging', lookup: () => new Promise<Lookup>(() => {}) });
