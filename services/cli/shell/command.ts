import { type Command, Option } from 'commander';
import type * as z from 'zod';
import type { Clock } from '../../../shared/ports/clock.ts';

/** The exit statuses of all commands: what an operator's script branches on. */
export const EXIT = {
  /** Done, and the answer is yes. */
  ok: 0,
  /** Done, and the answer is no: a check failed, a decision differs, records are in conflict, a store is damaged. */
  no: 1,
  /** Not done: something could not be read, reached or written, or the work was interrupted. */
  failed: 2,
  /** Wrong usage; `EX_USAGE` of sysexits.h. */
  usage: 64,
} as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The world as a command sees it. */
export interface Io {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly stdin: AsyncIterable<Buffer>;
  /** Standard error is a terminal, where lines can be written over. */
  readonly isTerminal: boolean;
  /** From then on Ctrl-C aborts the signal and does not end the process. */
  catchInterrupts(): AbortSignal;
  /** The outcome, for standard output. */
  out(text: string): void;
  /** What goes on and what went wrong, for standard error. */
  error(text: string): void;
}

/**
 * The command ends here. The message is a sentence that says what to do, without secrets and without unseen characters; it is
 * empty where everything has been said.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitStatus: number;

  constructor(message: string, exitStatus: number = EXIT.failed) {
    super(message);
    this.exitStatus = exitStatus;
  }
}

/** The command line asks for something that cannot be meant. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, EXIT.usage);
  }
}

/** An option: what stands for its value in the help ('' for a switch), what it means, and what it has to be. */
export interface OptionSpec<Schema extends z.ZodType = z.ZodType> {
  readonly value: string;
  readonly meaning: string;
  readonly schema: Schema;
}

/** By the name that code uses: `maxReadUnits` is `--max-read-units`. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: z.output<Specs[Name]['schema']>;
};

export function option<Schema extends z.ZodType>(
  value: string,
  meaning: string,
  schema: Schema,
): OptionSpec<Schema> {
  return { value, meaning, schema };
}

/** `maxReadUnits` as `max-read-units`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Give a command its options, its examples and what it does.
 *
 * @param run resolves with the exit status; gets the arguments that are not options, too
 */
export function define<Specs extends OptionSpecs>(
  command: Command,
  specs: Specs,
  examples: readonly string[],
  run: (values: OptionValues<Specs>, operands: readonly string[]) => number | Promise<number>,
): void {
  addOptions(command, specs);
  addExamples(command, examples);
  command.action(async () => {
    const status = await run(readOptions(specs, command.opts()), command.args);
    if (status !== EXIT.ok) throw new CommandError('', status);
  });
}

/** Give a command its options; {@link readOptions} reads what it parsed. */
export function addOptions(command: Command, specs: OptionSpecs): Command {
  for (const [name, { value, meaning, schema }] of Object.entries(specs))
    command.addOption(new Option(`--${flagOf(name)} ${value}`.trim(), meaning + describeDefault(schema)));
  return command;
}

const examplesByCommand = new WeakMap<Command, readonly string[]>();

/** The examples of a command; none for one that only has further commands. */
export function examplesOf(command: Command): readonly string[] {
  return examplesByCommand.get(command) ?? [];
}

export function addExamples(command: Command, examples: readonly string[]): void {
  examplesByCommand.set(command, examples);
  const lines = examples.map((line) => `  ${line}`).join('\n');
  command.addHelpText('after', `\nExample${examples.length === 1 ? '' : 's'}:\n${lines}`);
}

/** @throws UsageError for the first option that is missing or is not what it has to be; never holds the value itself. */
export function readOptions<Specs extends OptionSpecs>(
  specs: Specs,
  raw: Readonly<Record<string, unknown>>,
): OptionValues<Specs> {
  const values = Object.entries(specs).map(([name, { value, meaning, schema }]) => {
    const read = schema.safeParse(raw[name]);
    if (read.success) return [name, read.data];
    const why = raw[name] === undefined ? `is missing: ${value}, ${meaning}` : read.error.issues[0]?.message;
    throw new UsageError(`--${flagOf(name)} ${why}`);
  });
  return Object.fromEntries(values) as OptionValues<Specs>;
}

function describeDefault(schema: z.ZodType): string {
  const { data } = schema.safeParse(undefined);
  return data === undefined || data === null || data === false ? '' : `, default ${data}`;
}
