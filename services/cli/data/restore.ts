import {
  ResourceNotFoundException,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { CommandError, EXIT } from '../shell/command.ts';
import { describeTable, kindOfTable } from './check-table.ts';
import type { RecordKind } from './record-kind.ts';
import { pollUntil, type Report, type Session } from './session.ts';

/** Where a restored table comes from. */
export type RestoreSource =
  | { readonly kind: 'backup'; readonly arn: string }
  | { readonly kind: 'point-in-time'; readonly table: string; readonly at: Date };

const POLL_MS = 10_000;

/** The setting by which a process finds its table of each kind. */
const SETTINGS: Readonly<Record<RecordKind, string>> = {
  requests: 'MPIC_REQUESTS_TABLE',
  results: 'MPIC_RESULTS_TABLE',
};

const NOT_READY = new Set([
  'ContinuousBackupsUnavailableException',
  'ResourceInUseException',
  'TableInUseException',
]);

/**
 * A new table from a backup or from a point in time. What DynamoDB leaves off a restored table and what keeps records
 * safe, point-in-time recovery and deletion protection, is turned on here; the rest is told.
 */
export async function restore(session: Session, source: RestoreSource, to: string): Promise<Report> {
  const { client } = session;
  const options = { abortSignal: session.signal };
  if (await exists(session, to))
    throw new CommandError(`table ${to} exists already; restore makes a new table and never changes one`);
  await begin(session, source, to);
  session.note(`table ${to} is being restored; that takes from a few minutes to some hours`);
  const table = await untilActive(session, to);

  await untilReady(session, `point-in-time recovery of ${to}`, () =>
    client.send(
      new UpdateContinuousBackupsCommand({
        TableName: to,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
      options,
    ),
  );
  await untilReady(session, `deletion protection of ${to}`, () =>
    client.send(new UpdateTableCommand({ TableName: to, DeletionProtectionEnabled: true }), options),
  );
  await untilActive(session, to);

  const steps = remainingSteps(kindOfTable(table), to);
  return {
    text: [
      `${table.TableArn ?? to} is restored; point-in-time recovery and deletion protection are on`,
      'Still to be done:',
      ...steps.map((step) => `- ${step}`),
    ].join('\n'),
    data: { table: to, arn: table.TableArn ?? null, still_to_do: steps },
    exitStatus: EXIT.ok,
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

function begin({ client, signal }: Session, source: RestoreSource, to: string): Promise<unknown> {
  const options = { abortSignal: signal };
  if (source.kind === 'backup') {
    const input = { BackupArn: source.arn, TargetTableName: to };
    return client.send(new RestoreTableFromBackupCommand(input), options);
  }
  const input = { SourceTableName: source.table, TargetTableName: to, RestoreDateTime: source.at };
  return client.send(new RestoreTableToPointInTimeCommand(input), options);
}

function untilActive(session: Session, table: string): Promise<TableDescription> {
  const what =
    `table ${table} is still being restored, and goes on without this command; ` +
    'turn on its point-in-time recovery and deletion protection once it is ACTIVE';
  return pollUntil(session, POLL_MS, what, async () => {
    const description = await describeTable(session, table);
    const isDone = description.TableStatus === 'ACTIVE' && !description.RestoreSummary?.RestoreInProgress;
    return isDone ? description : null;
  });
}

/** Turns something on, once the table is ready for it and not busy with another change. */
function untilReady(session: Session, what: string, send: () => Promise<unknown>): Promise<unknown> {
  return pollUntil(session, POLL_MS, `${what} could not be turned on; the records are there`, async () => {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Error && NOT_READY.has(error.name)) return null;
      throw error;
    }
  });
}

/** What no restore does, in the order to do it. `kind`: null for a table whose keys are not those of this service. */
function remainingSteps(kind: RecordKind | null, table: string): readonly string[] {
  const other = kind === 'requests' ? 'results' : 'requests';
  const use =
    kind === null
      ? []
      : [
          `to put lost records back into the old tables: restore the ${other} table of the same time too, export both new tables, import into the old ones; nothing that is there is changed`,
          `to work with the new table instead: ${SETTINGS[kind]}=${table} for every process and function, and allow their roles to use it`,
        ];
  return [
    ...(kind === null ? [`look again: the keys of ${table} are those of neither table of this service`] : []),
    'tags, alarms, auto scaling and a resource policy are not restored: set them if the old table had them',
    'no expiry of items (TTL) is on, and none should be: the service sets no expiry',
    ...use,
    'test it, then delete what is no longer needed: a restored table costs as much as any other',
  ];
}
