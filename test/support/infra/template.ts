import { arnOf } from '../../../infra/config/names.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** A resource of a template; references in its properties are resolved to names and ARNs. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  /** The name set in the template; null if AWS chooses it. */
  readonly name: string | null;
  /** The value of `Ref`. */
  readonly ref: string;
  /** Null for types whose ARN is not needed. */
  readonly arn: string | null;
  readonly properties: Properties;
  readonly deletionPolicy: unknown;
  readonly updatePolicy: Properties;
}

export interface SynthesisedStack {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** The template sent to CloudFormation. */
  readonly template: Properties;
  readonly resources: readonly Resource[];
  readonly outputs: Properties;
}

interface RawResource {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DeletionPolicy?: unknown;
  readonly UpdatePolicy?: Properties;
}

interface Place {
  readonly account: string;
  readonly region: string;
}

interface Context extends Place {
  readonly resources: Readonly<Record<string, RawResource>>;
}

export function readStack(
  { stackName: name, account, region }: Place & { readonly stackName: string },
  template: Properties,
): SynthesisedStack {
  const resources = template.Resources as Readonly<Record<string, RawResource>>;
  const context = { account, region, resources };
  return {
    name,
    account,
    region,
    template,
    resources: Object.entries(resources).map(([id, raw]) => ({
      id,
      type: raw.Type,
      name: ownName(raw),
      ref: referenceTo(id, context),
      arn: arnOfResource(id, context),
      properties: resolveReferences(raw.Properties ?? {}, context) as Properties,
      deletionPolicy: raw.DeletionPolicy,
      updatePolicy: resolveReferences(raw.UpdatePolicy ?? {}, context) as Properties,
    })),
    outputs: resolveReferences(template.Outputs ?? {}, context) as Properties,
  };
}

export function ofType({ resources }: SynthesisedStack, type: string): readonly Resource[] {
  return resources.filter((resource) => resource.type === type);
}

/** The only resource of a type, or the one that has these properties. */
export function theOne(stack: SynthesisedStack, type: string, having: Properties = {}): Resource {
  const found = ofType(stack, type).filter(({ properties }) =>
    Object.entries(having).every(([name, value]) => properties[name] === value),
  );
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new Error(`${stack.name} has ${found.length} ${type} with ${JSON.stringify(having)}`);
  return one;
}

/** The member at a dotted path; undefined if there is none. */
export function memberAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at !== null ? (at as Properties)[name] : undefined),
      value,
    );
}

/** The property that names the resources of a type. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::ApiKey': 'Name',
  'AWS::ApiGateway::DomainName': 'DomainName',
  'AWS::ApiGateway::Stage': 'StageName',
  'AWS::ApiGateway::UsagePlan': 'UsagePlanName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CodeDeploy::Application': 'ApplicationName',
  'AWS::CodeDeploy::DeploymentGroup': 'DeploymentGroupName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::EventBus': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Alias': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
};

function ownName({ Type, Properties }: RawResource): string | null {
  const name = Properties?.[NAMED_BY[Type] ?? ''];
  return typeof name === 'string' ? name : null;
}

/** Service and resource part of an ARN, by resource name. */
const ARNS: Readonly<Record<string, readonly [service: string, resource: (name: string) => string]>> = {
  'AWS::CloudWatch::Alarm': ['cloudwatch', (name) => `alarm:${name}`],
  'AWS::DynamoDB::Table': ['dynamodb', (name) => `table/${name}`],
  'AWS::Events::EventBus': ['events', (name) => `event-bus/${name}`],
  'AWS::KMS::Key': ['kms', (name) => `key/${name}`],
  'AWS::Lambda::Function': ['lambda', (name) => `function:${name}`],
  'AWS::Logs::LogGroup': ['logs', (name) => `log-group:${name}:*`],
  'AWS::SNS::Topic': ['sns', (name) => name],
  'AWS::SQS::Queue': ['sqs', (name) => name],
  'AWS::SecretsManager::Secret': ['secretsmanager', (name) => `secret:${name}`],
};

function resolveReferences(value: unknown, context: Context): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, context));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, operand] = entries[0] ?? ['', null];
  if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::')))
    return applyFunction(name, operand, context);
  return Object.fromEntries(entries.map(([key, member]) => [key, resolveReferences(member, context)]));
}

/**
 * The CloudFormation functions that the templates use; any other one, including cross-stack references, is an error.
 */
function applyFunction(name: string, operand: unknown, context: Context): unknown {
  const resolved = (part: unknown) => resolveReferences(part, context);
  switch (name) {
    case 'Ref':
      return referenceTo(String(operand), context);
    case 'Fn::GetAtt': {
      const [id, attribute] = operand as [string, string];
      return attributeOf(id, attribute, context);
    }
    case 'Fn::Join': {
      const [separator, parts] = operand as [string, readonly unknown[]];
      return parts.map((part) => String(resolved(part))).join(separator);
    }
    case 'Fn::Sub':
      return String(operand).replace(/\$\{([^}]+)\}/g, (_, id: string) => referenceTo(id, context));
    case 'Fn::Split': {
      const [separator, text] = operand as [string, unknown];
      return String(resolved(text)).split(separator);
    }
    case 'Fn::Select': {
      const [index, list] = operand as [number, unknown];
      return (resolved(list) as readonly unknown[])[Number(index)];
    }
    default:
      throw new Error(`a template uses ${name} ${JSON.stringify(operand)}`);
  }
}

function referenceTo(id: string, context: Context): string {
  const { account, region } = context;
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const known = pseudo[id];
  if (known !== undefined) return known;
  const { type, name, properties } = find(id, context);
  switch (type) {
    case 'AWS::SQS::Queue':
      return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
    case 'AWS::SNS::Topic':
    case 'AWS::SecretsManager::Secret':
      return attributeOf(id, 'Arn', context);
    case 'AWS::Lambda::Alias':
      return `${arnOfFunction(properties, context)}:${name}`;
    case 'AWS::Lambda::Version':
      return `${arnOfFunction(properties, context)}:<version>`;
    default:
      return name;
  }
}

function arnOfFunction({ FunctionName }: Properties, context: Context): string {
  return arnOf('lambda', context, `function:${String(resolveReferences(FunctionName, context))}`);
}

function attributeOf(id: string, attribute: string, context: Context): string {
  if (attribute === 'Arn') {
    const arn = arnOfResource(id, context);
    if (arn === null) throw new Error(`the ARN format of ${id} is not defined`);
    return arn;
  }
  const { type, name } = find(id, context);
  return attribute === NAMED_BY[type] ? name : `<${id}.${attribute}>`;
}

function arnOfResource(id: string, context: Context): string | null {
  const { type, name } = find(id, context);
  // These ARNs have no region.
  if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${name}`;
  if (type === 'AWS::IAM::Role') return `arn:aws:iam::${context.account}:role/${name}`;
  const [service, resource] = ARNS[type] ?? [];
  return service === undefined || resource === undefined ? null : arnOf(service, context, resource(name));
}

function find(id: string, { resources }: Context) {
  const raw = resources[id];
  if (raw === undefined) throw new Error(`a template refers to ${id}, which is not in it`);
  return { type: raw.Type, properties: raw.Properties ?? {}, name: ownName(raw) ?? `<${id}>` };
}
