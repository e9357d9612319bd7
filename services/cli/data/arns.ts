/** Where a table is. */
export interface TablePlace {
  readonly account: string;
  readonly region: string;
}

export function tableArn({ account, region }: TablePlace, table: string): string {
  return `arn:${partitionOf(region)}:dynamodb:${region}:${account}:table/${table}`;
}

/** The part of AWS that a region belongs to. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

const BACKUP_ARN =
  /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):\d{12}:table\/[a-zA-Z0-9_.-]{3,255}\/backup\/[\w-]+$/;

/** The region that the ARN of a backup names, or null when it is no such ARN. */
export function regionOfBackup(arn: string): string | null {
  return BACKUP_ARN.exec(arn)?.[1] ?? null;
}
