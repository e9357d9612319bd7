import { type Reaction, type ServiceCall, startScriptedService } from '../../support/scripted-service.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
/** Backups in one page of a list. */
const PAGE = 2;

const arnOf = (table: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}`;

interface FakeTable {
  readonly name: string;
  readonly sortKey: boolean;
  /** Looks that still find it busy. */
  busy: number;
  pointInTime: boolean;
  protectedFromDeletion: boolean;
  readonly restoredFrom: unknown;
}

interface FakeBackup {
  readonly table: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  busy: number;
  deleted: boolean;
}

type Body = Record<string, unknown>;

/**
 * The part of DynamoDB that makes and restores backups, which the emulator lacks: tables without items, on loopback, that
 * need some looks until they are ready.
 */
export async function startBackupsService(script: (call: ServiceCall) => Reaction | null = () => null) {
  const tables = new Map<string, FakeTable>();
  const backups: FakeBackup[] = [];
  /** How many looks find a new thing busy. */
  let looks = 2;
  /** Calls that a new table refuses before recovery can be turned on. */
  let unready = 0;

  function addTable(name: string, sortKey: boolean, restoredFrom: unknown = null): FakeTable {
    const busy = restoredFrom === null ? 0 : looks;
    const table = { name, sortKey, busy, pointInTime: false, protectedFromDeletion: false, restoredFrom };
    tables.set(name, table);
    return table;
  }

  const operations: Record<string, (body: Body) => Reaction> = {
    CreateBackup: ({ TableName, BackupName }) => {
      const table = String(TableName);
      if (!tables.has(table)) return refuse('TableNotFoundException', `Table not found: ${table}`);
      const createdAt = 1_800_000_000 + backups.length;
      const arn = `${arnOf(table)}/backup/0${createdAt}-abc${backups.length}`;
      const backup = { table, name: String(BackupName), arn, createdAt, busy: looks, deleted: false };
      backups.push(backup);
      return answer({ BackupDetails: describeBackup(backup) });
    },
    DescribeBackup: ({ BackupArn }) => {
      const backup = backups.find(({ arn }) => arn === BackupArn);
      if (backup === undefined) return refuse('BackupNotFoundException', 'Backup not found');
      if (backup.busy > 0) backup.busy -= 1;
      return answer({ BackupDescription: { BackupDetails: describeBackup(backup) } });
    },
    ListBackups: ({ TableName, ExclusiveStartBackupArn }) => {
      const found = backups.filter(({ table }) => table === TableName);
      const start = found.findIndex(({ arn }) => arn === ExclusiveStartBackupArn) + 1;
      const page = found.slice(start, start + PAGE);
      const more = start + PAGE < found.length;
      return answer({
        BackupSummaries: page.map((backup) => ({ ...describeBackup(backup), TableName: backup.table })),
        ...(more ? { LastEvaluatedBackupArn: page.at(-1)?.arn } : {}),
      });
    },
    DescribeTable: ({ TableName }) => {
      const table = tables.get(String(TableName));
      if (table === undefined) {
        return refuse(
          'ResourceNotFoundException',
          `Requested resource not found: Table: ${TableName} not found`,
        );
      }
      if (table.busy > 0) table.busy -= 1;
      return answer({ Table: describeTable(table) });
    },
    RestoreTableFromBackup: ({ BackupArn, TargetTableName }) => {
      const backup = backups.find(({ arn }) => arn === BackupArn);
      if (backup === undefined) return refuse('BackupNotFoundException', 'Backup not found');
      return restoreInto(String(TargetTableName), backup.table, { BackupArn });
    },
    RestoreTableToPointInTime: ({ SourceTableName, TargetTableName, RestoreDateTime }) => {
      const source = tables.get(String(SourceTableName));
      if (source === undefined)
        return refuse('TableNotFoundException', `Table not found: ${SourceTableName}`);
      if (!source.pointInTime) return refuse('PointInTimeRecoveryUnavailableException', 'not enabled');
      return restoreInto(String(TargetTableName), source.name, { RestoreDateTime });
    },
    UpdateContinuousBackups: ({ TableName, PointInTimeRecoverySpecification }) => {
      if (unready > 0) {
        unready -= 1;
        return refuse('ContinuousBackupsUnavailableException', 'being enabled');
      }
      const table = tables.get(String(TableName));
      const wanted = PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled?: boolean };
      if (table !== undefined) table.pointInTime = wanted.PointInTimeRecoveryEnabled === true;
      return answer({});
    },
    UpdateTable: ({ TableName, DeletionProtectionEnabled }) => {
      const table = tables.get(String(TableName));
      if (table === undefined) return refuse('ResourceNotFoundException', 'none');
      table.protectedFromDeletion = DeletionProtectionEnabled === true;
      table.busy = looks;
      return answer({ TableDescription: describeTable(table) });
    },
  };

  function restoreInto(target: string, source: string, from: unknown): Reaction {
    if (tables.has(target)) return refuse('TableAlreadyExistsException', `Table already exists: ${target}`);
    return answer({
      TableDescription: describeTable(addTable(target, tables.get(source)?.sortKey ?? false, from)),
    });
  }

  const service = await startScriptedService(
    (call) =>
      script(call) ??
      operations[call.operation]?.(call.body) ??
      refuse('UnknownOperationException', call.operation),
  );
  return {
    url: service.url,
    calls: service.calls,
    tables,
    backups,
    addTable,
    setLooks(count: number) {
      looks = count;
    },
    setUnready(count: number) {
      unready = count;
    },
    close: service.close,
  };
}

/** An error as DynamoDB sends it. */
export function refuse(type: string, message: string): Reaction {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message } };
}

function answer(body: Body): Reaction {
  return { status: 200, body };
}

function describeBackup({ arn, name, createdAt, busy, deleted }: FakeBackup): Body {
  const status = busy > 0 ? 'CREATING' : 'AVAILABLE';
  return {
    BackupArn: arn,
    BackupName: name,
    BackupStatus: deleted ? 'DELETED' : status,
    BackupType: 'USER',
    BackupSizeBytes: 2_500_000,
    BackupCreationDateTime: createdAt,
  };
}

function describeTable({ name, sortKey, busy, restoredFrom }: FakeTable): Body {
  const keys = sortKey ? ['pk', 'sk'] : ['request_id'];
  return {
    TableName: name,
    TableArn: arnOf(name),
    TableStatus: busy > 0 ? 'CREATING' : 'ACTIVE',
    KeySchema: keys.map((key, index) => ({ AttributeName: key, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    ...(restoredFrom === null
      ? {}
      : { RestoreSummary: { RestoreDateTime: 1_800_000_000, RestoreInProgress: busy > 0 } }),
  };
}
