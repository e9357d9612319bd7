import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findByArgument, isAlive, startTimeOf } from '../../shared/adapters/dns/unbound/processes.ts';
import type { MpicResponse } from '../../shared/contract/api/response-schema.ts';
import { eventually } from '../support/eventually.ts';
import { SIX } from '../support/perspectives.ts';
import { TREE_CASES, type TreeCase } from '../support/signed-tree/cases.ts';
import { skipWithoutTree } from '../support/signed-tree/requirements.ts';
import { type SignedTree, startSignedTree } from '../support/signed-tree/tree.ts';
import { TREE_CA, TREE_TOKEN } from '../support/signed-tree/zones.ts';
import { type SpawnedService, spawnService } from '../support/spawn-service.ts';
import { TREE_CONTROL_NAME } from '../support/tree-view.ts';

const skipped = skipWithoutTree('the service with six validating perspectives');

/** Identifies processes by start time, because PIDs are reused. */
const bornAt = (pid: number) => Number(startTimeOf(pid));

const caaCheck = (target: string, parameters: object = {}) => ({
  check_type: 'caa',
  domain_or_ip_target: target,
  caa_check_parameters: { caa_domains: [TREE_CA], ...parameters },
});

const dnsChange = (target: string) => ({
  check_type: 'dcv',
  domain_or_ip_target: target,
  dcv_check_parameters: {
    validation_method: 'dns-change',
    dns_record_type: 'TXT',
    dns_name_prefix: '_acme-challenge',
    challenge_value: TREE_TOKEN,
  },
});

