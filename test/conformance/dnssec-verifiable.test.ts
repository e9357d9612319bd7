import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import { checkDnsDcv } from '../../services/perspective/check-dns-dcv.ts';
import { KNOWN } from '../../shared/adapters/dns/trust/verifiable.ts';
import type { DnssecStatus } from '../../shared/domain/check/check.ts';
import { CAA_DEFAULTS } from '../support/caa-cases.ts';
import { makeKey } from '../support/crafted/keys.ts';
import { caa, type Rr, T, txt } from '../support/crafted/records.ts';
import { skipWithoutCrafted } from '../support/crafted/requirements.ts';
import type { Tampering } from '../support/crafted/tampering.ts';
import { CONTROL_NAME, type CraftedWorld, startCraftedWorld } from '../support/crafted/world.ts';
import { hashOf, ISSUER, nsec3Of, usualRecords, type ZoneSpec } from '../support/crafted/zone.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { type Shim, shimUnbound, skipWithoutCompiler } from '../support/shimmed-unbound.ts';
import { openTreeView, type TreeView } from '../support/tree-view.ts';
import { startDaemon } from '../support/unbound-daemon.ts';

const WHAT = 'hosts on which unbound can verify less';
const skipped = skipWithoutCrafted(WHAT) || skipWithoutCompiler(WHAT);

/**
 * An attacker on the path to a zone that unbound considers unsigned: permits what the zone forbids, sends a token, and
 * returns for every name below the apex an unsigned NSEC3 record as in a zone with opt-out.
 */
function forge(zone: string): Tampering {
  const hash = hashOf(zone, {});
  const optOut = nsec3Of(zone, hash, hash, [T.NS, T.SOA, T.DNSKEY], { optOut: true });
  const soaOf = (reply: { readonly authority: readonly Rr[] }) =>
    reply.authority.filter(({ type }) => type === T.SOA);
  return (reply, { name, type }) => {
    if (name === zone) return reply;
    if (type === T.CAA) return { rcode: 0, answer: [caa(name, ISSUER)], authority: [] };
    if (type === T.TXT) return { rcode: 0, answer: [txt(name, 'token')], authority: [] };
    if (type === T.DS) return { rcode: 0, answer: [], authority: [...soaOf(reply), optOut] };
    return reply;
  };
}

const spec = (name: string, algorithm: 7 | 15, forged: boolean): ZoneSpec => ({
  name,
  keys: [makeKey({ algorithm })],
  records: usualRecords(name),
  ...(forged ? { tamper: forge(name) } : {}),
});

const ZONES: readonly ZoneSpec[] = [
  spec('alg15.test.', 15, false),
  spec('forged15.test.', 15, true),
  spec('alg7.test.', 7, false),
  spec('forged7.test.', 7, true),
  { name: 'plain.test.', records: usualRecords('plain.test.') },
  { name: 'unsigned.opt.', keys: null, records: usualRecords('unsigned.opt.') },
];

interface HostCase {
  readonly shim: Shim;
  readonly host: string;
  /** Algorithms that this host cannot verify. */
  readonly lost: readonly number[];
  readonly missing: string;
  /** The one of them whose zones are queried. */
  readonly algorithm: number;
  readonly status: DnssecStatus;
}

