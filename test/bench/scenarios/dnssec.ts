import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCaa } from '../../../services/perspective/check-caa.ts';
import { parseServerAddress } from '../../../shared/adapters/dns/stub/server-address.ts';
import { createStubResolver } from '../../../shared/adapters/dns/stub/stub-resolver.ts';
import { findByArgument } from '../../../shared/adapters/dns/unbound/processes.ts';
import { BUILT_IN_PERSPECTIVES } from '../../../shared/contract/settings/perspective-file.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';
import { missingForSignedTree } from '../../support/signed-tree/tools.ts';
import { type SignedTree, startSignedTree } from '../../support/signed-tree/tree.ts';
import { TREE_CA } from '../../support/signed-tree/zones.ts';
import { openTreeView, type TreeView } from '../../support/tree-view.ts';
import { startPlainResolver } from '../../support/unbound.ts';
import { FOUND_UNBOUND, startDaemon } from '../../support/unbound-daemon.ts';
import { runLoad } from '../load.ts';
import { type Measurement, percentiles } from '../measurement.ts';
import { readCpuMs, readPeakMiB } from '../process-usage.ts';
import { startServer } from '../server.ts';
import { type BenchContext, checkPlan, rate, type Scenario } from './context.ts';

const STARTS = 7;
const COLD = 15;
const WARM = 500;
const PERSPECTIVES = 6;

const SIGNED = 'www.p256.test';
const UNSIGNED = 'www.unsigned.test';
const TLDS = ['test', 'opt'];

/**
 * What validation costs one perspective: against real name servers with signed zones on loopback, so without the way to
 * them. Nothing to say where the tools for the zones are missing.
 */
export const measureDnssec: Scenario = async (context) => {
  const { progress } = context;
  const missing = FOUND_UNBOUND === null ? 'unbound is not installed' : missingForSignedTree();
  if (missing !== null) {
    progress(`left out: ${missing}`);
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'mpic-bench-dnssec-'));
  const tree = await startSignedTree();
  try {
    progress('starts');
    const rows = [...(await measureStarts())];
    progress('one perspective, cold');
    rows.push(...(await measureCold(tree)));
    progress('one perspective, warm');
    rows.push(...(await measureWarm(tree, folder)));
    progress('six perspectives through the API');
    return [...rows, ...(await measureService(context, tree, folder))];
  } finally {
    await tree.close();
    await rm(folder, { recursive: true, force: true });
  }
};

async function measureStarts(): Promise<readonly Measurement[]> {
  const time = async (count: number) => {
    const start = performance.now();
    const started = await Promise.all(Array.from({ length: count }, () => startDaemon()));
    const took = performance.now() - start;
    await Promise.all(started.map((supervisor) => supervisor.stop()));
    return took;
  };
  const one: number[] = [];
  const six: number[] = [];
  for (let run = 0; run < STARTS; run++) {
    one.push(await time(1));
    six.push(await time(PERSPECTIVES));
  }
  return [
    row('start until it answers, one, p50', percentiles(one).p50, 'ms'),
    row('start until they answer, six at once, p50', percentiles(six).p50, 'ms'),
  ];
}

/** The first check of a daemon that knows nothing, with and without validation. */
async function measureCold(tree: SignedTree): Promise<readonly Measurement[]> {
  const validating: number[] = [];
  const recursing: number[] = [];
  for (let run = 0; run < COLD; run++) {
    const view = await openTreeView(tree);
    validating.push(await timeCheck(view.resolver, SIGNED));
    await view.supervisor.stop();
    const plain = await startPlainResolver(tree.rootHintsFile);
    const stub = createStubResolver({ mode: 'plain', servers: [parseServerAddress(plain.address)] });
    recursing.push(await timeCheck(stub, SIGNED));
    await plain.close();
  }
  return [
    row('CAA check, signed zone, nothing known, p50', percentiles(validating).p50, 'ms'),
    row('the same without validation, p50', percentiles(recursing).p50, 'ms'),
  ];
}

/** Checks as they come one after the other: root and top-level domains known, the target's own data never. */
async function measureWarm(tree: SignedTree, parentFolder: string): Promise<readonly Measurement[]> {
  const view = await openTreeView(tree, { warmNames: TLDS, parentFolder });
  try {
    await view.supervisor.warmed;
    const [pid = 0] = await daemonsIn(parentFolder);
    const rows: Measurement[] = [];
    for (const [what, name] of [
      ['signed zone', SIGNED],
      ['unsigned zone, proven insecure', UNSIGNED],
    ] as const) {
      for (let run = 0; run < WARM / 5; run++) await timeCheck(view.resolver, name);
      const before = usage([pid]);
      const times: number[] = [];
      for (let run = 0; run < WARM; run++) times.push(await timeCheck(view.resolver, name));
      const after = usage([pid]);
      const { p50, p99 } = percentiles(times);
      rows.push(row(`CAA check, ${what}, root and TLD known, p50`, p50, 'ms'));
      rows.push(row(`CAA check, ${what}, root and TLD known, p99`, p99, 'ms'));
      rows.push(row(`CPU of a check, ${what}: daemon`, (after.daemons - before.daemons) / WARM, 'ms'));
      rows.push(row(`CPU of a check, ${what}: perspective`, (after.own - before.own) / WARM, 'ms'));
    }
    rows.push(row('CAA check, signed zone, everything known, p50', await timeKnown(view), 'ms'));
    rows.push(row('memory of a daemon, peak', readPeakMiB(pid) ?? Number.NaN, 'MiB'));
    return rows;
  } finally {
    await view.supervisor.stop();
  }
}

