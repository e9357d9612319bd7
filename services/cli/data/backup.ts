import { CreateBackupCommand, DescribeBackupCommand, ListBackupsCommand } from '@aws-sdk/client-dynamodb';
import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { CommandError, EXIT } from '../shell/command.ts';
import { pollUntil, type Report, type Session } from './session.ts';

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
    exitStatus: EXIT.ok,
  };
}

/** The on-demand backups of both tables, also of tables that were deleted, oldest first. */
export async function listBackups(session: Session, { requests, results }: TableNames): Promise<Report> {
  const found = [...(await backupsOf(session, requests)), ...(await backupsOf(session, results))];
  found.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  const lines = found.map(
    ({ createdAt, status, bytes, arn }) => `${createdAt}  ${status}  ${describeSize(bytes)}  ${arn}`,
  );
  return {
    text: lines.join('\n') || 'there are no on-demand backups of these tables',
    data: { backups: found },
    exitStatus: EXIT.ok,
  };
}

/** `<table>-<UTC time>`, cut where DynamoDB would refuse it. */
export function backupName(table: string, now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${table.slice(0, MAX_NAME_CHARACTERS - time.length - 1)}-${time}`;
}

/** Made once more where the answer was lost: a second backup of the same name does no harm. */
async function createBackup({ client, clock, signal }: Session, table: string): Promise<Backup> {
  const name = backupName(table, clock.now());
  const { BackupDetails } = await client.send(
    new CreateBackupCommand({ TableName: table, BackupName: name }),
    { abortSignal: signal },
  );
  if (BackupDetails?.BackupArn === undefined)
    throw new CommandError(`DynamoDB does not say where the backup ${name} is`);
  return { table, name, arn: BackupDetails.BackupArn };
}

async function untilAvailable(session: Session, backup: Backup) {
  const what = `${backup.arn} is still being made, and goes on without this command`;
  const bytes = await pollUntil(session, POLL_MS, what, async () => {
    const { BackupDescription } = await session.client.send(
      new DescribeBackupCommand({ BackupArn: backup.arn }),
      { abortSignal: session.signal },
    );
    const { BackupStatus, BackupSizeBytes = 0 } = BackupDescription?.BackupDetails ?? {};
    if (BackupStatus === 'DELETED') throw new CommandError(`${backup.arn} was deleted meanwhile`);
    return BackupStatus === 'AVAILABLE' ? BackupSizeBytes : null;
  });
  return { ...backup, bytes };
}

async function backupsOf({ client, signal }: Session, table: string) {
  const found = [];
  let after: string | undefined;
  do {
    const page = await client.send(
      new ListBackupsCommand({ TableName: table, ExclusiveStartBackupArn: after }),
      { abortSignal: signal },
    );
    for (const backup of page.BackupSummaries ?? [])
      found.push({
        table: backup.TableName ?? '',
        arn: backup.BackupArn ?? '',
        createdAt: backup.BackupCreationDateTime?.toISOString() ?? '',
        status: backup.BackupStatus ?? '',
        bytes: backup.BackupSizeBytes ?? 0,
      });
    after = page.LastEvaluatedBackupArn;
  } while (after !== undefined);
  return found;
}

function describeSize(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
