import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Run } from './run-command.ts';

const PROGRAM = 'dist/mpic.mjs';
const started: ChildProcess[] = [];

/** `mpic` from `dist` in a process of its own, with nothing of the developer's own settings. */
export function startProgram(argv: readonly string[], settings: NodeJS.ProcessEnv = {}): ChildProcess {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('MPIC_'));
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    env: { ...Object.fromEntries(others), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

/** What it came to. */
export async function runProgram(argv: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = startProgram(argv, settings);
  const [out, error, [status]] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    once(child, 'close'),
  ]);
  return { status: status as number, out, error };
}

/** Ends what a failed test has left running. */
export function endPrograms(): void {
  for (const child of started.splice(0)) child.kill('SIGKILL');
}
