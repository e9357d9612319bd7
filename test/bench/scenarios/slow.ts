import { PERSPECTIVE_CODES } from '../lab.ts';
import { runLoad } from '../load.ts';
import { atMost, type Measurement, percentiles } from '../measurement.ts';
import { startServer } from '../server.ts';
import { checkPlan, type Scenario, warmUp } from './context.ts';

/** Default of `MPIC_LINGER_MS`: how long a verdict that is certain waits for stragglers. */
const LINGER_MS = 300;
const REQUESTS = 20;

const SICK = PERSPECTIVE_CODES.at(-1) ?? '';

/** One perspective of six is ill: the others must not be kept waiting for it. */
export const measureSlowPerspective: Scenario = async (context) => {
  const server = await startServer(context.options, {
    scripts: {
      [SICK]: [
        { name: 'late.test', delayMs: 2000 },
        { name: 'silent.test', silent: true },
      ],
    },
  });
  try {
    const plan = checkPlan(context, server);
    await warmUp(plan);
    const medianOf = async (target: string, completed: number, requests: number) => {
      const { samples } = await runLoad({ ...plan, target, completed }, { callers: 1, requests });
      return percentiles(samples).p50;
    };
    const all = context.options.perspectives;
    const healthy = await medianOf('h{n}.test', all, REQUESTS * 10);
    const rows: Measurement[] = [row('all healthy, p50', healthy)];
    for (const [target, what] of [
      ['late.test', 'one of six 2 s late'],
      ['silent.test', 'one of six silent'],
    ] as const) {
      context.progress(what);
      const p50 = await medianOf(target, all - 1, REQUESTS);
      rows.push(row(`${what}, p50`, p50));
      rows.push(row(`${what}, beyond healthy + linger`, p50 - healthy - LINGER_MS, atMost(10)));
    }
    return rows;
  } finally {
    await server.stop();
  }
};

function row(what: string, value: number, target?: Measurement['target']): Measurement {
  return { scenario: 'slow', what, value, unit: 'ms', target };
}
