import { writeFile } from 'node:fs/promises';
import { isMet, type Measurement } from './measurement.ts';
import { type BenchOptions, parseOptions, type ScenarioName, USAGE } from './options.ts';
import { describeMachine, renderJson, renderTable } from './report.ts';
import { measureColdStart } from './scenarios/cold-start.ts';
import type { Scenario } from './scenarios/context.ts';
import { measureDelays } from './scenarios/delays.ts';
import { measureDnssec } from './scenarios/dnssec.ts';
import { measureHostile } from './scenarios/hostile.ts';
import { measureLoss } from './scenarios/loss.ts';
import { measureMemory } from './scenarios/memory.ts';
import { measureMethods } from './scenarios/methods.ts';
import { measurePerspectiveBundle } from './scenarios/perspective.ts';
import { measureSlowPerspective } from './scenarios/slow.ts';
import { measureLatency, measureThroughput } from './scenarios/under-load.ts';

const SCENARIO_RUNS: Readonly<Record<ScenarioName, Scenario>> = {
  latency: measureLatency,
  throughput: measureThroughput,
  memory: measureMemory,
  slow: measureSlowPerspective,
  loss: measureLoss,
  delays: measureDelays,
  coldstart: measureColdStart,
  perspective: measurePerspectiveBundle,
  methods: measureMethods,
  hostile: measureHostile,
  dnssec: measureDnssec,
};

/** `npm run bench`: measure a server and hold the numbers against the targets of the design. */
async function main(options: BenchOptions): Promise<void> {
  const subject = options.url ?? `local mode, ${options.backend} backend`;
  process.stdout.write(`Measuring ${subject}\n${describeMachine()}\n`);
  const measurements: Measurement[] = [];
  for (const name of options.scenarios) {
    const progress = (text: string) => void process.stderr.write(`  ${name}: ${text}\n`);
    progress('running');
    measurements.push(...(await SCENARIO_RUNS[name]({ options, progress })));
  }
  process.stdout.write(renderTable(measurements));
  process.stdout.write(describeOutcome(measurements));
  if (options.json !== null) await writeFile(options.json, renderJson(options, measurements));
}

function describeOutcome(measurements: readonly Measurement[]): string {
  const judged = measurements.map(isMet).filter((met) => met !== null);
  const missed = judged.filter((met) => !met).length;
  if (judged.length === 0) return 'The design has no targets for this.\n';
  return missed === 0
    ? `All ${judged.length} targets are met.\n`
    : `${missed} of ${judged.length} targets missed.\n`;
}

function readOptions(): BenchOptions {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  try {
    return parseOptions(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

main(readOptions()).catch((error: unknown) => {
  process.stderr.write(`The bench has to stop: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
