import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Lived, live, liveMany } from './batch.ts';
import { commandOf } from './choices.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { shrink } from './shrink.ts';
import { addTo, describeTally, type Tally } from './tally.ts';

/** Maximum number of failing histories listed at the end. */
const NAMED = 40;
const PROGRESS_EVERY_MS = 5000;
/** Size of the young generation: most objects of a history are garbage when it is over. */
const YOUNG_MB = 128;

// Stack traces are expensive and not used here.
Error.stackTraceLimit = 0;

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** Totals over all histories. */
class Report {
  requests = 0;
  histories = 0;
  virtualMs = 0;
  readonly shapes: Tally = {};
  readonly faults: Tally = {};
  readonly answers: Tally = {};
  readonly rules: Tally = {};
  readonly failed: Lived[] = [];

  add(lived: Lived): void {
    this.requests += lived.requests;
    this.histories += 1;
    this.virtualMs += lived.virtualMs;
    addTo(this.shapes, lived.shape);
    for (const part of ['faults', 'answers'] as const)
      for (const [name, count] of Object.entries(lived[part])) addTo(this[part], name, count);
    if (lived.violations.length === 0) return;
    for (const { rule } of lived.violations) addTo(this.rules, rule);
    if (this.failed.length < NAMED) this.failed.push(lived);
    // Printed at once, because a long run may never end.
    say(describeFailure(lived));
  }
}

async function main(options: Options): Promise<boolean> {
  const started = performance.now();
  const report = new Report();
  say(`Histories from seed ${options.seed}`);
  const progress = setInterval(() => {
    const seconds = (performance.now() - started) / 1000;
    say(
      `${Math.round(seconds)} s: ${report.requests} requests, ${Math.round(report.requests / seconds)}/s, ${report.histories} histories, ${describeTally(report.rules)} violations`,
    );
  }, PROGRESS_EVERY_MS);
  const isEnough = () =>
    (options.untilViolation && report.failed.length > 0) ||
    (options.seconds !== null && performance.now() - started > options.seconds * 1000);
  try {
    if (options.workers === 1 || options.histories === 1) await runHere(options, report, isEnough);
    else await runInThreads(options, report, isEnough);
  } finally {
    clearInterval(progress);
  }
  const seconds = (performance.now() - started) / 1000;
  say(
    `${report.requests} requests in ${report.histories} histories (${describeTally(report.shapes)}) in ${seconds.toFixed(1)} s: ${Math.round(report.requests / seconds)}/s, ${Math.round(report.virtualMs / seconds / 1000)} times as fast as life`,
  );
  say(`Faults: ${describeTally(report.faults)}`);
  say(`Answers: ${describeTally(report.answers)}`);
  say(`Violations: ${describeTally(report.rules)}`);
  for (const [index, lived] of report.failed.entries()) await explain(options, lived, index < options.shrunk);
  return report.failed.length === 0;
}

async function runHere(options: Options, report: Report, isEnough: () => boolean): Promise<void> {
  for await (const lived of liveMany(options, 0, 1)) {
    report.add(lived);
    for (const line of lived.lines) process.stdout.write(`${line}\n`);
    if (options.histories === 1) process.stdout.write(`Trace ${lived.digest}\n`);
    if (isEnough()) return;
  }
}

function runInThreads(options: Options, report: Report, isEnough: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let running = options.workers;
    // Checked between histories, because terminating a thread during one can crash the process.
    const enough = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    for (let first = 0; first < options.workers; first += 1) {
      const worker = new Worker(fileURLToPath(import.meta.url), {
        workerData: { options, first, enough },
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      });
      worker.on('message', (lived: Lived) => {
        report.add(lived);
        if (isEnough()) Atomics.store(enough, 0, 1);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        running -= 1;
        if (running === 0) resolve();
      });
    }
  });
}

function describeFailure({ seed, shape, violations: [first] }: Lived): string {
  return `Seed ${seed} (${shape}): ${first?.rule} ${first?.about}: ${first?.says}`;
}

async function explain(options: Options, lived: Lived, isShrunk: boolean): Promise<void> {
  const [first] = lived.violations;
  if (first === undefined) return;
  say(`\n${describeFailure(lived)}`);
  let choices = { ...options.choices, seed: lived.seed };
  if (isShrunk) {
    const fails = async (some: typeof choices) => {
      const { violations } = await live(some, { ...options, trace: false });
      return violations.some(({ rule }) => rule === first.rule);
    };
    choices = await shrink(choices, fails);
  }
  say(`  ${commandOf(choices)}`);
}

interface Task {
  readonly options: Options;
  readonly first: number;
  readonly enough: Int32Array;
}

async function work(): Promise<void> {
  const { options, first, enough } = workerData as Task;
  for await (const lived of liveMany(options, first, options.workers)) {
    parentPort?.postMessage(lived);
    if (Atomics.load(enough, 0) === 1) return;
  }
}

async function run(argv: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 64;
  }
  return (await main(options)) ? 0 : 1;
}

if (isMainThread) {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) process.stdout.write(USAGE);
  else process.exitCode = await run(argv);
} else await work();
