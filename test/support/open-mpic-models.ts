import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The Python with `open-mpic-core`, which `.ci/run` installs into its own environment. */
const PYTHON = process.env.TEST_OPEN_MPIC_PYTHON ?? 'python3';
const SCRIPT = join(import.meta.dirname, 'open_mpic_models.py');

/** The release that these tests were written for; another release may have other members. */
export const REFERENCE_VERSION = '6.5.0';

/** Whether the reference is missing; then reports in one line what is skipped. */
export function skipWithoutReference(what: string): boolean {
  try {
    const print = "from importlib.metadata import version; print(version('open-mpic-core'))";
    const found = execFileSync(PYTHON, ['-c', print], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (found.trim() === REFERENCE_VERSION) return false;
    process.stderr.write(`skipped: ${what}; open-mpic-core is ${found.trim()}, not ${REFERENCE_VERSION}\n`);
  } catch {
    process.stderr.write(
      `skipped: ${what}; TEST_OPEN_MPIC_PYTHON names a Python with open-mpic-core ${REFERENCE_VERSION}\n`,
    );
  }
  return true;
}

export type Read =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: string };

export interface ReferenceModels {
  /** Parses a text with the model of this name and returns it as the reference serialises it. */
  read(model: string, text?: string): Promise<Read>;
  close(): void;
}

/** One process per suite, because importing the reference takes longer than any call. */
export function startReferenceModels(): ReferenceModels {
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { resolve: (read: Read) => void; reject: (error: Error) => void }[] = [];
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line) as Read));
  child.once('error', fail).once('close', (status) => fail(new Error(`the reference ended with ${status}`)));
  return {
    read(model, text = '') {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ model, text })}\n`);
      });
    },
    close() {
      child.stdin.end();
    },
  };
}
