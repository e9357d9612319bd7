import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import * as z from 'zod';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { buildRequest, REQUEST_OPTIONS } from '../ask/build-request.ts';
import { CONNECTION_OPTIONS, MAX_WAIT_S, MS_PER_SECOND, withService } from '../ask/connection.ts';
import { PARAMETER_OPTIONS } from '../ask/parameters.ts';
import { CommandError, define, EXIT, type Io, option, UsageError } from '../shell/command.ts';
import { numberFrom, toggle } from '../shell/values.ts';
import { type Names, readNames } from './names.ts';
import { openResults } from './results.ts';
import { runBatch, type Summary } from './run.ts';

/** More running requests need more open files than systems usually grant a process. */
const MAX_CONCURRENCY = 64;

const OPTIONS = {
  ...REQUEST_OPTIONS,
  ...CONNECTION_OPTIONS,
  concurrency: option('<n>', 'names that are checked at a time', numberFrom(1, MAX_CONCURRENCY).default(8)),
  results: option(
    '<file>',
    'file of the results, one line of JSON for each name; <file>.results.jsonl without it',
    z.string().optional(),
  ),
  wait: option('<s>', 'longest time for one name, seconds', numberFrom(1, MAX_WAIT_S).default(60)),
  json: option('', 'print the summary as JSON', toggle),
};

const EXAMPLES = [
  'mpic batch names.txt --caa-domains ca.example --url https://mpic.ca.example/v1 --key-file key.txt',
  'mpic batch names.txt --concurrency 32 --results monday.jsonl',
];

/** `mpic batch <file>`: the same check of many names, which goes on where it was ended. */
export function defineCommand(command: Command, io: Io): void {
  command
    .description(
      'Check many names: one a line, lines that are empty or begin with # are left out. Options are those of check. Each result is ' +
        'written to a file at once, and the same command goes on where it was ended: what has a verdict that may still be acted on ' +
        'is not asked again. Exit status 0 when all are valid, 1 when some are not, 2 when of some that could not be told.',
    )
    .argument('<file>', 'file of names, or - for standard input');
  define(command, { ...OPTIONS, ...PARAMETER_OPTIONS }, EXAMPLES, async (values, [file = '']) => {
    if (file === '-' && values.results === undefined)
      throw new UsageError('names from standard input need --results, the file of their results');
    const isParameter = (name: string) => Object.hasOwn(PARAMETER_OPTIONS, name);
    const given = Object.fromEntries(Object.entries(values).filter(([name]) => isParameter(name)));
    const requestFor = (target: string) => buildRequest(target, values, given);
    // What is wrong with the options is said before anything is read.
    const sample = requestFor('example.com');
    const names = await readFile(file, io);
    const check = digestOf({ ...sample, domain_or_ip_target: '' }, values.url ?? 'own service');
    const results = await openResults(values.results ?? `${file}.results.jsonl`, check);
    try {
      const batch = {
        targets: names.targets,
        requestFor,
        check,
        concurrency: values.concurrency,
        timeoutMs: values.wait * MS_PER_SECOND,
      };
      return await withService(
        values,
        io,
        async (client, signal) => {
          const summary = await runBatch(client, batch, results, signal, io);
          io.out(values.json ? `${JSON.stringify(toJson(names, summary))}\n` : describe(names, summary));
          return statusOf(summary);
        },
        ['--max-running', String(values.concurrency)],
      );
    } finally {
      await results.close();
    }
  });
}

async function readFile(file: string, io: Io): Promise<Names> {
  try {
    const names = await readNames(file === '-' ? io.stdin : file);
    if (names.targets.length > 0) return names;
    throw new CommandError(`${quoteInput(file)} holds no name`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new CommandError(`${quoteInput(file)} cannot be read (${code})`);
  }
}

function digestOf(request: object, service: string): string {
  return createHash('sha256')
    .update(JSON.stringify([service, request]))
    .digest('hex');
}

function toJson({ targets, duplicates }: Names, { tally, known }: Summary) {
  return { names: targets.length, duplicates, known, ...tally };
}

function describe({ targets, duplicates }: Names, { tally, known }: Summary): string {
  const { valid, undecided, rejected, failed } = tally;
  const lines = [
    `${targets.length} names: ${valid} valid, ${tally['not-valid']} not valid, ${undecided} undecided, ${rejected} rejected, ${failed} without an answer`,
    ...(known > 0 ? [`${known} of them from an earlier run`] : []),
    ...(duplicates > 0 ? [`lines that repeat a name, left out: ${duplicates}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function statusOf({ tally }: Summary): number {
  if (tally.undecided + tally.failed > 0) return EXIT.failed;
  return tally['not-valid'] + tally.rejected > 0 ? EXIT.no : EXIT.ok;
}
