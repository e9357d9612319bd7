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
