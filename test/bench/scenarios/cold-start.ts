import { type Measurement, percentiles } from '../measurement.ts';
import { startServer } from '../server.ts';
import type { Scenario } from './context.ts';

const STARTS = 5;

/** From the start of the process to the line that says it listens, with an empty data folder. */
export const measureColdStart: Scenario = async ({ options }) => {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const server = await startServer(options);
    times.push(server.startMs);
    await server.stop();
  }
  const { p50, max } = percentiles(times);
  const row = (what: string, value: number): Measurement => ({
    scenario: 'coldstart',
    what,
    value,
    unit: 'ms',
  });
  return [row(`until it listens, median of ${STARTS}`, p50), row('until it listens, slowest', max)];
};
