import type { TableNames } from '../../../shared/contract/deployment/tables.ts';

/** Where a table is. */
export interface TablePlace {
  readonly account: string;
  readonly region: string;
}

/** The verbs that a policy can be printed for. The others need no permission, or one that AWS does not limit to a table. */
export const POLICY_VERBS = ['export', 'import', 'backup', 'restore'] as const;
export type PolicyVerb = (typeof POLICY_VERBS)[number];

/** What DynamoDB does in the caller's name while it fills a restored table. */
const FILLING = ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];

/** What a verb needs and nothing else. `targets`: for `restore`, the tables it may make. */
export function policyFor(
  verb: PolicyVerb,
  place: TablePlace,
  tables: TableNames,
  targets: readonly string[],
) {
  const sources = [tables.requests, tables.results].map((table) => tableArn(place, table));
  // The id of a backup is not known before it is made.
  const backups = sources.map((arn) => `${arn}/backup/*`);
  const statements = {
    export: [allow('ReadTables', ['DescribeTable', 'Scan'], sources)],
    import: [allow('AddRecords', ['DescribeTable', 'GetItem', 'PutItem'], sources)],
    backup: [
      allow('MakeBackups', ['CreateBackup'], sources),
      allow('WatchBackups', ['DescribeBackup'], backups),
    ],
    restore: [
      allow('ReadBackups', ['RestoreTableFromBackup'], backups),
      allow('ReadPointInTime', ['RestoreTableToPointInTime'], sources),
      allow(
        'FillNewTables',
        [
          'DescribeTable',
          'RestoreTableFromBackup',
          'RestoreTableToPointInTime',
          'UpdateContinuousBackups',
          'UpdateTable',
          ...FILLING,
        ],
        targets.map((table) => tableArn(place, table)),
      ),
    ],
  };
  return { Version: '2012-10-17', Statement: statements[verb] } as const;
}

function allow(sid: string, operations: readonly string[], resources: readonly string[]) {
  const actions = operations.map((operation) => `dynamodb:${operation}`).sort();
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: resources } as const;
}

function tableArn({ account, region }: TablePlace, table: string): string {
  return `arn:${partitionOf(region)}:dynamodb:${region}:${account}:table/${table}`;
}

/** The part of AWS that a region belongs to. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