/** What a check would take if the perspective kept answers from one to the next, which it does not. */
async function timeKnown({ supervisor }: TreeView): Promise<number> {
  const instance = await supervisor.instance(performance.now() + 1000);
  if (instance === null) throw new Error('the daemon has ended');
  const stub = createStubResolver({
    mode: 'known',
    servers: [instance.server],
    validates: instance.verifiable,
  });
  const times: number[] = [];
  for (let run = 0; run < WARM; run++) times.push(await timeCheck(stub, SIGNED));
  return percentiles(times).p50;
}

async function timeCheck(resolver: Resolver, name: string): Promise<number> {
  const start = performance.now();
  const outcome = await checkCaa({
    target: { kind: 'domain', name, wildcard: false },
    parameters: {
      certificateType: 'tls-server',
      caaDomains: [TREE_CA],
      allowLookupFailure: false,
      accountUris: null,
      validationMethods: null,
      enforceRfc8657: false,
    },
    policy: 'baseline-requirements',
    resolver,
    deadline: start + 10_000,
  });
  if (!outcome.passed) throw new Error(`a check of ${name} did not pass: ${JSON.stringify(outcome.errors)}`);
  return performance.now() - start;
}

/** The whole service, each of six perspectives with a daemon of its own. */
async function measureService(
  context: BenchContext,
  tree: SignedTree,
  folder: string,
): Promise<readonly Measurement[]> {
  const configFile = join(folder, 'perspectives.json');
  await writeFile(configFile, JSON.stringify(BUILT_IN_PERSPECTIVES));
  const server = await startServer(context.options, {
    settings: {
      MPIC_CONFIG: configFile,
      MPIC_ROOT_HINTS: tree.rootHintsFile,
      MPIC_TRUST_ANCHOR: tree.trustAnchorFile,
      MPIC_ALLOW_NETWORKS: tree.network,
      TMPDIR: folder,
    },
  });
  try {
    const check = { ...checkPlan(context, server), target: SIGNED, caaDomain: TREE_CA };
    const daemons = await daemonsIn(folder);
    const rows: Measurement[] = [row('service, start until it listens', server.startMs, 'ms')];
    for (const callers of [1, 16]) {
      await runLoad(check, { callers, seconds: 1 });
      const before = usage(daemons, server.pid);
      const load = await runLoad(check, { callers, seconds: context.options.seconds });
      const after = usage(daemons, server.pid);
      const count = load.samples.length;
      const { p50, p99 } = percentiles(load.samples);
      const what = callers === 1 ? '1 caller' : `${callers} callers`;
      rows.push(row(`CAA check of six perspectives, ${what}, p50`, p50, 'ms'));
      rows.push(row(`CAA check of six perspectives, ${what}, p99`, p99, 'ms'));
      rows.push(row(`checks a second, ${what}`, rate(load), '/s'));
      rows.push(row(`CPU of a check, ${what}: six daemons`, (after.daemons - before.daemons) / count, 'ms'));
      rows.push(row(`CPU of a check, ${what}: service`, (after.service - before.service) / count, 'ms'));
    }
    rows.push(
      row('memory of six daemons, peak', sum(daemons.map((pid) => readPeakMiB(pid) ?? Number.NaN)), 'MiB'),
    );
    return rows;
  } finally {
    await server.stop();
  }
}

async function daemonsIn(folder: string): Promise<readonly number[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('mpic-unbound-'));
  return (await Promise.all(names.map((name) => findByArgument(join(folder, name, 'unbound.conf'))))).flat();
}

/** CPU so far, milliseconds. */
function usage(daemons: readonly number[], service: number | null = null) {
  const { user, system } = process.cpuUsage();
  return {
    daemons: sum(daemons.map((pid) => readCpuMs(pid) ?? Number.NaN)),
    own: (user + system) / 1000,
    service: service === null ? Number.NaN : (readCpuMs(service) ?? Number.NaN),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function row(what: string, value: number, unit: string): Measurement {
  return { scenario: 'dnssec', what, value, unit };
}
