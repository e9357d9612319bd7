import { PERSPECTIVE_CODES } from '../lab.ts';
import { runLoad } from '../load.ts';
import { atMost, type Measurement, percentiles } from '../measurement.ts';
import { startServer } from '../server.ts';
import { type BenchContext, checkPlan, type Scenario, warmUp } from './context.ts';

/** One way to each perspective, milliseconds, from the nearest to the farthest; the answer takes as long back. */
const ONE_WAY_MS = [30, 69, 108, 147, 186, 225];

/** Of six perspectives, four have to corroborate (TLS BR 3.2.2.9 [mpic]). */
const QUORUM = 4;
const SETTING = '30 to 225 ms each way';
const REQUESTS = 32;
const CALLERS = 4;
const FAR_NAME = 'far.test';

/** Perspectives at the distances of the real world: the service must not add much to what the way takes. */
export const measureDelays: Scenario = async (context) => [
  ...(await measureLinger(context, 0, 'no linger', roundTrip(QUORUM), 'fourth')),
  ...(await measureLinger(context, 300, 'linger 300', roundTrip(ONE_WAY_MS.length), 'slowest')),
];

/** The round trip of the n-th nearest perspective. */
function roundTrip(n: number): number {
  return 2 * (ONE_WAY_MS[n - 1] ?? Number.NaN);
}

async function measureLinger(
  context: BenchContext,
  lingerMs: number,
  how: string,
  neededMs: number,
  which: string,
): Promise<readonly Measurement[]> {
  context.progress(`${SETTING}, ${how}`);
  const scripts = Object.fromEntries(
    PERSPECTIVE_CODES.map((code, index) => [code, [{ name: FAR_NAME, delayMs: roundTrip(index + 1) }]]),
  );
  const server = await startServer(context.options, {
    scripts,
    settings: { MPIC_LINGER_MS: String(lingerMs) },
  });
  try {
    const plan = checkPlan(context, server);
    await warmUp({ ...plan, completed: QUORUM });
    const { samples } = await runLoad(
      { ...plan, target: FAR_NAME, completed: lingerMs === 0 ? QUORUM : plan.perspectives },
      { callers: CALLERS, requests: REQUESTS },
    );
    const { p50 } = percentiles(samples);
    return [
      row(`${how}, p50`, p50),
      row(`${how}, beyond ${which} round trip of ${neededMs}`, p50 - neededMs, atMost(25)),
    ];
  } finally {
    await server.stop();
  }
}

function row(what: string, value: number, target?: Measurement['target']): Measurement {
  return { scenario: 'delays', what: `${SETTING}, ${what}`, value, unit: 'ms', target };
}
