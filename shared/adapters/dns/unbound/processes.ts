import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const PS_TIMEOUT_MS = 5000;

/**
 * Start time of a process, which with its id identifies it, because process ids are reused; null if there is no such
 * process, or if this system has no /proc. In clock ticks since boot.
 */
export function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22, counted from the end of the name, which may contain spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Processes with `argument` on their command line. */
export async function findByArgument(argument: string): Promise<readonly number[]> {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.filter((pid) => argumentsOf(pid).includes(argument)).map(Number);
  } catch {
    return findByPs(argument);
  }
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Fallback for systems without /proc. */
function findByPs(argument: string): Promise<readonly number[]> {
  return new Promise((resolve) => {
    execFile('ps', ['-axo', 'pid=,command='], { timeout: PS_TIMEOUT_MS }, (_error, output) => {
      const lines = output.split('\n').map((line) => line.trim().split(/\s+/));
      resolve(lines.filter(([, ...words]) => words.includes(argument)).map(([pid]) => Number(pid)));
    });
  });
}
