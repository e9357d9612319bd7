import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { AwsEndpoints } from '../../../shared/adapters/aws/clients.ts';
import type { EmulatorOptions } from './emulators.ts';

export interface EmulatorProcess {
  readonly endpoints: Required<AwsEndpoints>;
  /** Rejects never; resolves when the process has ended for whatever reason. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface EmulatorProcessOptions extends EmulatorOptions {
  /** The bundled `emulator-process.ts`. */
  readonly entry: string | URL;
}

const endpointsSchema = z.object({ dynamodb: z.url(), sqs: z.url(), eventbridge: z.url() });

const CLOSE_GRACE_MS = 5000;

/** Run the emulators in a child process. It ends with this process, whatever ends this one. */
export async function startEmulatorProcess({
  entry,
  dataDir,
}: EmulatorProcessOptions): Promise<EmulatorProcess> {
  const child = fork(entry, [JSON.stringify({ dataDir })], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    return { endpoints: await readEndpoints(child), ended, close: () => closeChild(child, ended) };
  } catch (error) {
    await closeChild(child, ended);
    throw error;
  }
}

async function readEndpoints(child: ChildProcess): Promise<Required<AwsEndpoints>> {
  if (child.stdout === null) throw new Error('emulator process has no output');
  const line = await Promise.race([firstLine(child.stdout), childFailure(child)]);
  return endpointsSchema.parse(JSON.parse(line));
}

async function firstLine(output: Readable): Promise<string> {
  const lines = createInterface({ input: output });
  const [line] = await once(lines, 'line');
  return String(line);
}

function childFailure(child: ChildProcess): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`emulator process ended early: ${signal ?? code}`)),
    );
  });
}

async function closeChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_GRACE_MS);
  await ended;
  clearTimeout(timer);
}
