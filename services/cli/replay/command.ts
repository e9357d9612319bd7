import type { Command } from 'commander';
import * as z from 'zod';
import { define, type Io, option } from '../shell/command.ts';
import { runReplay } from './run.ts';

const OPTIONS = {
  trail: option(
    '<path...>',
    'file of audit records, folder with such files (*.jsonl), or - for standard input',
    z.array(z.string()),
  ),
  id: option('<mpic_id>', 'only the decisions of this request', z.string().optional()),
  asOf: option(
    '<YYYY-MM-DD>',
    'under the rules of that day; without it, of the day in the record',
    z.iso.date('is not a date like 2027-03-15').optional(),
  ),
  json: option('', 'one line of JSON per decision', z.boolean().default(false)),
};

/** `mpic replay`: does a recorded decision follow from its records, and what would it be under the rules of another day? */
export function defineCommand(command: Command, io: Io): void {
  command.description(
    'Decide recorded attempts once more from their audit records, and say where the outcome is another one. Exit status 1 when a ' +
      'decision could not be replayed or, without --as-of, came out otherwise.',
  );
  define(
    command,
    OPTIONS,
    [
      'mpic replay --trail ~/.local/state/mpic/audit',
      'mpic replay --trail ~/.local/state/mpic/audit --as-of 2027-03-15 --json',
    ],
    (options) => runReplay(options, io),
  );
}
