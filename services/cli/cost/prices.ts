/** Where a price was read. AWS shows its prices by script, so that stored copies of its own pages often lack the numbers. */
export interface Source {
  readonly title: string;
  /** Null: from memory, to be checked before anybody relies on it. */
  readonly address: string | null;
  /** `read in part`: for us-east-1 and its like; other regions from memory. */
  readonly how: 'read' | 'read in part' | 'from memory';
  /** Date of reading, or of writing down from memory. */
  readonly date: string;
}

const DATE = '2026-11-29';

const read = (title: string, address: string, how: Source['how'] = 'read'): Source => ({
  title,
  address,
  how,
  date: DATE,
});

export const SOURCES = {
  apiGateway: read(
    'AWS whitepaper: API Gateway private APIs, cost optimization, table 4',
    'https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html',
  ),
  internet: read(
    'AWS API Gateway Pricing Explained',
    'https://awsforengineers.com/blog/aws-api-gateway-pricing-explained',
    'read in part',
  ),
  lambda: read('AWS Lambda Pricing Breakdown', 'https://cloudchipr.com/blog/aws-lambda-pricing'),
  lambdaRequests: read('AWS Lambda cost monitoring', 'https://cubeapm.com/?p=32111'),
  dynamoDb: read(
    'Amazon DynamoDB Pricing: On-Demand & Provisioned Plans',
    'https://airbyte.com/data-engineering-resources/dynamodb-pricing',
  ),
  dynamoDbStorage: read('Amazon DynamoDB pricing', 'https://aws.amazon.com/dynamodb/pricing/'),
  sqs: read('Amazon SQS Pricing: Complete Guide', 'https://cloudburn.io/blog/amazon-sqs-pricing'),
  eventBridge: read(
    'Amazon EventBridge Pricing: Complete Guide',
    'https://cloudburn.io/blog/amazon-eventbridge-pricing',
  ),
  cloudWatch: read(
    'Amazon CloudWatch Pricing: The 10 Billing Dimensions',
    'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/',
  ),
  customMetrics: read(
    'CloudWatch Pricing Without the Confusion',
    'https://signoz.io/guides/cloudwatch-pricing',
  ),
  nat: read('AWS NAT Gateway Pricing: Complete Guide', 'https://cloudburn.io/blog/aws-nat-gateway-pricing'),
  betweenRegions: read(
    'AWS inter region transfer costs',
    'https://www.redresscompliance.com/aws-inter-region-transfer-costs-multiregion.html',
    'read in part',
  ),
  memory: { title: 'from memory', address: null, how: 'from memory', date: DATE },
} as const satisfies Readonly<Record<string, Source>>;

export type SourceName = keyof typeof SOURCES;

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

/** What is paid for as long as it is kept, and so grows with the time that a service has been in use. */
export const STORAGE: ReadonlySet<string> = new Set<PriceName>([
  'tableGbMonths',
  'recoveryGbMonths',
  'archiveGbMonths',
  's3GbMonths',
  'logGbMonths',
]);

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

/** What a gigabyte costs that leaves a region, in US dollars. What comes in is free. */
export interface TransferPrice {
  readonly toRegions: number;
  readonly toInternet: number;
}

/** Read for us-east-1; the rows below are from memory. */
export const TRANSFER_SOURCES = {
  toRegions: 'betweenRegions',
  toInternet: 'internet',
} as const satisfies Readonly<Record<keyof TransferPrice, SourceName>>;

/** AWS charges the region that data leaves. The pair us-east-1 and us-east-2, at half the price, is not told apart. */
const AMERICA_AND_EUROPE: TransferPrice = { toRegions: 0.02, toInternet: 0.09 };

const ROWS: Readonly<Record<string, TransferPrice>> = {
  'af-south-1': { toRegions: 0.147, toInternet: 0.154 },
  'ap-east-1': { toRegions: 0.09, toInternet: 0.12 },
  'ap-northeast-1': { toRegions: 0.09, toInternet: 0.114 },
  'ap-northeast-2': { toRegions: 0.08, toInternet: 0.126 },
  'ap-northeast-3': { toRegions: 0.09, toInternet: 0.114 },
  'ap-south-1': { toRegions: 0.086, toInternet: 0.1093 },
  'ap-southeast-1': { toRegions: 0.09, toInternet: 0.12 },
  'ap-southeast-2': { toRegions: 0.098, toInternet: 0.114 },
  'me-south-1': { toRegions: 0.1105, toInternet: 0.117 },
  'sa-east-1': { toRegions: 0.138, toInternet: 0.15 },
};

/** The dearest known, so that an unknown region is not estimated too low. */
const UNKNOWN: TransferPrice = { toRegions: 0.147, toInternet: 0.154 };

export function transferPriceOf(region: string): TransferPrice {
  return ROWS[region] ?? (/^(?:us|ca|eu)-/.test(region) ? AMERICA_AND_EUROPE : UNKNOWN);
}