describe.skipIf(skipped)('npm start with six validating perspectives', () => {
  let tree: SignedTree;
  let folder = '';
  let service: SpawnedService;
  const log: string[] = [];

  const start = () =>
    spawnService(
      [
        ...['--port', '0', '--data-dir', join(folder, 'data'), '--log', 'json', '--dns-timeout-ms', '1000'],
        ...['--root-hints', tree.rootHintsFile, '--trust-anchor', tree.trustAnchorFile],
        // The linger covers slow responses, too.
        ...['--linger-ms', '8000'],
        ...['--allow-networks', tree.network, '--control-name', TREE_CONTROL_NAME],
      ],
      log,
      { TMPDIR: join(folder) },
    );

  beforeAll(async () => {
    tree = await startSignedTree();
    folder = mkdtempSync(join(tmpdir(), 'mpic-dnssec-flow-'));
    service = await start();
  });

  afterAll(async () => {
    service?.child.kill('SIGTERM');
    await service?.exited;
    await tree?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (body: object): Promise<MpicResponse> => {
    const response = await fetch(`${service.url}/mpic`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as MpicResponse;
  };

  /** The distinct values that the six perspectives report. */
  const said = ({ perspectives }: MpicResponse, member: 'dnssec_status' | 'reason') => [
    ...new Set(
      perspectives.map(
        ({ check_response }) =>
          (check_response.details as { readonly [key in typeof member]?: string })[member],
      ),
    ),
  ];

  /** Folders and PIDs of the running unbound processes. */
  async function daemons(): Promise<readonly { readonly folder: string; readonly pid: number }[]> {
    const names = readdirSync(folder).filter((name) => name.startsWith('mpic-unbound-'));
    const found = await Promise.all(
      names.map(async (name) => {
        const pids = await findByArgument(join(folder, name, 'unbound.conf'));
        return pids.map((pid) => ({ folder: join(folder, name), pid }));
      }),
    );
    return found.flat();
  }

  const audit = () =>
    readdirSync(join(folder, 'data', 'audit'))
      .flatMap((name) =>
        readFileSync(join(folder, 'data', 'audit', name), 'utf8')
          .trim()
          .split('\n'),
      )
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  describe.concurrent('reports the expected status and result of every zone at all six', () => {
    it.each(TREE_CASES)('CAA: $name ($rule): $target', async ({ target, caa }: TreeCase) => {
      const answer = await post(caaCheck(target));
      expect(answer.is_valid).toBe(caa.passed);
      expect(answer.baseline_requirements.quorum).toBe(caa.passed ? '6/6' : '0/6');
      expect(said(answer, 'dnssec_status')).toEqual([caa.status]);
      expect(said(answer, 'reason')).toEqual([caa.reason]);
    });

    const cases = TREE_CASES.flatMap((row) =>
      row.dnsChange === undefined ? [] : [{ ...row, expected: row.dnsChange }],
    );
    it.each(cases)('dns-change: $name ($rule): $target', async ({ target, expected }) => {
      const answer = await post(dnsChange(target));
      expect(answer.is_valid).toBe(expected.passed);
      expect(said(answer, 'dnssec_status')).toEqual([expected.status]);
      for (const { check_response } of answer.perspectives) {
        const details = check_response.details as { readonly ad_flag: boolean | null };
        expect(details.ad_flag === true).toBe(expected.passed && expected.status === 'secure');
      }
    });
  });

  it('records the DNSSEC status for each perspective and the decision', async () => {
    const answer = await post(caaCheck('www.unsigned.opt'));
    const records = audit().filter(({ mpic_id }) => mpic_id === answer.mpic_id);
    const perspectives = records.filter(({ event }) => event === 'perspective-check');
    expect(perspectives).toHaveLength(6);
    for (const record of perspectives) {
      expect(record).toMatchObject({
        details: {
          dns: { dnssec_status: 'insecure', dnssec_insecurity: { at: 'unsigned.opt.', by: 'opt-out' } },
        },
      });
    }
    expect(records.find(({ event }) => event === 'quorum-decision')).toMatchObject({
      dnssec_statuses: Object.fromEntries(SIX.map((code) => [code, 'insecure'])),
    });
  });

  it('records trust anchor and root hints at its start', () => {
    expect(audit().find(({ event }) => event === 'service-started')).toMatchObject({
      resolvers: Object.fromEntries(SIX.map((code) => [code, expect.stringMatching(/^unbound \d/)])),
      validation: {
        trust_anchors: [expect.stringMatching(/^\d+ 13 2 [0-9A-F]{64}$/)],
        trust_anchor_source: tree.trustAnchorFile,
        root_hints_source: tree.rootHintsFile,
      },
    });
  });

  it('treats a failed lookup as permission with the three proofs of TLS BR 4.2.2.1 [caa]', async () => {
    const answer = await post(caaCheck('www.lame.test', { allow_lookup_failure: true }));
    expect(answer).toMatchObject({
      is_valid: true,
      baseline_requirements: { quorum: '6/6', reasons: ['lab-network', 'shared-host'] },
    });
    expect(said(answer, 'reason')).toEqual(['lookup-failure-allowed']);
  });

  it('loses at most one corroboration when an unbound is killed during requests', async () => {
    const allowed = Array.from({ length: 24 }, () => post(caaCheck('www.glueless.test')));
    const forbidden = Array.from({ length: 24 }, () => post(caaCheck('forbidden.nsec3.test')));
    const [victim] = await daemons();
    if (victim === undefined) throw new Error('no unbound is running');
    process.kill(victim.pid, 'SIGKILL');
    for (const answer of await Promise.all(allowed)) {
      expect(answer.is_valid).toBe(true);
      expect(['5/6', '6/6']).toContain(answer.baseline_requirements.quorum);
    }
    for (const answer of await Promise.all(forbidden)) expect(answer.is_valid).toBe(false);
    await eventually(async () => (await daemons()).length === 6, 'six unbound processes run again');
    expect((await post(caaCheck('www.glueless.test'))).baseline_requirements.quorum).toBe('6/6');
  });

  it('reports the perspective whose resolver has failed for good, and decides without it', async () => {
    // The successor of the unbound killed above has the latest start time; PIDs are reused. Its second death is final.
    const [youngest] = (await daemons()).toSorted((a, b) => bornAt(b.pid) - bornAt(a.pid));
    if (youngest === undefined) throw new Error('no unbound is running');
    process.kill(youngest.pid, 'SIGKILL');
    await eventually(() => log.join('').includes('resolver_failed'), 'the log contains resolver_failed');
    const answer = await post(caaCheck('www.glueless.test'));
    expect(answer).toMatchObject({ is_valid: true, baseline_requirements: { quorum: '5/6' } });
    const failed = answer.perspectives.filter(({ check_response }) => !check_response.check_passed);
    expect(failed).toMatchObject([
      {
        check_response: {
          check_completed: false,
          details: { dnssec_status: 'indeterminate', reason: 'lookup-failed' },
        },
      },
    ]);
    expect(JSON.stringify(failed)).toContain('the resolver of this perspective has ended');
  });

  it('leaves its unbound processes running when killed; the next start removes them', async () => {
    const left = await daemons();
    service.child.kill('SIGKILL');
    await service.exited;
    expect(left.every(({ pid }) => isAlive(pid))).toBe(true);
    service = await start();
    expect(left.some(({ pid }) => isAlive(pid))).toBe(false);
    const names = readdirSync(folder).filter((name) => name.startsWith('mpic-unbound-'));
    expect(names).toHaveLength(6);
    expect((await post(caaCheck('www.glueless.test'))).baseline_requirements.quorum).toBe('6/6');
  });

  it('leaves no process and no file behind when it stops', async () => {
    const running = await daemons();
    expect(running).toHaveLength(6);
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(running.some(({ pid }) => isAlive(pid))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('mpic-unbound-'))).toEqual([]);
  });
});
