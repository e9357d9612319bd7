import type { Lookup, RecordData, RecordType } from '../../../shared/domain/dns/lookup.ts';
import { type Clock, sleep } from '../../../shared/ports/clock.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';
import { dnsOnly } from '../../support/network-view.ts';
import { CA, type World } from './world.ts';

/** The zone of all targets in the simulation. */
export const ZONE = 'mpic-simulation.net';

const never = new Promise<never>(() => {});

/** What one perspective sees: other data at some lookups, as with an attack, as often as the plan says. */
export function sightOf(world: World, perspective: string, clock: Clock, isValidated: boolean): NetworkView {
  const random = world.network.stream(`sight of ${perspective}`);
  const { sight } = world.plan;
  const answer = (name: string, type: RecordType, records: readonly RecordData[]): Lookup => ({
    status: 'answered',
    name,
    type,
    server: 'simulation',
    tries: 1,
    elapsedMs: 0,
    extendedErrors: [],
    rcode: 0,
    records,
    cnameChain: [],
    ttl: 300,
    adFlag: isValidated,
    dnssec: isValidated ? 'secure' : 'not validated',
  });
  const failure = (name: string, type: RecordType): Lookup => ({
    status: 'failed',
    name,
    type,
    server: 'simulation',
    tries: 2,
    elapsedMs: 0,
    extendedErrors: [],
    dnssec: 'indeterminate',
    reason: 'servfail',
    message: 'the server failed',
    rcode: 2,
    retried: true,
  });
  const resolver: Resolver = {
    mode: 'simulation',
    async lookup(name, type) {
      if (!name.endsWith(`.${ZONE}`)) return answer(name, type, []);
      await sleep(clock, 3 + random.next() * 120);
      const permits = recordsOf(name, type, true);
      if (world.isPeace) return answer(name, type, permits);
      if (random.chance(sight.hangs)) return never;
      if (random.chance(sight.slow)) await sleep(clock, random.between(200, 14_000));
      if (random.chance(sight.fails)) return failure(name, type);
      return answer(name, type, random.chance(sight.forbids) ? recordsOf(name, type, false) : permits);
    },
  };
  return dnsOnly(resolver, { allowTestNames: false });
}

function recordsOf(name: string, type: RecordType, permits: boolean): readonly RecordData[] {
  if (type === 'CAA')
    return [{ type: 'CAA', caa: { flags: 0, tag: 'issue', value: permits ? CA : 'evil.example' } }];
  return [{ type: 'TXT', value: permits ? proofFor(name) : 'something else' }];
}

/** The value in the DNS that proves control of a name. */
export function proofFor(name: string): string {
  const target = name.replace(/^_acme-challenge\./, '');
  return target
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .padEnd(43, 'A')
    .slice(0, 43);
}
