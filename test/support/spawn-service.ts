import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A service in its own process, from `dist`. */
export interface SpawnedService {
  readonly child: ChildProcess;
  readonly url: string;
  /** Resolves with the exit code; null after a signal. */
  readonly exited: Promise<number | null>;
}

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PROGRAM = 'dist/local.mjs';

/** The environment without the developer's own settings. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MPIC_')));
}

/**
 * Start the service and wait until it serves; its standard error goes into `log`.
 *
 * @param within a command that runs the service in another environment, with the same process id.
 */
export async function spawnService(
  args: readonly string[],
  log: string[] = [],
  env: NodeJS.ProcessEnv = {},
  within: (command: readonly string[]) => readonly [string, ...string[]] = (command) =>
    command as [string, ...string[]],
): Promise<SpawnedService> {
  const [program, ...parameters] = within([process.execPath, PROGRAM, ...args]);
  const child = spawn(program, parameters, {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line').then(([line]) => String(line)), exited]);
  const url = typeof first === 'string' ? /^listening on (http:\/\/\S+)$/.exec(first)?.[1] : undefined;
  if (url === undefined) throw new Error(`the service did not start: ${String(first)}\n${log.join('')}`);
  return { child, url, exited };
}

/** Run a service that is expected to exit by itself. */
export async function runService(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Exit> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, stdout, stderr };
}
