import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Skipped } from './skipped.ts';

/** Where everything of this run is: home folders, caches, tools, logs, the synthesised app. */
export interface WorkFolder {
  readonly path: string;
  /** Home and temporary folder of every command of this run but the emulator. */
  readonly home: string;
  readonly temporary: string;
  remove(): Promise<void>;
}

export async function createWorkFolder(): Promise<WorkFolder> {
  const parent = await realpath(tmpdir());
  refuseModules(parent);
  const path = await mkdtemp(join(parent, 'mpic-deploy-'));
  const [home, temporary] = [join(path, 'home'), join(path, 'tmp')];
  await Promise.all([home, temporary].map((folder) => mkdir(folder)));
  return {
    path,
    home,
    temporary,
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** The emulator starts functions with a file of its own that is CommonJS. Below a package of modules Node would not take it so. */
function refuseModules(folder: string): void {
  const file = join(folder, 'package.json');
  if (existsSync(file) && /"type"\s*:\s*"module"/.test(readFileSync(file, 'utf8')))
    throw new Skipped(`the temporary folder lies below ${file}, a package of type module; set TMPDIR`);
  const parent = dirname(folder);
  if (parent !== folder) refuseModules(parent);
}
