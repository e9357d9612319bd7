import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import type { CheckOutcome } from '../../shared/domain/check/check-result.ts';
import { CAA_DEFAULTS } from '../support/caa-cases.ts';
import { skipWithoutTree } from '../support/signed-tree/requirements.ts';
import { type SignedTree, startSignedTree } from '../support/signed-tree/tree.ts';
import { OUTSIDE_ADDRESS } from '../support/signed-tree/zones.ts';
import { openTreeView, TREE_CONTROL_NAME, type TreeView } from '../support/tree-view.ts';

const skipped = skipWithoutTree('freshness and the CAA carve-out against real signed zones');

describe.skipIf(skipped)('a validating perspective from check to check', () => {
  let tree: SignedTree;
  let view: TreeView;

  beforeAll(async () => {
    tree = await startSignedTree();
    view = await openTreeView(tree);
  });
  afterEach(() => tree.mortal.start());
  afterAll(async () => {
    await view?.supervisor.stop();
    await tree?.close();
  });

  const check = (name: string, allowLookupFailure = false): Promise<CheckOutcome> =>
    checkCaa({
      target: { kind: 'domain', name, wildcard: false },
      parameters: { ...CAA_DEFAULTS, allowLookupFailure },
      policy: 'baseline-requirements',
      resolver: view.resolver,
      deadline: performance.now() + 8000,
    });
  const failuresOf = ({ details }: CheckOutcome) =>
    details.kind === 'caa' ? details.lookupFailures : undefined;

  describe('keeps no response for the next check (TLS BR 3.2.2.9 [mpic])', () => {
    it.each([
      { name: 'for the name itself', target: 'mortal.test' },
      { name: 'for a name below it', target: 'www.mortal.test' },
      { name: 'for a name that is not signed', target: 'www.mortalunsigned.test' },
      { name: 'for the target of an alias', target: 'tomortal.aliases.test' },
    ])('$name', async ({ target }) => {
      expect(await check(target)).toMatchObject({ passed: true });
      await tree.mortal.stop();
      expect(await check(target)).toMatchObject({ completed: false, passed: false });
      await tree.mortal.start();
      expect(await check(target)).toMatchObject({ passed: true });
    });

    it('for a failed lookup', async () => {
      await tree.mortal.stop();
      expect(await check('mortal.test')).toMatchObject({ passed: false });
      await tree.mortal.start();
      expect(await check('mortal.test')).toMatchObject({ passed: true });
    });
  });

  it('queries no name server at a special-purpose address unless configured (TLS BR 4.2.2 [certificate-names])', async () => {
    const socket = createSocket('udp4');
    let packets = 0;
    socket.on('message', () => {
      packets += 1;
    });
    socket.bind(53, OUTSIDE_ADDRESS);
    await once(socket, 'listening');
    try {
      expect(await check('www.outside.test')).toMatchObject({ completed: false, passed: false });
      expect(packets).toBe(0);
    } finally {
      socket.close();
    }
  });

  describe('treats a failed lookup as permission only with proof (TLS BR 4.2.2.1 [caa])', () => {
    it.each([
      { name: 'refuses every query', target: 'www.lame.test', at: 'lame.test.' },
      { name: 'is dead', target: 'deadunsigned.test', at: 'deadunsigned.test.' },
    ])('when the server of an unsigned zone $name', async ({ target, at }) => {
      const outcome = await check(target, true);
      expect(outcome).toMatchObject({
        completed: true,
        passed: true,
        corroborates: true,
        details: { reason: 'lookup-failure-allowed', dns: { dnssec: 'insecure' } },
      });
      expect(failuresOf(outcome)?.[0]).toEqual({
        name: target,
        retried: true,
        faultOutside: true,
        controlName: TREE_CONTROL_NAME,
        security: 'insecure',
        insecurity: { at, by: 'no-ds' },
      });
    });

    it.each([
      { name: 'the server of a signed zone is dead', target: 'dead.test', security: 'signed' },
      { name: 'data is bogus', target: 'www.expired.test', security: 'bogus' },
      { name: 'aliases form a loop', target: 'loop1.aliases.test', security: 'signed' },
    ])('but not when $name', async ({ target, security }) => {
      const outcome = await check(target, true);
      expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
      expect(failuresOf(outcome)).toMatchObject([{ name: target, security }]);
    });

    it('but not when the caller does not ask for it', async () => {
      const outcome = await check('lame.test');
      expect(outcome).toMatchObject({ completed: false, passed: false });
      expect(failuresOf(outcome)).toBeUndefined();
    });

    it('but not when the control name does not resolve either', async () => {
      const own = await openTreeView(tree, {}, { controlName: 'www.mortal.test' });
      try {
        await tree.mortal.stop();
        const outcome = await checkCaa({
          target: { kind: 'domain', name: 'lame.test', wildcard: false },
          parameters: { ...CAA_DEFAULTS, allowLookupFailure: true },
          policy: 'baseline-requirements',
          resolver: own.resolver,
          deadline: performance.now() + 8000,
        });
        expect(outcome).toMatchObject({ completed: false, passed: false });
        expect(failuresOf(outcome)).toMatchObject([
          { retried: true, faultOutside: false, controlName: 'www.mortal.test', security: 'insecure' },
        ]);
      } finally {
        await own.supervisor.stop();
      }
    });
  });
});
