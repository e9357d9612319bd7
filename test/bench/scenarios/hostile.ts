import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCheck } from '../../../services/perspective/run-check.ts';
import { parseServerAddress } from '../../../shared/adapters/dns/stub/server-address.ts';
import { createStubResolver } from '../../../shared/adapters/dns/stub/stub-resolver.ts';
import { createNetworkView } from '../../../shared/adapters/net/network-view.ts';
import type { Check } from '../../../shared/domain/check/check.ts';
import { parseIpNetwork } from '../../../shared/domain/net/ip-network.ts';
import type { NetworkView } from '../../../shared/ports/network-view.ts';
import {
  HOSTILE_SITES,
  HOSTILE_TLS,
  hostileServer,
  hostileTlsCheck,
  hostileWebsiteCheck,
} from '../../support/hostile-sites.ts';
import { type Lab, PERSPECTIVE_CODES, startLab } from '../lab.ts';
import { atMost, type Measurement, percentiles } from '../measurement.ts';
import type { Scenario } from './context.ts';

const CHECKS = 10_000;
const AT_ONCE = 100;
const DEADLINE_MS = 300;
const WARM_UP_CHECKS = 1_000;
const FLAT_GROWTH_MIB = 10;
const MIB = 1024 * 1024;
const TARGET = { kind: 'domain', name: 'www.test', wildcard: false } as const;

interface Job {
  readonly view: NetworkView;
  readonly check: Check;
}

/** Ten thousand checks of servers that mean harm, in this process: what they leave behind, and whether one passes. */
export const measureHostile: Scenario = async ({ progress }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mpic-bench-'));
  const tls = Object.fromEntries(HOSTILE_TLS.map(({ options }, index) => [`tls-${index}`, options]));
  const lab = await startLab(folder, {}, { web: hostileServer(), ...tls });
  try {
    const jobs = await planJobs(lab);
    await soak(jobs, WARM_UP_CHECKS);
    const before = await settled();
    const times = await soak(jobs, CHECKS);
    progress(`${CHECKS} checks done`);
    const after = await settled();
    const { p50, max } = percentiles(times);
    const row = (what: string, value: number, unit: string, bound?: number): Measurement => ({
      scenario: 'hostile',
      what,
      value,
      unit,
      target: bound === undefined ? undefined : atMost(bound),
    });
    return [
      row(`${CHECKS} checks, deadline ${DEADLINE_MS} ms, p50`, p50, 'ms'),
      row('slowest', max, 'ms'),
      row('more sockets and timers open than before', after.handles - before.handles, '', 0),
      row('heap before', before.heapMiB, 'MiB'),
      row('heap growth', after.heapMiB - before.heapMiB, 'MiB', FLAT_GROWTH_MIB),
      row('memory, resident, growth', after.residentMiB - before.residentMiB, 'MiB'),
    ];
  } finally {
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

/** @throws Error when a check passes: nothing of what it was shown proves anything. */
async function soak(jobs: readonly Job[], count: number): Promise<readonly number[]> {
  const times: number[] = [];
  let next = 0;
  const work = async () => {
    while (next < count) {
      const job = jobs[next++ % jobs.length];
      if (job === undefined) return;
      const start = performance.now();
      const outcome = await runCheck(job.check, {
        policy: 'open-mpic',
        view: job.view,
        deadline: start + DEADLINE_MS,
        monotonic: () => performance.now(),
        now: Date.now(),
      });
      times.push(performance.now() - start);
      if (outcome.passed) throw new Error(`a hostile server passed: ${JSON.stringify(outcome)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return times;
}

async function planJobs(lab: Lab): Promise<readonly Job[]> {
  const loopback = parseIpNetwork('127.0.0.0/8');
  const [code = ''] = PERSPECTIVE_CODES;
  const server = parseServerAddress(lab.servers[code] ?? '');
  const viewOf = (port: 80 | 443, key: string) =>
    createNetworkView({
      resolver: createStubResolver({ mode: 'lab', servers: [server] }),
      allowTestNames: true,
      allowedNetworks: loopback === null ? [] : [loopback],
      labPorts: { [port]: lab.web[key] ?? 0 },
    });
  const web = viewOf(80, 'web');
  return [
    ...HOSTILE_SITES.map((_site, index) => ({ view: web, check: hostileWebsiteCheck(TARGET, index) })),
    ...HOSTILE_TLS.map((_server, index) => ({
      view: viewOf(443, `tls-${index}`),
      check: hostileTlsCheck(TARGET),
    })),
  ];
}

interface Footprint {
  readonly handles: number;
  readonly heapMiB: number;
  readonly residentMiB: number;
}

const SETTLE_MS = 2_000;

/** What is there once everything that ends by itself has ended. The heap counts after a sweep where Node lets us ask for one. */
async function settled(): Promise<Footprint> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate').length;
  return { handles, heapMiB: heapUsed / MIB, residentMiB: rss / MIB };
}
