import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import type { Policy } from '../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../shared/domain/check/check-result.ts';
import { parseIpNetwork } from '../../shared/domain/net/ip-network.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { CAA_DEFAULTS } from '../support/caa-cases.ts';
import { isAtOrBelow } from '../support/crafted/names.ts';
import { a, caa, cname, ns, type Rr, rr, T } from '../support/crafted/records.ts';
import { skipWithoutCrafted } from '../support/crafted/requirements.ts';
import { CONTROL_NAME, type CraftedWorld, HOST, startCraftedWorld } from '../support/crafted/world.ts';
import { ISSUER, usualRecords, type ZoneSpec } from '../support/crafted/zone.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';

const skipped = skipWithoutCrafted('the CAA carve-out during outages of a perspective');

const CONTROL_ZONE = 'control.opt.';

const ZONES: readonly ZoneSpec[] = [
  // The control name has separate servers.
  {
    name: CONTROL_ZONE,
    servers: [HOST.OTHER],
    records: [a(`${CONTROL_NAME}.`, '192.0.2.9')],
  },
  { name: 'okuns.test.', keys: null, records: usualRecords('okuns.test.') },
  { name: 'oksigned.test.', records: usualRecords('oksigned.test.') },
  { name: 'gone.test.', keys: null, servers: [HOST.NOBODY] },
  { name: 'gone.opt.', keys: null, servers: [HOST.NOBODY] },
  { name: 'lame.test.', keys: null, servers: [HOST.LAME] },
  { name: 'silent.test.', keys: null, tamper: () => null },
  { name: 'gonesigned.test.', servers: [HOST.NOBODY], records: usualRecords('gonesigned.test.') },
  {
    name: 'alu.test.',
    keys: null,
    records: [
      caa('alu.test.', ISSUER),
      cname('gone.alu.test.', 'deny.gone.test.'),
      cname('gonesigned.alu.test.', 'deny.gonesigned.test.'),
      cname('apex.alu.test.', 'gonesigned.test.'),
      cname('two.alu.test.', 'apex.alu.test.'),
      cname('out.alu.test.', 'gone.al.test.'),
    ],
  },
  {
    name: 'al.test.',
    records: [caa('al.test.', ISSUER), cname('gone.al.test.', 'deny.gone.test.')],
  },
];

const IPV6 = Buffer.from('20010db8000000000000000000000053', 'hex');

/** Delegations to servers that some perspectives cannot query, and one that is dead at `dead`. */
const delegations = (dead: string): readonly Rr[] => [
  ns('six.test.', 'ns1.six.test.'),
  rr('ns1.six.test.', T.AAAA, IPV6),
  ns('mixed.test.', 'ns1.mixed.test.'),
  ns('mixed.test.', 'ns2.mixed.test.'),
  a('ns1.mixed.test.', dead),
  rr('ns2.mixed.test.', T.AAAA, IPV6),
  ns('inside.test.', 'ns1.inside.test.'),
  a('ns1.inside.test.', '10.9.8.7'),
  ns('nowhere.test.', 'ns1.nowhere.plain.'),
];

interface CheckChoice {
  readonly resolver?: Resolver;
  readonly policy?: Policy;
  readonly timeoutMs?: number;
}

const ALL = [HOST.ROOT, HOST.TLD, HOST.LEAF, HOST.OTHER] as const;

