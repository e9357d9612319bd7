import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { poll } from './poll.ts';

export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A command that ended. */
export interface Ended {
  /** Null: ended by a signal, that of the time limit included. */
  readonly status: number | null;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

const KILL_GRACE_MS = 5_000;
const POLL_MS = 50;

/**
 * Processes, each in a group of its own, so that all that they start can be found and ended by the id of the group, and a
 * terminal's Ctrl-C reaches only the program that cleans up after them.
 */
export class ProcessGroups {
  readonly #leaders = new Set<number>();
  #isEnding = false;

  /** @throws Error when the run is being ended already. */
  start(command: string, args: readonly string[], { env, cwd }: CommandOptions): ChildProcess {
    if (this.#isEnding) throw new Error('this run is being ended');
    const child = spawn(command, args, {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { pid } = child;
    if (pid === undefined) return child;
    this.#leaders.add(pid);
    // The id may become that of somebody else's process; a group that outlives its leader keeps it.
    child.once('exit', () => {
      if (!listGroups().some(({ group }) => group === pid)) this.#leaders.delete(pid);
    });
    return child;
  }

  /** Run a command to its end. One that takes longer is killed with all it has started. Rejects if there is no such command. */
  run(
    command: string,
    args: readonly string[],
    { timeoutMs, ...options }: CommandOptions & { readonly timeoutMs: number },
  ): Promise<Ended> {
    const child = this.start(command, args, options);
    let [stdout, output] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        output += `\nnot done after ${timeoutMs} ms`;
        if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      }, timeoutMs);
      child.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.once('close', (status) => {
        clearTimeout(timer);
        resolve({ status, stdout, output });
      });
    });
  }

  /** End every process of every group: asked first, made to soon after. */
  async endAll(): Promise<void> {
    this.#isEnding = true;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const leader of this.#leaders) signalGroup(leader, signal);
      const gone = poll('all processes of this run ended', KILL_GRACE_MS, POLL_MS, async () =>
        this.listAlive().length === 0 ? true : null,
      );
      if (signal === 'SIGKILL') await gone;
      else if (await gone.catch(() => false)) return;
    }
  }

  /** Ids of the processes that still run. One that ended and waits to be collected does not. */
  listAlive(): readonly number[] {
    return listGroups()
      .filter(({ group }) => this.#leaders.has(group))
      .map(({ pid }) => pid);
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody of that group is left.
  }
}

interface Running {
  readonly pid: number;
  readonly group: number;
}

/** Every process of this machine that runs, with its group. */
function listGroups(): readonly Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap((pid) => {
      const group = readGroup(pid);
      return group === null ? [] : [{ pid, group }];
    });
}

/** Linux: the state and the process group are the first and third field behind the name, which may hold anything. */
function readGroup(pid: number): number | null {
  try {
    const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return state === 'Z' || state === 'X' ? null : Number(group);
  } catch {
    return null;
  }
}
