import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  readonly script: URL;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface StartedChild {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The first line on its standard output: it is ready. */
  readonly firstLine: string;
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 15_000;

/** Start a Node program of ours and wait for its first line. Its standard error is ours. */
export async function startChild({
  script,
  args = [],
  nodeArgs = [],
  env,
}: ChildOptions): Promise<StartedChild> {
  const child = spawn(process.execPath, [...nodeArgs, fileURLToPath(script), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const { pid, stdout } = child;
  if (pid === undefined || stdout === null) throw new Error(`${script.pathname} cannot be started`);
  const ended = once(child, 'exit');
  const line = new Promise<string>((resolve) => createInterface({ input: stdout }).once('line', resolve));
  const failure = ended.then(([code]) => {
    throw new Error(`${script.pathname} ended with status ${code}`);
  });
  const firstLine = await Promise.race([line, failure]);
  failure.catch(() => {});
  return {
    child,
    pid,
    firstLine,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(kill);
    },
  };
}

/** The environment without settings of the service: what is measured is what the bench says. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !/^(?:MPIC|AWS)_/.test(name));
  return { ...Object.fromEntries(rest), NODE_NO_WARNINGS: '1' };
}