describe.skipIf(skipped)('a CAA lookup that fails (TLS BR 4.2.2.1 [caa])', () => {
  let world: CraftedWorld;
  let view: TreeView;

  beforeAll(async () => {
    world = await startCraftedWorld(ZONES);
    world.zone('test.').replace(delegations(world.network.replace('.0/24', `.${HOST.NOBODY}`)));
    view = await openTreeView(world, {}, { controlName: CONTROL_NAME, queryTimeoutMs: 1000 });
  });
  afterEach(async () => {
    for (const host of ALL) {
      delete world.server(host).conduct.before;
      await world.server(host).start();
    }
  });
  afterAll(async () => {
    await view?.supervisor.stop();
    await world?.close();
  });

  const check = (
    name: string,
    { policy = 'baseline-requirements', timeoutMs = 10_000, resolver = view.resolver }: CheckChoice = {},
  ): Promise<CheckOutcome> =>
    checkCaa({
      target: { kind: 'domain', name, wildcard: false },
      parameters: { ...CAA_DEFAULTS, allowLookupFailure: true },
      policy,
      resolver,
      deadline: performance.now() + timeoutMs,
    });
  const failuresOf = ({ details }: CheckOutcome) =>
    details.kind === 'caa' ? (details.lookupFailures ?? []) : [];

  describe.concurrent('is permission when every zone involved is insecure and stays unreachable', () => {
    it.each([
      { name: 'a dead server of an unsigned zone', target: 'deny.gone.test' },
      { name: 'a dead server of a zone in an opt-out gap', target: 'deny.gone.opt' },
      { name: 'a server that refuses', target: 'deny.lame.test' },
      { name: 'a dead server of an unsigned zone, behind an unsigned alias', target: 'gone.alu.test' },
    ])('$name', async ({ target }) => {
      const outcome = await check(target);
      expect(outcome).toMatchObject({
        passed: true,
        corroborates: true,
        details: { reason: 'lookup-failure-allowed' },
      });
      expect(failuresOf(outcome)[0]).toMatchObject({
        name: target,
        retried: true,
        faultOutside: true,
        controlName: CONTROL_NAME,
        security: 'insecure',
      });
    });
  });

  describe.concurrent('is not permission when a server of the zone was never queried', () => {
    it.each([
      { name: 'because the only one has an IPv6 address', target: 'deny.six.test' },
      { name: 'because one is dead, and another has an IPv6 address', target: 'deny.mixed.test' },
      { name: 'because the only one has a special-purpose address', target: 'deny.inside.test' },
      { name: 'because the only one has no address', target: 'deny.nowhere.test' },
    ])('$name', async ({ target }) => {
      const outcome = await check(target);
      expect(outcome).toMatchObject({
        passed: false,
        corroborates: false,
        details: { reason: 'lookup-failed' },
      });
      expect(failuresOf(outcome)[0]).toMatchObject({
        name: target,
        faultOutside: false,
        security: 'insecure',
      });
    });
  });

  it('is not permission when the perspective may not query the only server', async () => {
    const lame = parseIpNetwork(world.network.replace('.0/24', `.${HOST.LAME}/32`));
    if (lame === null) throw new TypeError('the world has no network');
    const inside = await openTreeView(
      world,
      { deniedNetworks: [lame] },
      { controlName: CONTROL_NAME, queryTimeoutMs: 1000 },
    );
    try {
      const outcome = await check('deny.lame.test', { resolver: inside.resolver });
      expect(outcome).toMatchObject({
        passed: false,
        corroborates: false,
        details: { reason: 'lookup-failed' },
      });
    } finally {
      await inside.supervisor.stop();
    }
  });

  it('is permission with the default time-outs, when no server of an unsigned zone responds', async () => {
    const usual = await openTreeView(world, {}, { controlName: CONTROL_NAME, queryTimeoutMs: 2500 });
    try {
      expect(await check('deny.silent.test', { resolver: usual.resolver })).toMatchObject({
        passed: true,
        corroborates: true,
        details: { reason: 'lookup-failure-allowed' },
      });
    } finally {
      await usual.supervisor.stop();
    }
  });

  describe.concurrent('is not permission when any zone involved is signed', () => {
    it.each([
      { name: 'a dead server of a signed zone', target: 'gonesigned.test', security: 'signed' },
      // Only the zone's servers could tell whether a name below it is delegated.
      { name: 'a name below a dead signed zone', target: 'deny.gonesigned.test', security: 'unknown' },
      { name: 'an unsigned alias to a dead signed zone', target: 'apex.alu.test', security: 'signed' },
      {
        name: 'an unsigned alias to a name below a dead signed zone',
        target: 'gonesigned.alu.test',
        security: 'unknown',
      },
      { name: 'two unsigned aliases to a dead signed zone', target: 'two.alu.test', security: 'signed' },
      { name: 'a signed alias to a dead unsigned zone', target: 'gone.al.test', security: 'signed' },
      {
        name: 'an unsigned alias to a signed alias to a dead unsigned zone',
        target: 'out.alu.test',
        security: 'signed',
      },
    ])('$name', async ({ target, security }) => {
      const outcome = await check(target);
      expect(outcome).toMatchObject({
        completed: false,
        passed: false,
        corroborates: false,
        details: { reason: 'lookup-failed' },
      });
      expect(failuresOf(outcome)[0]).toMatchObject({ name: target, security });
    });
  });

  /** Refuses queries for which `applies` is true, as fast as the kernel of a machine without network does. */
  function refuseWhile(applies: (name: string) => boolean): void {
    for (const host of [HOST.LEAF, HOST.OTHER] as const) {
      world.server(host).conduct.before = ({ name }) => (applies(name) ? 'refuse' : null);
    }
  }
  const isTarget = (name: string) => isAtOrBelow(name, 'okuns.test.');
  const isControl = (name: string) => isAtOrBelow(name, CONTROL_ZONE);

  describe.each<Policy>(['baseline-requirements', 'open-mpic'])('under %s', (policy) => {
    it('gets an answer from a repeated query, when our own outage ended with the last try', async () => {
      let isDown = true;
      refuseWhile((name) => {
        // The control name is queried once the lookup has failed for good: from then on the network works.
        if (isControl(name)) isDown = false;
        return isDown;
      });
      expect(await check('deny.okuns.test', { policy })).toMatchObject({
        completed: true,
        passed: false,
        details: { reason: 'issuer-not-authorised', foundAt: 'deny.okuns.test' },
      });
      expect(isDown).toBe(false);
    });

    it('is not permission after an outage in which no server responded', async () => {
      let isDown = true;
      for (const host of [HOST.LEAF, HOST.OTHER] as const) {
        world.server(host).conduct.before = ({ name }) => {
          if (isControl(name)) isDown = false;
          return isDown ? 'silent' : null;
        };
      }
      const outcome = await check('deny.okuns.test', { policy });
      expect(outcome).toMatchObject({ passed: false, corroborates: false });
      expect(outcome.details).not.toMatchObject({ reason: 'lookup-failure-allowed' });
    });
  });

  it('does not count as a fault outside when the network fails again after the control lookup', async () => {
    let controls = 0;
    refuseWhile((name) => {
      if (!isControl(name)) return isTarget(name);
      controls += 1;
      // Its first lookup takes several queries, which end within the time of one try.
      return controls > 1 && performance.now() > lastControl + 400;
    });
    let lastControl = Number.POSITIVE_INFINITY;
    const { conduct } = world.server(HOST.OTHER);
    const inner = conduct.before;
    conduct.before = (question) => {
      if (isControl(question.name) && lastControl === Number.POSITIVE_INFINITY)
        lastControl = performance.now();
      return inner?.(question) ?? null;
    };
    // With a separate unbound, which has no query of the earlier outages in flight.
    const own = await openTreeView(world, {}, { controlName: CONTROL_NAME, queryTimeoutMs: 1000 });
    try {
      const outcome = await check('deny.okuns.test', { resolver: own.resolver });
      expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
      expect(failuresOf(outcome)[0]).toMatchObject({ security: 'insecure', faultOutside: false });
    } finally {
      await own.supervisor.stop();
    }
  });

  describe.sequential('is never permission because of our own outage, however long', () => {
    it.each([1, 3, 5, 8, 12, 20, 50, 200, 450, 600, 1100, 1700, 2500])('of %i ms', async (ms) => {
      await Promise.all(ALL.map((host) => world.server(host).stop()));
      const checking = check('deny.okuns.test');
      await new Promise((resolve) => setTimeout(resolve, ms));
      await Promise.all(ALL.map((host) => world.server(host).start()));
      const outcome = await checking;
      expect(outcome).toMatchObject({ passed: false, corroborates: false });
    });

    it.each([2, 5, 10, 400])('that ends %i ms after the check began', async (ms) => {
      await Promise.all(ALL.map((host) => world.server(host).stop()));
      // Long enough for unbound to consider its servers dead.
      expect(await check('deny.okuns.test', { timeoutMs: 2500 })).toMatchObject({ passed: false });
      const checking = check('deny.okuns.test', { timeoutMs: 5000 });
      await new Promise((resolve) => setTimeout(resolve, ms));
      await Promise.all(ALL.map((host) => world.server(host).start()));
      expect(await checking).toMatchObject({ passed: false, corroborates: false });
    });
  });

  it('is not permission when the check has no time to show that the failure lasts', async () => {
    const outcome = await check('deny.gone.test', { timeoutMs: 1300 });
    expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
  });
});
