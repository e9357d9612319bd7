import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { describeError } from '../../../shared/adapters/embedded/database.ts';
import { checkFolder, isInUse, repairFolder } from '../../../shared/adapters/embedded/store-folder.ts';
import { CommandError, define, EXIT, type Io, option } from '../shell/command.ts';

const MAX_LISTED = 1000;

/** Set for the child that does the work. */
const IN_CHILD = 'STORE_REPAIR_CHILD';

const OPTIONS = { dataDir: option('<folder>', 'what MPIC_DATA_DIR names', z.string().min(1)) };

/** `mpic store`: the records of the embedded service, which must be stopped. */
export function defineCommand(command: Command, io: Io): void {
  define(
    command
      .command('check')
      .description('look whether all that the embedded service has acknowledged is there'),
    OPTIONS,
    ['mpic store check --data-dir ~/.local/state/mpic'],
    ({ dataDir }) => inStore(dataDir, (folder) => check(folder, io)),
  );
  define(
    command.command('repair').description('keep what can be read of a damaged store, and give the rest up'),
    OPTIONS,
    ['mpic store repair --data-dir ~/.local/state/mpic'],
    ({ dataDir }) =>
      inStore(dataDir, (folder) =>
        io.environment[IN_CHILD] === undefined ? repairInChild(io) : repair(folder, io),
      ),
  );
}

async function inStore(dataDir: string, work: (folder: string) => number | Promise<number>): Promise<number> {
  const folder = join(resolve(dataDir), 'store');
  if (!existsSync(folder))
    throw new CommandError(`there is no store in ${folder}; --data-dir takes what MPIC_DATA_DIR names`);
  try {
    return await work(folder);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (isInUse(error)) throw new CommandError('another process uses the store: stop the service first');
    throw new CommandError(describeError(error));
  }
}

/** LevelDB may end its process over a damaged table; somebody has to be left to say so. */
function repairInChild({ environment }: Io): number {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    env: { ...environment, [IN_CHILD]: '1' },
    stdio: 'inherit',
  });
  if (status === EXIT.ok || status === EXIT.failed) return status;
  throw new CommandError(
    'LevelDB ended over what it read, so nothing can be kept this way. The files as they were are in store.damaged ' +
      'beside the store; move the folder store away to start with an empty one, whose Request Tokens all count as unused',
  );
}

async function check(folder: string, { clock, out }: Io): Promise<number> {
  const { problems, checked } = await checkFolder(folder, clock);
  if (problems.length === 0) {
    out(`${checked} requests: all is there\n`);
    return EXIT.ok;
  }
  out(`damaged:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
  return EXIT.no;
}

async function repair(folder: string, { clock, out }: Io): Promise<number> {
  const { kept, lost, keptIn } = await repairFolder(folder, clock.now);
  out(`${kept} requests kept, ${lost.length} known to be lost\n`);
  for (const requestId of lost.slice(0, MAX_LISTED)) out(`  lost: ${requestId}\n`);
  if (lost.length > MAX_LISTED) out(`  and ${lost.length - MAX_LISTED} more\n`);
  out(
    `the files as they were are in ${keptIn}; what was written last may be lost without a trace, compare with the audit trail\n`,
  );
  return EXIT.ok;
}
