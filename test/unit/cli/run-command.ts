import { Readable } from 'node:stream';
import { runMpic } from '../../../services/cli/program.ts';
import type { Io } from '../../../services/cli/shell/command.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';

/** What a command came to. */
export interface Run {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

export interface World extends Partial<Omit<Io, 'stdin' | 'catchInterrupts' | 'out' | 'error'>> {
  readonly stdin?: string;
  /** In place of Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** `mpic` with these arguments in this process, with nothing of the developer's own environment. */
export async function runCommand(argv: readonly string[], world: World = {}): Promise<Run> {
  const shown = { out: '', error: '' };
  const status = await runMpic(argv, {
    environment: world.environment ?? {},
    clock: world.clock ?? systemClock,
    stdin: Readable.from([Buffer.from(world.stdin ?? '')]),
    isTerminal: world.isTerminal ?? false,
    catchInterrupts: () => world.signal ?? new AbortController().signal,
    out(text) {
      shown.out += text;
    },
    error(text) {
      shown.error += text;
    },
  });
  return { status, ...shown };
}
