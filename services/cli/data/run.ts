import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../shared/ports/clock.ts';
import { describeFailure } from './aws-errors.ts';
import { backUp, listBackups } from './backup.ts';
import { UsageError } from './errors.ts';
import { exportRecords } from './export.ts';
import { importRecords } from './import.ts';
import { type Command, parseCommand, type RemoteCommand } from './options.ts';
import { policyFor } from './policy.ts';
import { restore } from './restore.ts';
import type { Report, Session } from './session.ts';
import { USAGE } from './usage.ts';
import { verifyExport } from './verify-export.ts';

/** The world as the command sees it. */
export interface DataIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  openClient(region: string): DynamoDBClient;
  /** The outcome, for standard output. */
  print(text: string): void;
  /** What goes on and what went wrong, for standard error. */
  note(text: string): void;
}

export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

const MS_PER_MINUTE = 60_000;

/** `npm run data`: one verb, from command line to exit status. */
export async function runData(argv: readonly string[], io: DataIo): Promise<number> {
  const command = readCommand(argv, io);
  if (command === null) return EXIT_USAGE;
  if (command.verb === 'help') {
    io.print(USAGE);
    return 0;
  }
  if (command.verb === 'policy') {
    io.print(`${JSON.stringify(policyFor(command.of, command, command.tables, command.targets), null, 2)}\n`);
    return 0;
  }
  try {
    const report =
      command.verb === 'verify-export'
        ? await verifyExport(command.folder, io.signal)
        : await runRemotely(command, io);
    io.print(
      command.json ? `${JSON.stringify({ verb: command.verb, ...report.data })}\n` : `${report.text}\n`,
    );
    return report.exitStatus;
  } catch (error) {
    const region = 'region' in command ? command.region : '';
    const why = io.signal.aborted
      ? describeInterruption(command.verb)
      : describeFailure(error, { verb: command.verb, region });
    io.note(`${command.verb}: ${why}`);
    return EXIT_FAILURE;
  }
}

function readCommand(argv: readonly string[], { environment, clock, note }: DataIo): Command | null {
  try {
    return parseCommand(argv, environment, clock.now());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    note(`${error.message}\nnpm run data -- --help lists verbs and options`);
    return null;
  }
}

async function runRemotely(command: RemoteCommand, io: DataIo): Promise<Report> {
  const client = io.openClient(command.region);
  try {
    return await runVerb(command, {
      client,
      region: command.region,
      clock: io.clock,
      until: io.clock.monotonic() + command.timeoutMinutes * MS_PER_MINUTE,
      timeoutMinutes: command.timeoutMinutes,
      signal: io.signal,
      note: io.note,
    });
  } finally {
    client.destroy();
  }
}

function runVerb(command: RemoteCommand, session: Session): Promise<Report> {
  switch (command.verb) {
    case 'backup':
      return backUp(session, command.tables);
    case 'backups':
      return listBackups(session, command.tables);
    case 'restore':
      return restore(session, command.source, command.to);
    case 'export':
      return exportRecords(session, command);
    case 'import':
      return importRecords(session, command.tables, command.folder);
  }
}

function describeInterruption(verb: Command['verb']): string {
  switch (verb) {
    case 'export':
      return 'interrupted; what was written is removed';
    case 'import':
      return 'interrupted; what was added stays, and the same command adds the rest';
    case 'backup':
    case 'restore':
      return 'interrupted; what DynamoDB has begun goes on without this command';
    default:
      return 'interrupted';
  }
}
