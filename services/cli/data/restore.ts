import {
  ResourceNotFoundException,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { describeTable, kindOfTable } from './check-table.ts';
import { OperationError } from './errors.ts';
import type { RestoreSource } from './options.ts';
import { remainingSteps } from './restore-steps.ts';
import { pollUntil, retrying } from './retry.ts';
import type { Report, Session } from './session.ts';

const POLL_MS = 10_000;

/**
 * A new table from a backup or from a point in time. What DynamoDB leaves off a restored table and what keeps records
 * safe, point-in-time recovery and deletion protection, is turned on here; the rest is told.
 */
export async function restore(session: Session, source: RestoreSource, to: string): Promise<Report> {
  if (await exists(session, to))
    throw new OperationError(`table ${to} exists already; restore makes a new table and never changes one`);
  await begin(session, source, to);
  session.note(`table ${to} is being restored; that takes from a few minutes to some hours`);
  const table = await untilActive(session, to);
  await turnOnPointInTimeRecovery(session, to);
  await turnOnDeletionProtection(session, to);
  const steps = remainingSteps(kindOfTable(table), to);
  return {
    text: [
      `${table.TableArn ?? to} is restored; point-in-time recovery and deletion protection are on`,
      'Still to be done:',
      ...steps.map((step) => `- ${step}`),
    ].join('\n'),
    data: { table: to, arn: table.TableArn ?? null, still_to_do: steps },
    exitStatus: 0,
  };
}

async function exists(session: Session, table: string): Promise<boolean> {
  try {
    await describeTable(session, table);
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

async function begin({ client, signal }: Session, source: RestoreSource, to: string): Promise<void> {
  const options = { abortSignal: signal };
  if (source.kind === 'backup') {
    const input = { BackupArn: source.arn, TargetTableName: to };
    await client.send(new RestoreTableFromBackupCommand(input), options);
  } else {
    const input = { SourceTableName: source.table, TargetTableName: to, RestoreDateTime: source.at };
    await client.send(new RestoreTableToPointInTimeCommand(input), options);
  }
}

function untilActive(session: Session, table: string): Promise<TableDescription> {
  const what =
    `table ${table} is still being restored, and goes on without this command; ` +
    'turn on its point-in-time recovery and deletion protection once it is ACTIVE';
  return pollUntil(session, POLL_MS, what, async () => {
    const description = await describeTable(session, table);
    const { TableStatus: status, RestoreSummary: summary } = description;
    return status === 'ACTIVE' && summary?.RestoreInProgress !== true ? description : null;
  });
}

/** A table that has just come to be may for some time not be ready for it. */
function turnOnPointInTimeRecovery(session: Session, table: string): Promise<unknown> {
  const command = new UpdateContinuousBackupsCommand({
    TableName: table,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  const what = `point-in-time recovery of ${table} could not be turned on; the records are there`;
  return untilDone(session, what, () => session.client.send(command, { abortSignal: session.signal }));
}

async function turnOnDeletionProtection(session: Session, table: string): Promise<void> {
  const command = new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: true });
  const what = `deletion protection of ${table} could not be turned on; the records are there`;
  await untilDone(session, what, () => session.client.send(command, { abortSignal: session.signal }));
  await untilActive(session, table);
}

const NOT_READY = new Set([
  'ContinuousBackupsUnavailableException',
  'ResourceInUseException',
  'TableInUseException',
]);

/** What `send` gives, once the table is not busy with another change. */
function untilDone<T>(session: Session, what: string, send: () => Promise<T>): Promise<T> {
  return pollUntil(session, POLL_MS, what, async () => {
    try {
      return await retrying(session, send);
    } catch (error) {
      if (error instanceof Error && NOT_READY.has(error.name)) return null;
      throw error;
    }
  });
}
