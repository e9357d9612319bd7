import type { Command } from 'commander';
import { CommandError, define, type Io } from '../shell/command.ts';
import { OPTIONS, toOptions } from './options.ts';
import { verify } from './run.ts';

/** `mpic verify`: does a deployed service do what it is deployed for? */
export function defineCommand(command: Command, io: Io): void {
  command.description(
    'Check a deployed service by asking it what a CA would ask. Exit status 1 when a check failed. The API key is read from ' +
      'MPIC_VERIFY_KEY in the environment: command lines can be read by every user of the machine.',
  );
  const examples = [
    'mpic verify --url "$(npx mpic deployment url)"',
    'mpic verify --url http://127.0.0.1:3000 --json',
  ];
  define(command, OPTIONS, examples, (values) => {
    return verify(toOptions(values, io.environment), io).catch((error: unknown) => {
      // The message may hold the key.
      throw new CommandError(
        `the verification has to stop: ${error instanceof Error ? error.name : 'error'}`,
      );
    });
  });
}
