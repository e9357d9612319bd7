import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError } from '../../../shared/adapters/embedded/database.ts';
import { checkFolder, isInUse, repairFolder } from '../../../shared/adapters/embedded/store-folder.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';

const USAGE = `Usage: npm run store -- <check|repair> --data-dir <folder>
  check    look whether all that the embedded service has acknowledged is there
  repair   keep what can be read of a damaged store, and give the rest up
The service must be stopped. Exit status: 0 all is well or repaired, 1 damaged or not done, 2 wrong usage.
`;

const MAX_LISTED = 1000;

/** Set for the child that does the work. */
const IN_CHILD = 'STORE_REPAIR_CHILD';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { 'data-dir': { type: 'string' }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [verb, ...more] = positionals;
  const dataDir = values['data-dir'];
  if (dataDir === undefined || more.length > 0 || (verb !== 'check' && verb !== 'repair')) {
    process.stderr.write(USAGE);
    return 2;
  }
  const folder = join(resolve(dataDir), 'store');
  if (!existsSync(folder)) {
    process.stderr.write(
      `not done: there is no store in ${folder}; --data-dir takes what MPIC_DATA_DIR names\n`,
    );
    return 1;
  }
  if (verb === 'repair' && process.env[IN_CHILD] === undefined) return repairInChild();
  return verb === 'check' ? check(folder) : repair(folder);
}

/** LevelDB may end its process over a damaged table; somebody has to be left to say so. */
function repairInChild(): number {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    env: { ...process.env, [IN_CHILD]: '1' },
    stdio: 'inherit',
  });
  if (status === 0 || status === 1) return status;
  process.stderr.write(
    'not done: LevelDB ended over what it read, so nothing can be kept this way. The files as they were are in store.damaged ' +
      'beside the store; move the folder store away to start with an empty one, whose Request Tokens all count as unused\n',
  );
  return 1;
}

async function check(folder: string): Promise<number> {
  const { problems, checked } = await checkFolder(folder, systemClock);
  if (problems.length === 0) {
    process.stdout.write(`${checked} requests: all is there\n`);
    return 0;
  }
  process.stdout.write(`damaged:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
  return 1;
}

async function repair(folder: string): Promise<number> {
  const { kept, lost, keptIn } = await repairFolder(folder, systemClock.now);
  process.stdout.write(`${kept} requests kept, ${lost.length} known to be lost\n`);
  for (const requestId of lost.slice(0, MAX_LISTED)) process.stdout.write(`  lost: ${requestId}\n`);
  if (lost.length > MAX_LISTED) process.stdout.write(`  and ${lost.length - MAX_LISTED} more\n`);
  process.stdout.write(
    `the files as they were are in ${keptIn}; what was written last may be lost without a trace, compare with the audit trail\n`,
  );
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const why = isInUse(error)
      ? 'another process uses the store: stop the service first'
      : describeError(error);
    const isUsage = error instanceof TypeError;
    process.stderr.write(`not done: ${why}\n${isUsage ? USAGE : ''}`);
    process.exit(isUsage ? 2 : 1);
  },
);
