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

  it.each(['CAA', 'TXT', 'A'] as const)('is proven by the answer to a question for its %s', async (type) => {
    const lookup = await view.resolver.lookup('nowhere', type, performance.now() + DEADLINE_MS);
    expect(lookup).toMatchObject({
      status: 'answered',
      rcode: 3,
      records: [],
      cnameChain: [],
      dnssec: 'secure',
    });
  });

  it.each(['test', 'opt', 'uns'])('is not what the answer about %s says', async (name) => {
    const lookup = await view.resolver.lookup(name, 'CAA', performance.now() + DEADLINE_MS);
    expect(lookup).toMatchObject({ status: 'answered', rcode: 0, records: [] });
  });

  it.each([
    { name: 'it forbids', asked: 'nowhere', reason: 'no-such-tld' },
    { name: 'it forbids whatever is below it', asked: 'www.a.nowhere', reason: 'no-such-tld' },
    {
      name: 'a name that does not exist in a signed domain permits',
      asked: 'missing.test',
      reason: 'no-records',
    },
    { name: 'a name in an opt-out gap permits', asked: 'missing.opt', reason: 'no-records' },
    {
      name: 'a name that does not exist in an unsigned zone permits',
      asked: 'missing.u.test',
      reason: 'no-records',
    },
    {
      name: 'an alias in a domain that exists permits, although it leads there',
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
