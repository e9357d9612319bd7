import {
  type BackupSummary,
  CreateBackupCommand,
  DescribeBackupCommand,
  ListBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { OperationError } from './errors.ts';
import { pollUntil, retrying } from './retry.ts';
import type { Report, Session } from './session.ts';

const POLL_MS = 3000;
const MAX_NAME_CHARACTERS = 255;

interface Backup {
  readonly table: string;
  readonly name: string;
  readonly arn: string;
}

/**
 * Backups of both tables. Requests come first: results are written before the verdict on them, so whatever a request in
 * its backup rests on is in the backup of results, which is a moment younger.
 */
export async function backUp(session: Session, { requests, results }: TableNames): Promise<Report> {
  const backups = [await createBackup(session, requests), await createBackup(session, results)];
  for (const { arn } of backups) session.note(`${arn} is being made`);
  const done = await Promise.all(backups.map((backup) => untilAvailable(session, backup)));
  return {
    text: done.map(({ arn, bytes }) => `${arn}  ${describeSize(bytes)}`).join('\n'),
    data: { backups: done },
    exitStatus: 0,
  };
}

/** The on-demand backups of both tables, also of tables that were deleted, oldest first. */
export async function listBackups(session: Session, tables: TableNames): Promise<Report> {
  const found = [
    ...(await backupsOf(session, tables.requests)),
    ...(await backupsOf(session, tables.results)),
  ].map(summarize);
  found.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  const lines = found.map(
    ({ createdAt, status, bytes, arn }) => `${createdAt}  ${status}  ${describeSize(bytes)}  ${arn}`,
  );
  return {
    text: lines.length === 0 ? 'there are no on-demand backups of these tables' : lines.join('\n'),
    data: { backups: found },
    exitStatus: 0,
  };
}

/** `<table>-<UTC time>`, cut where DynamoDB would refuse it. */
export function backupName(table: string, now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${table.slice(0, MAX_NAME_CHARACTERS - time.length - 1)}-${time}`;
}

/** Sent once: there is no token by which DynamoDB would know a repetition. */
async function createBackup({ client, clock, signal }: Session, table: string): Promise<Backup> {
  const name = backupName(table, clock.now());
  const { BackupDetails } = await client.send(
    new CreateBackupCommand({ TableName: table, BackupName: name }),
    { abortSignal: signal },
  );
  if (BackupDetails?.BackupArn === undefined)
    throw new OperationError(`DynamoDB does not say where the backup ${name} is`);
  return { table, name, arn: BackupDetails.BackupArn };
}

async function untilAvailable(session: Session, backup: Backup) {
  const what = `${backup.arn} is still being made, and goes on without this command`;
  const bytes = await pollUntil(session, POLL_MS, what, async () => {
    const { BackupDescription } = await retrying(session, () =>
      session.client.send(new DescribeBackupCommand({ BackupArn: backup.arn }), {
        abortSignal: session.signal,
      }),
    );
    const details = BackupDescription?.BackupDetails;
    if (details?.BackupStatus === 'DELETED') throw new OperationError(`${backup.arn} was deleted meanwhile`);
    return details?.BackupStatus === 'AVAILABLE' ? (details.BackupSizeBytes ?? 0) : null;
  });
  return { ...backup, bytes };
}

async function backupsOf(session: Session, table: string): Promise<readonly BackupSummary[]> {
  const found: BackupSummary[] = [];
  let after: string | undefined;
  do {
    const input = { TableName: table, ...(after === undefined ? {} : { ExclusiveStartBackupArn: after }) };
    const page = await retrying(session, () =>
      session.client.send(new ListBackupsCommand(input), { abortSignal: session.signal }),
    );
    found.push(...(page.BackupSummaries ?? []));
    after = page.LastEvaluatedBackupArn;
  } while (after !== undefined);
  return found;
}

function summarize(backup: BackupSummary) {
  return {
    table: backup.TableName ?? '',
    arn: backup.BackupArn ?? '',
    createdAt: backup.BackupCreationDateTime?.toISOString() ?? '',
    status: backup.BackupStatus ?? '',
    bytes: backup.BackupSizeBytes ?? 0,
  };
}

function describeSize(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
