import { randomInt } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Lookup } from '../../shared/domain/dns/lookup.ts';
import { askDelv, type DelvAnswer, skipWithoutDelv } from '../support/crafted/delv.ts';
import { inDelvWords, isExplained } from '../support/crafted/differences.ts';
import { growTree, type RandomName } from '../support/crafted/random-tree.ts';
import { skipWithoutCrafted } from '../support/crafted/requirements.ts';
import { CONTROL_NAME, startCraftedWorld } from '../support/crafted/world.ts';
import { openTreeView } from '../support/tree-view.ts';
import { startPlainResolver } from '../support/unbound.ts';

const WHAT = 'random zones compared with delv';
const skipped = skipWithoutCrafted(WHAT) || skipWithoutDelv(WHAT);

/** Another tree with `DNSSEC_SEED=<seed>`, or a new one with `DNSSEC_SEED=new`. */
const CHOSEN = process.env.DNSSEC_SEED;
const USUAL = [1, 2] as const;
const SEEDS: readonly number[] =
  CHOSEN === undefined ? USUAL : [CHOSEN === 'new' ? randomInt(2 ** 31) : Number(CHOSEN)];

const AT_ONCE = 6;
/** Long, because unbound queries every server several times if it gets no good data. */
const QUERY_TIMEOUT_MS = 5000;
const LOOKUP_TIMEOUT_MS = 20_000;
const TEST_TIMEOUT_MS = 150_000;

describe.skipIf(skipped)('a validating perspective and random zones', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** Opens one tree, and compares both resolvers for its names. */
  async function openTree(seed: number) {
    const tree = growTree(seed);
    const world = await startCraftedWorld(tree.zones);
    closers.push(() => world.close());
    const choice = { controlName: CONTROL_NAME, queryTimeoutMs: QUERY_TIMEOUT_MS };
    const { resolver, supervisor } = await openTreeView(world, {}, choice);
    closers.push(() => supervisor.stop());
    const plain = await startPlainResolver(world.rootHintsFile);
    closers.push(() => plain.close());
    const compare = async (name: RandomName) =>
      describeDifference(
        name,
        await resolver.lookup(name.asks, 'CAA', performance.now() + LOOKUP_TIMEOUT_MS),
        await askDelv(plain.address, world.delvAnchorFile, name.asks, 'CAA'),
      );
    return { names: tree.names, compare };
  }

  it('have at least 500 names, and the same names for the same seed', () => {
    const [first = [], second = []] = USUAL.map((seed) => growTree(seed).names);
    expect(first.length + second.length).toBeGreaterThanOrEqual(500);
    expect(growTree(USUAL[0]).names).toEqual(first);
    expect(second).not.toEqual(first);
  });

  it.each(SEEDS)(
    'agrees with delv on every name of the tree with seed %i, or the difference is explained',
    async (seed) => {
      const { names, compare } = await openTree(seed);
      const waiting = [...names];
      const differences: string[] = [];
      const work = async () => {
        for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
          const difference = await compare(name);
          if (difference !== null) differences.push(difference);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      expect(differences, `repeat with DNSSEC_SEED=${seed}`).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});

/** Null if both agree, or if the zones involved explain the difference. */
function describeDifference(
  { asks, way, differences }: RandomName,
  lookup: Lookup,
  delv: DelvAnswer,
): string | null {
  const ours = inDelvWords(lookup.dnssec);
  const possible = differences.filter(
    (one) => one !== 'proof-out-of-reach' || lookup.dnssec === 'indeterminate',
  );
  const isKnown = ours === delv.status || possible.some((one) => isExplained(ours, delv.status, one));
  const isSameData =
    lookup.status === 'failed' ||
    delv.status === 'failed' ||
    String(setIn(lookup.records)) === String(delv.caa);
  if (isKnown && isSameData) return null;
  return `${asks} (${way}): ${lookup.dnssec} here, ${delv.status} there\n${JSON.stringify(lookup)}\n${delv.said}`;
}

function setIn(records: Extract<Lookup, { status: 'answered' }>['records']): readonly string[] {
  return records
    .flatMap((record) => (record.type === 'CAA' ? [record.caa] : []))
    .map(({ flags, tag, value }) => `${flags} ${tag} "${value}"`)
    .toSorted();
}
