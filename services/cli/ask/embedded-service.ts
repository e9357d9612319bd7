import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { settingsFor } from '../../../shared/contract/settings/read-settings.ts';
import { SETTINGS } from '../../../shared/contract/settings/settings.ts';
import { escapeUnseen } from '../../../shared/domain/net/quote.ts';
import { CommandError, type Environment } from '../shell/command.ts';

/** A service that runs for one command. */
export interface EmbeddedService {
  readonly url: string;
  /** Resolves when its process is gone. */
  stop(): Promise<void>;
}

/** Longest time from the start of the process until it serves, resolvers included, milliseconds. */
const START_MS = 30_000;
/** How long a stopping service gets before it is told again, which ends it at once; then it is killed, milliseconds. */
const STOP_MS = 1500;
const MAX_COMPLAINT_CHARACTERS = 4000;

/** A few requests at most, so that the usual limit of open files is enough. */
const FLAGS = [
  ...['--host', '127.0.0.1', '--port', '0', '--data-dir', ':memory:'],
  ...['--log-level', 'error', '--max-running', '16'],
];

/** What this command says itself, or what is for a service with callers. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(
  [
    SETTINGS.backend,
    SETTINGS.apiKeys,
    SETTINGS.apiKeysFile,
    SETTINGS.maxRunningPerCaller,
    ...settingsFor('command').map(([, setting]) => setting),
  ].map(({ name }) => name),
);

/**
 * Runs the service as `mpic start` does, in a process of its own that ends with this one, on a free port of loopback and
 * with nothing kept.
 *
 * @param environment its settings
 * @param flags settings that win over those
 * @throws CommandError when it does not serve in time, or `signal` aborts
 */
export async function startEmbeddedService(
  environment: Environment,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<EmbeddedService> {
  const child = fork(new URL('mpic.mjs', import.meta.url), ['start', ...FLAGS, ...flags], {
    env: Object.fromEntries(Object.entries(environment).filter(([name]) => !NOT_PASSED_ON.has(name))),
    execArgv: [],
    // Ctrl-C on the terminal is for this process, which then ends the other one in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const stop = () => stopChild(child);
  try {
    return { url: await readUrl(child, signal), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readUrl(child: ChildProcess, signal: AbortSignal): Promise<string> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT_CHARACTERS);
  });
  const ends = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
  try {
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const [line] = await Promise.race([
      once(lines, 'line', { signal: ends }),
      once(child, 'close', { signal: ends }),
    ]);
    const url = /^listening on (http:\/\/\S+)$/.exec(String(line))?.[1];
    if (url !== undefined) return url;
  } catch {
    if (signal.aborted) throw new CommandError('interrupted');
    if (ends.aborted)
      throw new CommandError(`the service did not start within ${START_MS / 1000} s${tellAll(complaint)}`);
  }
  throw new CommandError(`the service did not start${tellAll(complaint)}`);
}

/** What the service wrote, in one line. */
function tellAll(complaint: string): string {
  const lines = complaint.split('\n').map((line) => line.trim().replace(/^- /, ''));
  const shown = lines.filter((line) => line !== '' && line !== 'The service cannot start:');
  return shown.length === 0 ? '' : `: ${shown.map(escapeUnseen).join('; ')}`;
}

async function stopChild(child: ChildProcess): Promise<void> {
  const isGone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGKILL'] as const) {
    if (isGone()) return;
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) }).catch(() => {});
    child.kill(signal);
    await exited;
  }
}
