import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import { CAA_DEFAULTS } from '../support/caa-cases.ts';
import { cname } from '../support/crafted/records.ts';
import { skipWithoutCrafted } from '../support/crafted/requirements.ts';
import { CONTROL_NAME, type CraftedWorld, startCraftedWorld } from '../support/crafted/world.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';

const skipped = skipWithoutCrafted('top-level domains that do not exist');

const DEADLINE_MS = 5000;

describe.skipIf(skipped)('a top-level domain that does not exist (TU-01)', () => {
  let world: CraftedWorld;
  let view: TreeView;

  beforeAll(async () => {
    world = await startCraftedWorld([
      { name: 'al.test.', records: [cname('to.al.test.', 'x.nowhere.')] },
      { name: 'u.test.', keys: null },
    ]);
    view = await openTreeView(world, {}, { controlName: CONTROL_NAME });
  });
  afterAll(async () => {
    await view?.supervisor.stop();
    await world?.close();
  });

  it.each(['CAA', 'TXT', 'A'] as const)('is proven by the response to a query for %s', async (type) => {
    const lookup = await view.resolver.lookup('nowhere', type, performance.now() + DEADLINE_MS);
    expect(lookup).toMatchObject({
      status: 'answered',
      rcode: 3,
      records: [],
      cnameChain: [],
      dnssec: 'secure',
    });
  });

  it.each(['test', 'opt', 'uns'])('is not reported for %s, which exists', async (name) => {
    const lookup = await view.resolver.lookup(name, 'CAA', performance.now() + DEADLINE_MS);
    expect(lookup).toMatchObject({ status: 'answered', rcode: 0, records: [] });
  });

  it.each([
    { name: 'prohibits issuance', asked: 'nowhere', reason: 'no-such-tld' },
    { name: 'prohibits issuance for names below it', asked: 'www.a.nowhere', reason: 'no-such-tld' },
    {
      name: 'does not matter for a name that does not exist in a signed domain, which permits',
      asked: 'missing.test',
      reason: 'no-records',
    },
    {
      name: 'does not matter for a name in an opt-out gap, which permits',
      asked: 'missing.opt',
      reason: 'no-records',
    },
    {
      name: 'does not matter for a name that does not exist in an unsigned zone, which permits',
      asked: 'missing.u.test',
      reason: 'no-records',
    },
    {
      name: 'does not matter as target of an alias in a domain that exists, which permits',
      asked: 'to.al.test',
      reason: 'no-records',
    },
  ])('$name', async ({ asked, reason }) => {
    const outcome = await checkCaa({
      target: { kind: 'domain', name: asked, wildcard: false },
      parameters: CAA_DEFAULTS,
      policy: 'baseline-requirements',
      resolver: view.resolver,
      deadline: performance.now() + DEADLINE_MS,
    });
    expect(outcome).toMatchObject({ completed: true, passed: reason === 'no-records', details: { reason } });
  });
});
