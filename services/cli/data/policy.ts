import type { TableNames } from '../../../shared/contract/deployment/tables.ts';
import { type TablePlace, tableArn } from './arns.ts';

/** The verbs that a policy can be printed for. The others need no permission, or one that AWS does not limit to a table. */
export const POLICY_VERBS = ['export', 'import', 'backup', 'restore'] as const;
export type PolicyVerb = (typeof POLICY_VERBS)[number];

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** What DynamoDB does in the caller's name while it fills a restored table. */
const FILLING = ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];

/** What a verb needs and nothing else. `targets`: for `restore`, the tables it may make. */
export function policyFor(
  verb: PolicyVerb,
  place: TablePlace,
  tables: TableNames,
  targets: readonly string[],
): PolicyDocument {
  const sources = [tables.requests, tables.results].map((table) => tableArn(place, table));
  // The id of a backup is not known before it is made.
  const backups = sources.map((arn) => `${arn}/backup/*`);
  switch (verb) {
    case 'export':
      return document(allow('ReadTables', ['DescribeTable', 'Scan'], sources));
    case 'import':
      return document(allow('AddRecords', ['DescribeTable', 'GetItem', 'PutItem'], sources));
    case 'backup':
      return document(
        allow('MakeBackups', ['CreateBackup'], sources),
        allow('WatchBackups', ['DescribeBackup'], backups),
      );
    case 'restore':
      return document(
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
      );
  }
}

function document(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

function allow(sid: string, operations: readonly string[], resources: readonly string[]): PolicyStatement {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: operations.map((operation) => `dynamodb:${operation}`).sort(),
    Resource: resources,
  };
}
