import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type Alias,
  Architecture,
  type CfnAlias,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { SETTINGS } from '../../shared/contract/settings/settings.ts';
import { arnOf } from '../config/names.ts';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';
import type { PartProps } from './scope.ts';

const SHIFTS = {
  canary: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  linear: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
} as const;

/** A cold start of the version, its check, and the report of it. */
const HOOK_TIMEOUT = Duration.seconds(60);

interface ShiftedFunction {
  readonly function: LambdaFunction;
  readonly live: Alias;
  /** Takes the shift back when it rings. */
  readonly errors: Alarm;
}

interface ShiftProps extends Pick<PartProps, 'deployment' | 'key'> {
  /** Behind the name of the deployment: the function is called so. */
  readonly what: string;
  /** Folder of the code that looks at a new version before traffic is shifted to it. */
  readonly preTraffic: string;
}

/**
 * Move `live` to a new version step by step: first a function has the new version do real work, then a tenth of the traffic
 * goes there, then the rest. A failed check or an alarm takes everything back.
 */
export function shiftGradually(
  scope: Construct,
  { function: target, live, errors }: ShiftedFunction,
  { deployment, what, preTraffic, key }: ShiftProps,
): void {
  const { account, names, retention } = deployment;
  if (deployment.deployment.shift === 'all-at-once') return;
  const hookName = `check-${what}`;
  const logGroup = new LogGroup(scope, 'HookLog', {
    logGroupName: names.logGroup(hookName),
    retention: retention.log_days,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key === null ? {} : { encryptionKey: key }),
  });
  const role = new Role(scope, 'HookRole', {
    roleName: names.role(hookName),
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  role.addToPolicy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn));
  // Any version, for the next one has a number that nobody knows yet; not the alias that callers use.
  const versions = `${arnOf('lambda', { account, region: Stack.of(scope).region }, `function:${names.function(what)}`)}:*`;
  role.addToPolicy(allow(['lambda:InvokeFunction'], versions));
  const hook = new LambdaFunction(scope, 'Hook', {
    functionName: names.function(hookName),
    description: `Has a new version of ${names.function(what)} do real work before it gets traffic`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(preTraffic),
    memorySize: 256,
    timeout: HOOK_TIMEOUT,
    environment: { [SETTINGS.newVersion.name]: target.currentVersion.functionArn },
    role,
    logGroup,
    ...(key === null ? {} : { environmentEncryption: key }),
  });
  const group = new LambdaDeploymentGroup(scope, 'Shift', {
    application: new LambdaApplication(scope, 'Application', { applicationName: names.function(what) }),
    deploymentGroupName: names.function(what),
    alias: live,
    deploymentConfig: SHIFTS[deployment.deployment.shift],
    alarms: [errors],
    preHook: hook,
    autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
  });
  const hookFunction = hook.node.defaultChild as CfnFunction;
  // Nothing in the alias itself says that the look has to know the new version before the shift begins.
  (live.node.defaultChild as CfnAlias).addDependency(hookFunction);
  acknowledge(role, {
    [`AwsSolutions-IAM5[Resource::${versions}]`]:
      'The versions of one function, whose numbers are not known beforehand.',
  });
  acknowledge(group, {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]':
      'The policy that AWS made for roll-outs of functions; a copy of ours would not follow its changes.',
    [`AwsSolutions-IAM5[Resource::<${Stack.of(scope).getLogicalId(hookFunction)}.Arn>:*]`]:
      'CodeDeploy invokes the function that checks a version; the CDK names its versions along with it.',
  });
}
