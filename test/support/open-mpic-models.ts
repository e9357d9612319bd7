import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The Python that has `open-mpic-core`, as `.ci/run` installs it into an environment of its own. */
const PYTHON = process.env.TEST_OPEN_MPIC_PYTHON ?? 'python3';
const SCRIPT = join(import.meta.dirname, 'open_mpic_models.py');

/** The release that these tests were written against; another one may know other members. */
export const REFERENCE_VERSION = '6.5.0';

/** Whether the reference is there; says in one line what is skipped without it. */
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
  /** What the model of this name makes of a text, as the reference would write it again. */
  read(model: string, text?: string): Promise<Read>;
  close(): void;
}

/** One process for all of a suite: importing the reference takes longer than anything it does. */
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
