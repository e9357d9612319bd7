import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const PS_TIMEOUT_MS = 5000;

/**
 * When a process started, in a form that differs from that of any other process that has or had its number; null when there
 * is none, or this system has no /proc. Processes are told apart by it because their numbers come round again.
 */
export function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22, counted from behind the name, which may hold spaces and parentheses.
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
    // It is there, and somebody else's.
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

/** Where there is no /proc. */
function findByPs(argument: string): Promise<readonly number[]> {
  return new Promise((resolve) => {
    execFile('ps', ['-axo', 'pid=,command='], { timeout: PS_TIMEOUT_MS }, (_error, output) => {
      const lines = output.split('\n').map((line) => line.trim().split(/\s+/));
      resolve(lines.filter(([, ...words]) => words.includes(argument)).map(([pid]) => Number(pid)));
    });
  });
}
