import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../../shared/contract/settings/configuration-error.ts';
import { escapeUnseen } from '../../shared/domain/net/quote.ts';
import { addExamples, CommandError, EXIT, type Io } from './shell/command.ts';

/** The module of a command: it gives the command its options and says what it does. */
interface CommandModule {
  /** @param whole the command line with the code of every command */
  defineCommand(command: Command, io: Io, whole: () => Promise<Command>): void;
}

/** Every command: what it is for, and its code, which is loaded only for the command that is called. */
const COMMANDS: Readonly<Record<string, readonly [summary: string, load: () => Promise<CommandModule>]>> = {
  start: ['run the service; takes the settings of the service', () => import('./start.ts')],
  try: ['see a first verdict, without a network', () => import('./ask/try.ts')],
  check: ['check a name or an address, and show what each perspective said', () => import('./ask/check.ts')],
  contacts: [
    'retrieve the contacts of a name that the perspectives agree on',
    () => import('./ask/contacts.ts'),
  ],
  get: ['show how far a request is, and its verdict', () => import('./ask/get.ts')],
  explain: ['explain why a check is not valid, and what to do', () => import('./ask/explain.ts')],
  perspectives: [
    'list the perspectives, how far apart they are, and whether they meet the rules',
    () => import('./ask/perspectives.ts'),
  ],
  batch: ['check many names, and go on where that was ended', () => import('./batch/command.ts')],
  audit: ['find, show, export and check audit records', () => import('./audit/command.ts')],
  cost: ['estimate what a deployment costs in a month', () => import('./cost/command.ts')],
  data: [
    'back up, restore, export and import the records of a service on AWS',
    () => import('./data/command.ts'),
  ],
  deployment: ['find, prepare or remove a deployment on AWS', () => import('./deployment/command.ts')],
  replay: [
    'decide recorded requests once more from their audit records',
    () => import('./replay/command.ts'),
  ],
  verify: ['check a deployed service', () => import('./verify/main.ts')],
  store: ['check or repair the data folder of the embedded service', () => import('./store/command.ts')],
  completion: ['print the completion of these commands for a shell', () => import('./manual/command.ts')],
};

/** What `--help` and the manual say of the exit statuses. */
export const EXIT_STATUSES = `
Exit status of all commands but start: 0 done and good; 1 done and not good (a check failed, a decision differs, records
are in conflict, a store is damaged); 2 not done; 64 wrong usage.`;

/** One command of the command line, from its arguments to its exit status. Nothing is thrown. */
export async function runMpic(argv: readonly string[], io: Io): Promise<number> {
  const program = createProgram(io);
  try {
    if (argv[0] === '--version' || argv[0] === '-V') {
      const { describeVersion } = await import('./version.ts');
      io.out(describeVersion(new Date(io.clock.now())));
      return EXIT.ok;
    }
    // The help of a command is in its own module, which only calling it loads.
    const [first, ...rest] = argv;
    const words = first === 'help' && rest.length > 0 ? [...rest, '--help'] : argv;
    await program.parseAsync(words, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return explain(error, callOf(program, argv), io);
  }
}

/** The command line without the code of any command. */
export function createProgram(io: Io): Command {
  const program = new Command('mpic')
    .description('Multi-Perspective Issuance Corroboration: the service, and the commands of its operator.')
    .option('-V, --version', 'print version, commit and rulebook')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.error,
      // Told in `explain`, with the command that it is about.
      outputError: () => {},
    })
    .hook('preSubcommand', async (_, command) => {
      const [, load] = COMMANDS[command.name()] ?? [];
      (await load?.())?.defineCommand(command, io, () => createWholeProgram(io));
    });
  for (const [name, [summary]] of Object.entries(COMMANDS))
    program.command(name).summary(summary).description(`${summary}.`);
  addExamples(program, ['mpic start --port 3000', 'mpic help verify']);
  return program.addHelpText('after', EXIT_STATUSES);
}

/** The command line with the code of every command: for the manual and for completion. */
export async function createWholeProgram(io: Io): Promise<Command> {
  const program = createProgram(io);
  for (const command of program.commands) {
    const [, load] = COMMANDS[command.name()] ?? [];
    (await load?.())?.defineCommand(command, io, () => createWholeProgram(io));
  }
  return program;
}

/** `mpic data export`, as far as there are such commands. */
function callOf(program: Command, argv: readonly string[]): string {
  const path = ['mpic'];
  let command: Command | undefined = program;
  for (const word of argv) {
    command = command.commands.find((one) => one.name() === word);
    if (command === undefined) break;
    path.push(word);
  }
  return path.join(' ');
}

/** Says in one line what ended the command, unless it has been said; a stack trace never. */
function explain(error: unknown, call: string, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    // Without a command its help has been shown.
    if (error.code !== 'commander.help')
      io.error(`${call}: ${usageMessage(error)}; ${call} --help explains\n`);
    return EXIT.usage;
  }
  if (error instanceof ConfigurationError) {
    io.error(error.problems.map((problem) => `${call}: ${problem}\n`).join(''));
    return EXIT.failed;
  }
  if (error instanceof CommandError) {
    const remedy = error.exitStatus === EXIT.usage ? `; ${call} --help explains` : '';
    if (error.message !== '') io.error(`${call}: ${error.message}${remedy}\n`);
    return error.exitStatus;
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  io.error(`${call}: unexpected ${reason.split('\n').map(escapeUnseen).join(' ')}\n`);
  return EXIT.failed;
}

/** In one line, and without the value that `--name=value` has: it may be a secret that slipped from its option. */
function usageMessage({ message }: CommanderError): string {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n');
  const shown = first.replace(/^(unknown option '--[\w-]*)=.*'/s, "$1'").replace(/\.$/, '');
  return [shown, ...more].map(escapeUnseen).join(' ');
}
