import { runLoad } from '../load.ts';
import { atLeast, atMost, type Measurement, percentiles } from '../measurement.ts';
import { readCpuMs, readPeakMiB } from '../process-usage.ts';
import { type BenchServer, foreignServer, startServer } from '../server.ts';
import { type BenchContext, checkPlan, forEmbedded, rate, type Scenario, warmUp } from './context.ts';

/** The number of callers at which the design states its bounds. */
const FULL_LOAD = 64;

async function withServer<Result>(
  { options }: BenchContext,
  use: (server: BenchServer) => Promise<Result>,
): Promise<Result> {
  const server = options.url === null ? await startServer(options) : foreignServer(options.url);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** One CAA check after the other. */
export const measureLatency: Scenario = (context) =>
  withServer(context, async (server) => {
    const { options } = context;
    const check = checkPlan(context, server);
    await warmUp(check);
    const { samples } = await runLoad(check, { callers: 1, seconds: options.seconds });
    const { p50, p90, p99, max } = percentiles(samples);
    const emulated = options.url === null && options.backend === 'emulated' ? atMost(40) : undefined;
    const row = (what: string, value: number, target?: Measurement['target']): Measurement => ({
      scenario: 'latency',
      what: `one caller, ${what}`,
      value,
      unit: 'ms',
      target,
    });
    return [
      row('p50', p50, emulated ?? forEmbedded(context, atMost(2))),
      row('p90', p90),
      row('p99', p99, forEmbedded(context, atMost(8))),
      row(`slowest of ${samples.length}`, max),
    ];
  });

/** As many checks as the server can do, at each number of callers. */
export const measureThroughput: Scenario = (context) =>
  withServer(context, async (server) => {
    await warmUp(checkPlan(context, server));
    const rows: Measurement[] = [];
    for (const callers of context.options.callers) {
      context.progress(`${callers} at the same time`);
      rows.push(...(await measureCallers(context, server, callers)));
    }
    const peak = server.pid === null ? null : readPeakMiB(server.pid);
    if (peak !== null) {
      rows.push({
        scenario: 'throughput',
        what: 'server memory, peak',
        value: peak,
        unit: 'MiB',
        target: forEmbedded(context, atMost(200)),
      });
    }
    return rows;
  });

async function measureCallers(
  context: BenchContext,
  server: BenchServer,
  callers: number,
): Promise<readonly Measurement[]> {
  const { pid } = server;
  const ownCpuBefore = process.cpuUsage();
  const cpuBefore = pid === null ? null : readCpuMs(pid);
  const result = await runLoad(checkPlan(context, server), { callers, seconds: context.options.seconds });
  const cpuAfter = pid === null ? null : readCpuMs(pid);
  const { p50, p99 } = percentiles(result.samples);
  const ownCpu = process.cpuUsage(ownCpuBefore);
  const ownMs = (ownCpu.user + ownCpu.system) / 1000 / result.samples.length;
  context.progress(`the load itself took ${ownMs.toFixed(2)} ms of CPU a check`);
  const atFullLoad = callers === FULL_LOAD;
  const row = (what: string, value: number, unit: string, target?: Measurement['target']): Measurement => ({
    scenario: 'throughput',
    what: `${callers} ${callers === 1 ? 'caller' : 'callers'}, ${what}`,
    value,
    unit,
    target: atFullLoad ? forEmbedded(context, target) : undefined,
  });
  const rows = [
    row('throughput', rate(result), 'checks/s', atLeast(1200)),
    row('p50', p50, 'ms'),
    row('p99', p99, 'ms', atMost(3 * p50)),
  ];
  if (cpuBefore === null || cpuAfter === null) return rows;
  return [
    ...rows,
    row('server CPU a check', (cpuAfter - cpuBefore) / result.samples.length, 'ms', atMost(0.9)),
  ];
}
