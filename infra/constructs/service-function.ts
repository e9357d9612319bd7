import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  Code,
  DockerImageCode,
  DockerImageFunction,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { LIVE_ALIAS } from '../config/names.ts';
import { acknowledge } from './acknowledge.ts';
import { raiseAlarm } from './alarm.ts';
import { allow } from './allow.ts';
import { shiftGradually } from './gradual-shift.ts';
import type { PartProps } from './scope.ts';
import { keepWarm } from './warmers.ts';

export interface ServiceFunctionProps extends PartProps {
  /** Behind the name of the deployment: function, role and log group are called so. */
  readonly what: string;
  readonly description: string;
  /** Folder of code for Node, or of a container image. */
  readonly code: { readonly zip: string } | { readonly image: string };
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** Everything its role may do besides writing its own log. */
  readonly permissions: readonly PolicyStatement[];
  /** Environments kept ready; 0 for none. */
  readonly provisioned: number;
  /** Folder of the code that looks at a new version before traffic is shifted to it. */
  readonly preTraffic: string;
}

/**
 * A function of the service: a role of its own with exactly its actions, a log that ends, published versions behind the alias
 * `live`, a roll-out that looks before it shifts, and warmers. Callers and queues are bound to the alias.
 */
export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;
  readonly live: Alias;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly errors: Alarm;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { deployment, key, what } = props;
    const { names } = deployment;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: names.logGroup(what),
      retention: deployment.retention.log_days,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key === null ? {} : { encryptionKey: key }),
    });
    this.role = new Role(this, 'Role', {
      roleName: names.role(what),
      description: props.description,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    this.role.addToPolicy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn));
    for (const statement of props.permissions) this.role.addToPolicy(statement);
    this.function = this.#createFunction(props);
    this.live = new Alias(this, 'Live', {
      aliasName: LIVE_ALIAS,
      // The CDK's own types disagree with each other about members that are there and undefined.
      version: this.function.currentVersion as IVersion,
      ...(props.provisioned > 0 ? { provisionedConcurrentExecutions: props.provisioned } : {}),
    });
    this.errors = this.#watch(props);
    if (deployment.deployment.shift !== 'all-at-once') shiftGradually(this, this, props);
    keepWarm(this, this.live, props);
    acknowledge(this.role, wildcardReasons(props.permissions));
  }

  #createFunction(props: ServiceFunctionProps): LambdaFunction {
    const { deployment, code, what, key } = props;
    const common = {
      functionName: deployment.names.function(what),
      description: props.description,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      role: this.role,
      logGroup: this.logGroup,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      ...(key === null ? {} : { environmentEncryption: key }),
    };
    if ('image' in code) {
      const image = DockerImageCode.fromImageAsset(code.image, { platform: Platform.LINUX_ARM64 });
      return new DockerImageFunction(this, 'Function', { ...common, code: image });
    }
    return new LambdaFunction(this, 'Function', {
      ...common,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset(code.zip),
    });
  }

  #watch(props: ServiceFunctionProps): Alarm {
    const { what } = props;
    raiseAlarm(this, 'ThrottlesAlarm', props, {
      name: `throttles-${what}`,
      runbook: 'throttles',
      says: `The platform refused to run ${what}: the concurrency of the account or the function is used up.`,
      metric: this.function.metricThrottles({ period: Duration.minutes(1) }),
      threshold: 1,
      periods: 2,
    });
    return raiseAlarm(this, 'ErrorsAlarm', props, {
      name: `errors-${what}`,
      runbook: 'errors',
      says: `Runs of ${what} end in an error or a time-out.`,
      metric: this.live.metricErrors({ period: Duration.minutes(1) }),
      threshold: 3,
    });
  }
}

/** Each resource with a wildcard that a role of ours may use, and why it has one. */
function wildcardReasons(permissions: readonly PolicyStatement[]): Readonly<Record<string, string>> {
  const wildcards = permissions
    .flatMap(({ resources }) => resources)
    .filter((resource) => /[*]/.test(resource));
  return Object.fromEntries(
    wildcards.map((resource) => [`AwsSolutions-IAM5[Resource::${resource}]`, reasonFor(resource)] as const),
  );
}

function reasonFor(resource: string): string {
  if (resource.startsWith('arn:aws:s3:::'))
    return 'The objects of one bucket; their names are dates and ids of requests.';
  if (resource.includes(':key/'))
    return 'Keys by their aliases, which the condition names: the ids of keys in other regions cannot be known.';
  throw new Error(`nobody has said why a role may use ${resource}`);
}
