import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import { checkDnsDcv } from '../../services/perspective/check-dns-dcv.ts';
import type { Target } from '../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../shared/domain/check/check-result.ts';
import { CAA_DEFAULTS } from '../support/caa-cases.ts';
import { a, caa, cname, T, txt } from '../support/crafted/records.ts';
import { skipWithoutCrafted } from '../support/crafted/requirements.ts';
import { CONTROL_NAME, type CraftedWorld, HOST, startCraftedWorld } from '../support/crafted/world.ts';
import { ISSUER, type ZoneSpec } from '../support/crafted/zone.ts';
import { eventually } from '../support/eventually.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';

const skipped = skipWithoutCrafted('freshness against crafted zones');

const TOKEN = 'old-token';
/** Less than the time after which unbound repeats a query. */
const LATE_MS = 40;

/** A zone that changes, and two with aliases to it, one of them in two steps. */
const ZONES: readonly ZoneSpec[] = [
  {
    name: 'fresh.test.',
    servers: [HOST.OTHER],
    records: [
      caa('f.fresh.test.', ISSUER),
      txt('_acme-challenge.f.fresh.test.', TOKEN),
      a('www.f.fresh.test.', '192.0.2.1'),
    ],
  },
  {
    name: 'alu.test.',
    keys: null,
    records: [
      cname('to.alu.test.', 'f.fresh.test.'),
      cname('_acme-challenge.to.alu.test.', '_acme-challenge.f.fresh.test.'),
    ],
  },
  { name: 'far.test.', records: [cname('to.far.test.', 'to.alu.test.')] },
  { name: 'slow.test.', keys: null, servers: [HOST.OTHER], records: [caa('slow.test.', ISSUER)] },
];

const OLD = caa('f.fresh.test.', ISSUER);
const NEW = caa('f.fresh.test.', ';');

describe.skipIf(skipped)(
  'a check uses no response to a query from before it began (TLS BR 3.2.2.9 [mpic])',
  () => {
    let world: CraftedWorld;
    let view: TreeView;

    beforeAll(async () => {
      world = await startCraftedWorld(ZONES);
      view = await openTreeView(world, {}, { controlName: CONTROL_NAME, queryTimeoutMs: 5000 });
    });
    afterEach(() => {
      world.zone('fresh.test.').replace([OLD, txt('_acme-challenge.f.fresh.test.', TOKEN)]);
      world.zone('slow.test.').replace([caa('slow.test.', ISSUER)]);
      delete world.server(HOST.OTHER).conduct.delayMs;
    });
    afterAll(async () => {
      await view?.supervisor.stop();
      await world?.close();
    });

    const domain = (name: string): Target => ({ kind: 'domain', name, wildcard: false });
    const check = (name: string, signal?: AbortSignal): Promise<CheckOutcome> =>
      checkCaa({
        target: domain(name),
        parameters: CAA_DEFAULTS,
        policy: 'baseline-requirements',
        resolver: view.resolver,
        deadline: performance.now() + 10_000,
        signal,
      });
    const checkToken = (name: string): Promise<CheckOutcome> =>
      checkDnsDcv({
        target: domain(name),
        parameters: {
          method: 'dns-change',
          recordType: 'TXT',
          namePrefix: '_acme-challenge',
          challengeValue: TOKEN,
          requireExactMatch: true,
          requireExactCase: true,
        },
        policy: 'open-mpic',
        resolver: view.resolver,
        deadline: performance.now() + 10_000,
        monotonic: () => performance.now(),
        now: Date.now(),
      });
    const forbids = { passed: false, details: { reason: 'issuer-not-authorised' } };

    it.each([
      { name: 'the name itself', target: 'f.fresh.test' },
      { name: 'an alias to it', target: 'to.alu.test' },
      { name: 'aliases through two domains', target: 'to.far.test' },
    ])('for $name, after another check has queried it', async ({ target }) => {
      expect(await check('f.fresh.test')).toMatchObject({ passed: true });
      world.zone('fresh.test.').replace([NEW]);
      expect(await check(target)).toMatchObject(forbids);
    });

    it('for an alias, after another alias has led to its target', async () => {
      expect(await check('to.far.test')).toMatchObject({ passed: true });
      world.zone('fresh.test.').replace([NEW]);
      expect(await check('to.alu.test')).toMatchObject(forbids);
    });

    it('for the alias of a token', async () => {
      expect(await checkToken('f.fresh.test')).toMatchObject({ passed: true });
      world.zone('fresh.test.').replace([txt('_acme-challenge.f.fresh.test.', 'gone')]);
      expect(await checkToken('to.alu.test')).toMatchObject({ passed: false });
    });

    it.each([0, 1, 2, 3, 5, 8, 12])('after a check that was aborted after %i ms', async (ms) => {
      const controller = new AbortController();
      const calledOff = check('to.alu.test', controller.signal);
      await new Promise((resolve) => setTimeout(resolve, ms));
      controller.abort();
      await calledOff;
      world.zone('fresh.test.').replace([NEW]);
      expect(await check('to.alu.test')).toMatchObject(forbids);
    });

    describe('nor joins a query that another check has in flight', () => {
      /** The servers delay their responses but read the zone at once, so that the zone changes during a query. */
      async function changeWhileAsked(first: string, zone: string, change: () => void) {
        const { conduct, asked } = world.server(HOST.OTHER);
        expect(await check(first)).toMatchObject({ passed: true });
        conduct.delayMs = LATE_MS;
        const before = asked.length;
        const one = check(first);
        await eventually(
          () => asked.slice(before).some(({ name, type }) => name === zone && type === T.CAA),
          'the zone has been queried',
        );
        change();
        return one;
      }

      it('for the same name', async () => {
        const one = changeWhileAsked('slow.test', 'slow.test.', () =>
          world.zone('slow.test.').replace([caa('slow.test.', ';')]),
        );
        await eventually(
          () => world.zone('slow.test.').rrset('slow.test.', T.CAA)[0]?.rdata.at(-1) === 0x3b,
          'it changed',
        );
        const other = await check('slow.test');
        await one;
        expect(other).toMatchObject(forbids);
      });

      it('for the target of an alias', async () => {
        const one = changeWhileAsked('f.fresh.test', 'f.fresh.test.', () =>
          world.zone('fresh.test.').replace([NEW]),
        );
        await eventually(
          () => world.zone('fresh.test.').rrset('f.fresh.test.', T.CAA)[0] === NEW,
          'it changed',
        );
        const other = await check('to.alu.test');
        await one;
        expect(other).toMatchObject(forbids);
      });

      it('that was aborted meanwhile', async () => {
        const { conduct, asked } = world.server(HOST.OTHER);
        expect(await check('slow.test')).toMatchObject({ passed: true });
        conduct.delayMs = LATE_MS;
        const before = asked.length;
        const controller = new AbortController();
        const one = check('slow.test', controller.signal);
        await eventually(
          () => asked.slice(before).some(({ name, type }) => name === 'slow.test.' && type === T.CAA),
          'the zone has been queried',
        );
        controller.abort();
        await one;
        world.zone('slow.test.').replace([caa('slow.test.', ';')]);
        expect(await check('slow.test')).toMatchObject(forbids);
      });
    });

    it('leaves no query in flight when it ends', async () => {
      const instance = await view.supervisor.instance(performance.now() + 1000);
      await Promise.all(['to.far.test', 'f.fresh.test', 'slow.test'].map((name) => check(name)));
      await eventually(
        async () => (await instance?.openRequests(1000))?.size === 0,
        'unbound has no query in flight',
      );
    });
  },
);
