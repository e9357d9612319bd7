import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { PLANTED_FAULTS, type PlantedFault } from './planted.ts';

const USAGE = `npm run test:faults -- [flags]

  --only TEXT      only faults with this in their name or file
  --after TEXT     only those after the one of this name
  --suite          run the related test files, too, for what the simulation has missed
  --all            run them for every fault
  --seconds N      how long the simulation looks for each (default 60)
  --workers N      threads of the simulation (default 2)
  --seed S         first seed (default 1)
`;

interface Options {
  readonly only: string;
  /** How many to leave out. */
  readonly first: number;
  readonly suite: 'never' | 'missed' | 'always';
  readonly seconds: string;
  readonly workers: string;
  readonly seed: string;
  readonly isChecked: boolean;
}

/** A history that is not over so long after the last one should have begun will never be: a fault can be a loop without an end. */
const HANG_MS = 60_000;

/** What is needed to build and test, and nothing that a test may change. */
const PARTS = [
  'services',
  'shared',
  'infra',
  'test',
  'docs',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** The simulation as `infra/build.mjs` makes it, and nothing else. */
const BUNDLE: BuildOptions = {
  entryPoints: ['test/simulation/main.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  banner: {
    js: "import { createRequire as mpicCreateRequire } from 'node:module'; const require = mpicCreateRequire(import.meta.url);",
  },
  external: ['classic-level', 'memory-level', 'dynalite', 'fauxqs', 'aws-cdk-lib', 'constructs', 'esbuild'],
  logLevel: 'warning',
};

/** Plant one fault after the other in a copy of the tree, and see who notices. */
async function main(options: Options): Promise<boolean> {
  const root = resolve('.');
  const tree = mkdtempSync(join(tmpdir(), 'mpic-faults-'));
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  try {
    for (const part of PARTS) cpSync(join(root, part), join(tree, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    const faults = PLANTED_FAULTS.slice(options.first).filter(({ name, file }) =>
      `${name} ${file}`.includes(options.only),
    );
    const original = options.isChecked ? await simulate(tree, options) : null;
    if (original !== null) {
      say(`The source as it is fails already: ${original}`);
      return false;
    }
    const missed: PlantedFault[] = [];
    for (const fault of faults) {
      const found = await withFault(tree, fault, () => look(tree, fault, options));
      say(
        `${found.by === null ? 'MISSED' : `caught by ${found.by}`}: ${fault.name} (${fault.file}) ${found.says}`,
      );
      if (found.by === null) missed.push(fault);
    }
    const inSight = faults.filter(({ isOutOfSight }) => isOutOfSight === undefined);
    const missedInSight = missed.filter(({ isOutOfSight }) => isOutOfSight === undefined);
    say(
      `${faults.length - missed.length} of ${faults.length} caught; of the ${inSight.length} that can show in what the service does, ${inSight.length - missedInSight.length}`,
    );
    for (const { name } of missed) say(`  missed: ${name}`);
    return (options.suite === 'never' ? missedInSight : missed).length === 0;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

interface Found {
  readonly by: 'the simulation' | 'the tests' | 'both' | null;
  readonly says: string;
}

async function look(tree: string, fault: PlantedFault, options: Options): Promise<Found> {
  const seen = await simulate(tree, options);
  const asksTests = options.suite === 'always' || (options.suite === 'missed' && seen === null);
  const failing = asksTests ? runTests(tree, fault.tests) : null;
  const says = [seen, failing].filter((text) => text !== null).join('; ');
  if (seen !== null) return { by: failing === null ? 'the simulation' : 'both', says };
  return { by: failing === null ? null : 'the tests', says: says || (fault.isOutOfSight ?? '') };
}

/** @throws Error when the text does not stand there once: the fault has to be written anew. */
async function withFault<T>(
  tree: string,
  { name, file, text, replacement }: PlantedFault,
  act: () => Promise<T>,
): Promise<T> {
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  const parts = source.split(text);
  if (parts.length !== 2) throw new Error(`"${name}": its text stands ${parts.length - 1} times in ${file}`);
  writeFileSync(path, parts.join(replacement));
  try {
    return await act();
  } finally {
    writeFileSync(path, source);
  }
}

/** The first violation that the simulation finds; null: none. */
async function simulate(tree: string, { seconds, workers, seed }: Options): Promise<string | null> {
  const bundle = join(tree, 'dist', 'simulate.mjs');
  mkdirSync(dirname(bundle), { recursive: true });
  await build({ ...BUNDLE, absWorkingDir: tree, outfile: bundle });
  const flags = ['--until-violation', '--shrink', '0', '--requests', '1000000'];
  const times = ['--seconds', seconds, '--workers', workers, '--seed', seed];
  const ran = run(tree, process.execPath, [bundle, ...flags, ...times], Number(seconds) * 1000 + HANG_MS);
  if (ran.status === 0) return null;
  if (ran.status === null) return 'it does not end';
  const line = ran.stdout.split('\n').find((text) => text.startsWith('Seed '));
  // A simulation that breaks has noticed nothing.
  if (line === undefined)
    throw new Error(`the simulation ended with ${ran.status}: ${ran.stderr.slice(-500)}`);
  return line.slice(0, 220);
}

function runTests(tree: string, tests: readonly string[]): string | null {
  const ran = run(tree, join(tree, 'node_modules', '.bin', 'vitest'), ['run', '--bail', '1', ...tests]);
  if (ran.status === 0) return null;
  return (/FAIL\s+(.+)/.exec(ran.stdout + ran.stderr)?.[1] ?? `vitest ended with ${ran.status}`).slice(
    0,
    200,
  );
}

/** Status null: it was not over in time. */
function run(
  cwd: string,
  command: string,
  argv: readonly string[],
  timeout?: number,
): SpawnSyncReturns<string> {
  const limits = { maxBuffer: 256 * 1024 * 1024, timeout, killSignal: 'SIGKILL' } as const;
  const ran = spawnSync(command, argv, { cwd, encoding: 'utf8', ...limits });
  const isLate = ran.error !== undefined && 'code' in ran.error && ran.error.code === 'ETIMEDOUT';
  if (ran.error !== undefined && !isLate) throw ran.error;
  return ran;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      after: { type: 'string', default: '' },
      suite: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '60' },
      workers: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      unchecked: { type: 'boolean', default: false },
    },
  });
  const first = PLANTED_FAULTS.findIndex(({ name }) => name === values.after) + 1;
  if (values.after !== '' && first === 0) throw new Error(`--after: no fault has the name "${values.after}"`);
  const suite = values.all ? 'always' : values.suite ? 'missed' : 'never';
  return {
    only: values.only,
    first,
    suite,
    seconds: values.seconds,
    workers: values.workers,
    seed: values.seed,
    isChecked: !values.unchecked,
  };
}

async function runCommand(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 64;
  }
  return (await main(options)) ? 0 : 1;
}

if (process.argv.includes('--help')) process.stdout.write(USAGE);
else process.exitCode = await runCommand();
