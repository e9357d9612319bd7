import { runLoad } from '../load.ts';
import { atMost, type Measurement, percentiles } from '../measurement.ts';
import { startServer } from '../server.ts';
import { type BenchContext, checkPlan, type Scenario, warmUp } from './context.ts';

const CALLERS = 64;
const ONE_WAY_MS = 10;
const LOSSES = [0, 0.01, 0.05, 0.2] as const;
/** Of six perspectives, four have to corroborate (TLS BR 3.2.2.9 [mpic]). */
const QUORUM = 4;

/**
 * Datagrams that get lost between perspectives and resolvers, each way. Every answer has to be the right one; perspectives
 * that lost several in a row may come after the linger.
 */
export const measureLoss: Scenario = async (context) => {
  const rows: Measurement[] = [];
  let without = Number.NaN;
  for (const loss of LOSSES) {
    const { p50, p99 } = await measureAt(context, loss);
    if (loss === 0) without = p99;
    const target = loss === 0.01 ? atMost(3 * without + 2 * ONE_WAY_MS) : undefined;
    rows.push(row(loss, 'p50', p50), row(loss, 'p99', p99, target));
  }
  return rows;
};

async function measureAt(context: BenchContext, loss: number) {
  context.progress(`${loss * 100} % lost each way`);
  const server = await startServer(context.options, { path: { loss, seed: 1, delayMs: ONE_WAY_MS } });
  try {
    const plan = { ...checkPlan(context, server), completed: QUORUM };
    await warmUp(plan);
    const { samples } = await runLoad(plan, { callers: CALLERS, seconds: context.options.seconds });
    return percentiles(samples);
  } finally {
    await server.stop();
  }
}

function row(loss: number, what: string, value: number, target?: Measurement['target']): Measurement {
  return {
    scenario: 'loss',
    what: `${CALLERS} callers, ${ONE_WAY_MS} ms and ${loss * 100} % lost each way, ${what}`,
    value,
    unit: 'ms',
    target,
  };
}
