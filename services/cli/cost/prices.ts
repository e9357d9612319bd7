import type { SourceName } from './sources.ts';

/** A list price of us-east-1, first tier, in US dollars, without any free tier. */
export interface Price {
  readonly service: string;
  readonly what: string;
  readonly usd: number;
  /** How many of `unit` the price is for. */
  readonly per: number;
  readonly unit: string;
  readonly source: SourceName;
}

/** What is paid for as long as it is kept, and so grows with the time that a service has been in use. */
export const STORAGE: ReadonlySet<string> = new Set([
  'tableGbMonths',
  'recoveryGbMonths',
  'archiveGbMonths',
  's3GbMonths',
  'logGbMonths',
] satisfies PriceName[]);

const MILLION = 1_000_000;

/** Every price but those of data between regions and to the Internet, which depend on the region it leaves. */
export const PRICES = {
  apiRequests: price('API Gateway', 'REST requests', 3.5, MILLION, 'requests', 'apiGateway'),
  lambdaRequests: price('Lambda', 'invocations', 0.2, MILLION, 'invocations', 'lambdaRequests'),
  lambdaGbSeconds: price('Lambda', 'duration, arm64', 0.0000133334, 1, 'GB-seconds', 'lambda'),
  provisionedGbSeconds: price(
    'Lambda',
    'provisioned concurrency, arm64',
    0.0000033334,
    1,
    'GB-seconds',
    'memory',
  ),
  pollerHours: price('Lambda', 'provisioned pollers', 0.00925, 1, 'hours', 'memory'),
  writeUnits: price('DynamoDB', 'writes, on demand', 0.625, MILLION, 'units of 1 KB', 'dynamoDb'),
  readUnits: price('DynamoDB', 'consistent reads, on demand', 0.125, MILLION, 'units of 4 KB', 'dynamoDb'),
  tableGbMonths: price('DynamoDB', 'storage', 0.25, 1, 'GB-months', 'dynamoDbStorage'),
  recoveryGbMonths: price('DynamoDB', 'point-in-time recovery', 0.2, 1, 'GB-months', 'memory'),
  sqsRequests: price('SQS', 'requests, standard queue', 0.4, MILLION, 'requests', 'sqs'),
  events: price('EventBridge', 'custom events', 1, MILLION, 'events', 'eventBridge'),
  archivedGb: price('EventBridge', 'archive, taken in', 0.1, 1, 'GB', 'eventBridge'),
  archiveGbMonths: price('EventBridge', 'archive, storage', 0.023, 1, 'GB-months', 'eventBridge'),
  schedules: price('EventBridge Scheduler', 'warmers', 1, MILLION, 'invocations', 'eventBridge'),
  secretMonths: price('Secrets Manager', 'secrets', 0.4, 1, 'secret-months', 'memory'),
  secretReads: price('Secrets Manager', 'reads', 0.05, 10_000, 'calls', 'memory'),
  s3Puts: price('S3', 'audit objects written', 0.005, 1000, 'requests', 'memory'),
  s3GbMonths: price('S3', 'audit storage, standard', 0.023, 1, 'GB-months', 'memory'),
  logGb: price('CloudWatch', 'logs taken in', 0.5, 1, 'GB', 'cloudWatch'),
  logGbMonths: price('CloudWatch', 'log storage', 0.03, 1, 'GB-months', 'memory'),
  metricMonths: price(
    'CloudWatch',
    'custom metrics of log filters',
    0.3,
    1,
    'metric-months',
    'customMetrics',
  ),
  alarmMonths: price('CloudWatch', 'alarms', 0.1, 1, 'alarm-months', 'memory'),
  dashboardMonths: price('CloudWatch', 'dashboard', 3, 1, 'dashboard-months', 'cloudWatch'),
  imageGbMonths: price('ECR', 'image storage', 0.1, 1, 'GB-months', 'memory'),
  keyMonths: price('KMS', 'customer-managed keys', 1, 1, 'key-months', 'memory'),
  keyRequests: price('KMS', 'requests', 0.03, 10_000, 'requests', 'memory'),
  natHours: price('VPC', 'NAT gateways', 0.045, 1, 'hours', 'nat'),
  addressHours: price('VPC', 'public IPv4 addresses', 0.005, 1, 'hours', 'nat'),
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

function price(
  service: string,
  what: string,
  usd: number,
  per: number,
  unit: string,
  source: SourceName,
): Price {
  return { service, what, usd, per, unit, source };
}