describe.skipIf(skipped)('a host on which unbound can verify less', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpic-shims-'));
  let world: CraftedWorld;
  let view: TreeView | null = null;

  beforeAll(async () => {
    world = await startCraftedWorld(ZONES);
  });
  afterEach(async () => {
    await view?.supervisor.stop();
    view = null;
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await world?.close();
  });

  const open = async (shim: Shim) => {
    const log = createRecordingLog();
    view = await openTreeView(
      world,
      { binary: shimUnbound(folder, shim), log },
      { controlName: CONTROL_NAME },
    );
    const instance = await view.supervisor.instance(performance.now() + 1000);
    return { view, log, verifiable: instance?.verifiable ?? KNOWN };
  };
  const check = ({ resolver }: TreeView, name: string, allowLookupFailure = false) =>
    checkCaa({
      target: { kind: 'domain', name, wildcard: false },
      parameters: { ...CAA_DEFAULTS, allowLookupFailure },
      policy: 'baseline-requirements',
      resolver,
      deadline: performance.now() + 10_000,
    });

  describe.each<HostCase>([
    {
      shim: 'fips',
      host: 'in FIPS mode',
      lost: [5, 7, 15, 16],
      missing: 'algorithm 5, algorithm 7, algorithm 15, algorithm 16, digest 1',
      algorithm: 15,
      status: 'indeterminate',
    },
    {
      shim: 'no-sha1',
      host: 'that forbids SHA-1',
      lost: [5, 7],
      missing: 'algorithm 5, algorithm 7',
      algorithm: 7,
      // unbound does not detect this in advance and tries to verify.
      status: 'bogus',
    },
  ])('$host (TLS BR 4.2.2.2.1 [dnssec-standards])', ({ shim, lost, missing, algorithm, status }) => {
    it('logs what it cannot verify at the start', async () => {
      const { verifiable, log } = await open(shim);
      expect([...KNOWN.algorithms].filter((one) => !verifiable.algorithms.has(one))).toEqual(lost);
      const warning = log.entries.find(({ event }) => event === 'resolver_cannot_verify');
      expect(warning).toMatchObject({ level: 'warn', fields: { missing } });
    });

    it('reports a zone that it cannot verify as neither secure nor insecure', async () => {
      const { view: own } = await open(shim);
      expect(await check(own, `deny.alg${algorithm}.test`)).toMatchObject({
        completed: false,
        passed: false,
        details: { dns: { dnssec: status } },
      });
    });

    it.each([false, true])(
      'rejects a forged proof in such a zone (lookup failures allowed: %s)',
      async (allow) => {
        const { view: own } = await open(shim);
        const outcome = await check(own, `deny.forged${algorithm}.test`, allow);
        expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
      },
    );

    it('rejects a forged token in such a zone', async () => {
      const { view: own } = await open(shim);
      const outcome = await checkDnsDcv({
        target: { kind: 'domain', name: `www.forged${algorithm}.test`, wildcard: false },
        parameters: {
          method: 'dns-change',
          recordType: 'TXT',
          namePrefix: '_acme-challenge',
          challengeValue: 'token',
          requireExactMatch: true,
          requireExactCase: true,
        },
        policy: 'open-mpic',
        resolver: own.resolver,
        deadline: performance.now() + 10_000,
        monotonic: () => performance.now(),
        now: Date.now(),
      });
      expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
    });

    it('still reports what it can verify as secure, and an opt-out gap as insecure', async () => {
      const { view: own } = await open(shim);
      expect(await check(own, 'www.plain.test')).toMatchObject({
        passed: true,
        details: { dns: { dnssec: 'secure' } },
      });
      expect(await check(own, 'www.unsigned.opt')).toMatchObject({
        passed: true,
        details: { dns: { dnssec: 'insecure', insecurity: { at: 'unsigned.opt.', by: 'opt-out' } } },
      });
    });
  });

  describe('that can verify nothing', () => {
    it('does not start in production', async () => {
      const binary = shimUnbound(folder, 'no-signatures');
      await expect(startDaemon({ binary, mustVerify: true })).rejects.toThrow(
        /cannot verify algorithm 8, algorithm 10, algorithm 13, digest 2 on this machine, which TLS BR 4\.2\.2\.2\.1/,
      );
    });

    it('starts in a lab, logs it, and every check fails', async () => {
      const { view: own, verifiable, log } = await open('no-signatures');
      expect(verifiable.algorithms.size).toBe(0);
      expect(log.entries.map(({ event }) => event)).toContain('resolver_cannot_verify');
      for (const name of ['www.plain.test', 'www.unsigned.opt']) {
        expect(await check(own, name)).toMatchObject({ completed: false, passed: false });
      }
    });
  });
});
