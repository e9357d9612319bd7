import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import { CAA_DEFAULTS } from '../support/caa-cases.ts';
import type { CraftedCase } from '../support/crafted/cases/case.ts';
import { CRAFTED_CASES, CRAFTED_ZONES } from '../support/crafted/cases/index.ts';
import { askDelv, skipWithoutDelv } from '../support/crafted/delv.ts';
import { inDelvWords, isExplained } from '../support/crafted/differences.ts';
import { skipWithoutCrafted } from '../support/crafted/requirements.ts';
import { CONTROL_NAME, type CraftedWorld, startCraftedWorld } from '../support/crafted/world.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';
import { startPlainResolver, type Unbound } from '../support/unbound.ts';

const skipped = skipWithoutCrafted('DNSSEC against crafted zones');
const skippedDelv = skipped || skipWithoutDelv('the comparison of crafted zones with delv');

/** Long, because unbound queries every server several times if it gets no good data. */
const QUERY_TIMEOUT_MS = 5000;
const CHECK_TIMEOUT_MS = 20_000;

/** With complete titles, because vitest shortens `$name`. */
const titled = (title: (row: CraftedCase) => string) =>
  CRAFTED_CASES.map((row) => [title(row), row] as const);

describe.skipIf(skipped)('a validating perspective and crafted zones', () => {
  let world: CraftedWorld;
  let view: TreeView;
  let plain: Unbound;

  beforeAll(async () => {
    world = await startCraftedWorld(CRAFTED_ZONES);
    view = await openTreeView(world, {}, { controlName: CONTROL_NAME, queryTimeoutMs: QUERY_TIMEOUT_MS });
    plain = await startPlainResolver(world.rootHintsFile);
  });

  afterAll(async () => {
    await plain?.close();
    await view?.supervisor.stop();
    await world?.close();
  });

  const check = (name: string) =>
    checkCaa({
      target: { kind: 'domain', name, wildcard: false },
      parameters: CAA_DEFAULTS,
      policy: 'baseline-requirements',
      resolver: view.resolver,
      deadline: performance.now() + CHECK_TIMEOUT_MS,
    });

  it('have at least 150 cases, each with a different name', () => {
    expect(CRAFTED_CASES.length).toBeGreaterThanOrEqual(150);
    expect(new Set(CRAFTED_CASES.map(({ asks }) => asks)).size).toBe(CRAFTED_CASES.length);
    expect(new Set(CRAFTED_ZONES.map(({ name }) => name)).size).toBe(CRAFTED_ZONES.length);
  });

  describe.concurrent('CAA (TLS BR 4.2.2.1 [caa], TLS BR 4.2.2.2 [dnssec])', () => {
    it.each(titled(({ name, rule, asks }) => `${name} (${rule}): ${asks}`))('%s', async (_, row) => {
      const { asks, expected } = row;
      const outcome = await check(asks);
      expect(outcome).toMatchObject({
        passed: expected.passed,
        corroborates: expected.passed,
        details: { reason: expected.reason, dns: { dnssec: expected.status } },
      });
    });
  });

  describe.skipIf(skippedDelv).concurrent('delv agrees, or the difference is explained', () => {
    it.each(titled(({ name, asks }) => `${asks}: ${name}`))('%s', async (_, row) => {
      const { asks, expected, delv } = row;
      const { status, said } = await askDelv(plain.address, world.delvAnchorFile, asks, 'CAA');
      const ours = inDelvWords(expected.status);
      expect(isExplained(ours, status, delv), `${ours} here, ${status} there:\n${said}`).toBe(true);
    });
  });
});
