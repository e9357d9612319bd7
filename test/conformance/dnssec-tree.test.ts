import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import { checkDnsDcv } from '../../services/perspective/check-dns-dcv.ts';
import type { CaaParameters, Target } from '../../shared/domain/check/check.ts';
import { CAA_DEFAULTS } from '../support/caa-cases.ts';
import { TREE_CASES } from '../support/signed-tree/cases.ts';
import { skipWithoutTree } from '../support/signed-tree/requirements.ts';
import { type SignedTree, startSignedTree } from '../support/signed-tree/tree.ts';
import { TREE_TOKEN } from '../support/signed-tree/zones.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';

const skipped = skipWithoutTree('DNSSEC against real signed zones');

const domain = (name: string): Target => ({ kind: 'domain', name, wildcard: false });

describe.skipIf(skipped)('a validating perspective and real signed zones', () => {
  let tree: SignedTree;
  let view: TreeView;

  beforeAll(async () => {
    tree = await startSignedTree();
    view = await openTreeView(tree);
  });

  afterAll(async () => {
    await view?.supervisor.stop();
    await tree?.close();
  });

  const deadline = () => performance.now() + 8000;
  const caa = (name: string, parameters: Partial<CaaParameters> = {}) =>
    checkCaa({
      target: domain(name),
      parameters: { ...CAA_DEFAULTS, ...parameters },
      policy: 'baseline-requirements',
      resolver: view.resolver,
      deadline: deadline(),
    });

  describe.concurrent('CAA (TLS BR 4.2.2.1 [caa])', () => {
    it.each(TREE_CASES)('$name ($rule): $target', async ({ target, caa: expected, insecurity, ede }) => {
      const outcome = await caa(target);
      expect(outcome).toMatchObject({
        completed: expected.reason !== 'lookup-failed',
        passed: expected.passed,
        corroborates: expected.passed,
        details: { reason: expected.reason, dns: { dnssec: expected.status } },
      });
      const dns = outcome.details.kind === 'caa' ? outcome.details.dns : null;
      expect(dns?.insecurity).toEqual(insecurity);
      if (ede !== undefined) expect(dns?.extendedErrors).toContainEqual(expect.stringMatching(`^${ede} `));
    });
  });

  describe.concurrent('dns-change (TLS BR 3.2.2.4.7 [dcv-dns-change])', () => {
    const cases = TREE_CASES.flatMap((row) =>
      row.dnsChange === undefined ? [] : [{ ...row, expected: row.dnsChange }],
    );
    it.each(cases)('$name ($rule): $target', async ({ target, expected }) => {
      const outcome = await checkDnsDcv({
        target: domain(target),
        parameters: {
          method: 'dns-change',
          recordType: 'TXT',
          namePrefix: '_acme-challenge',
          challengeValue: TREE_TOKEN,
          requireExactMatch: true,
          requireExactCase: true,
        },
        policy: 'baseline-requirements',
        resolver: view.resolver,
        deadline: deadline(),
        monotonic: () => performance.now(),
        now: Date.now(),
      });
      expect(outcome).toMatchObject({
        completed: expected.status === 'secure' || expected.status === 'insecure',
        passed: expected.passed,
        corroborates: expected.passed,
        details: { dns: { dnssec: expected.status } },
      });
    });
  });
});
