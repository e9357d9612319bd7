import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../services/perspective/run-check.ts';
import type { Check } from '../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../shared/domain/check/check-result.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { parseZoneText } from '../lab/dns/zone.ts';
import { eventually } from '../support/eventually.ts';
import {
  HOSTILE_SITES,
  HOSTILE_TLS,
  hostileServer,
  hostileTlsCheck,
  hostileWebsiteCheck,
} from '../support/hostile-sites.ts';
import { startWorld, type World, type WorldView } from '../support/web-world.ts';

const TARGET = { kind: 'domain', name: 'www.hostile.test', wildcard: false } as const;
const DNS = { records: parseZoneText('www.hostile.test A 127.0.0.1') };
const DEADLINE_MS = 700;
/** What a check may take beyond its deadline on a busy machine. */
const GRACE_MS = 1_500;
const HEAP_GROWTH_MIB = 10;
const MIB = 1024 * 1024;

function check(view: NetworkView | undefined, what: Check): Promise<CheckOutcome> {
  if (view === undefined) throw new Error('there is no such view');
  return runCheck(what, {
    policy: 'open-mpic',
    view,
    deadline: performance.now() + DEADLINE_MS,
    monotonic: () => performance.now(),
    now: Date.now(),
  });
}

function verdictOf({ completed, passed, corroborates }: CheckOutcome): string {
  if (passed || corroborates) return 'passes';
  return completed ? 'fails' : 'could not look';
}

const tlsKey = (index: number) => `tls-${index}`;
const openSockets = () =>
  process.getActiveResourcesInfo().filter((kind) => /^(TCP|TLS|UDP)/.test(kind)).length;

/** Live bytes after garbage collection. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe('A hostile server', () => {
  let world: World;

  beforeAll(async () => {
    const views: Record<string, WorldView> = { web: { dns: DNS, http: hostileServer() } };
    for (const [index, { options }] of HOSTILE_TLS.entries())
      views[tlsKey(index)] = { dns: DNS, https: options };
    world = await startWorld(views);
  });
  afterAll(() => world.close());

  const accepted = () => [...world.servers.values()].reduce((sum, server) => sum + server.connections(), 0);
  const openConnections = () =>
    [...world.servers.values()].reduce((sum, server) => sum + server.openConnections(), 0);

  it.each(HOSTILE_SITES.map((site, index) => ({ ...site, index })))(
    'that $name: the check ends by its deadline, proves nothing, and leaves no connection',
    async ({ index, verdict }) => {
      const acceptedBefore = accepted();
      const start = performance.now();
      const outcome = await check(world.views.get('web'), hostileWebsiteCheck(TARGET, index));
      expect(performance.now() - start).toBeLessThan(DEADLINE_MS + GRACE_MS);
      expect(verdictOf(outcome)).toBe(verdict);
      expect(JSON.stringify(outcome).length).toBeLessThan(16 * 1024);
      expect(accepted()).toBeGreaterThan(acceptedBefore);
      await eventually(() => openConnections() === 0, 'every connection is closed');
    },
  );

  it.each(HOSTILE_TLS.map((server, index) => ({ ...server, index })))(
    'that $name: the handshake ends by its deadline, proves nothing, and leaves no connection',
    async ({ index }) => {
      const acceptedBefore = accepted();
      const start = performance.now();
      const outcome = await check(world.views.get(tlsKey(index)), hostileTlsCheck(TARGET));
      expect(performance.now() - start).toBeLessThan(DEADLINE_MS + GRACE_MS);
      expect(verdictOf(outcome)).toBe('could not look');
      expect(accepted()).toBeGreaterThan(acceptedBefore);
      await eventually(() => openConnections() === 0, 'every connection is closed');
    },
  );

  it('leaves neither sockets nor memory behind, all of them at once, several times', async () => {
    const everything = () =>
      Promise.all([
        ...HOSTILE_SITES.map((_site, index) =>
          check(world.views.get('web'), hostileWebsiteCheck(TARGET, index)),
        ),
        ...HOSTILE_TLS.map((_server, index) =>
          check(world.views.get(tlsKey(index)), hostileTlsCheck(TARGET)),
        ),
      ]);
    await everything();
    await eventually(() => openConnections() === 0, 'every connection is closed');
    const socketsBefore = openSockets();
    const heapBefore = heapInUse();
    for (let round = 0; round < 5; round++) {
      const outcomes = await everything();
      expect(outcomes.filter(({ passed }) => passed)).toEqual([]);
    }
    await eventually(() => openConnections() === 0, 'every connection is closed');
    await eventually(() => openSockets() <= socketsBefore, 'no more sockets are open than before');
    expect((heapInUse() - heapBefore) / MIB).toBeLessThan(HEAP_GROWTH_MIB);
  });
});
