import { describe, expect, it } from 'vitest';
import { parseFunctionEvent } from '../../shared/contract/messages/function-event.ts';
import { DEFAULT_REGIONS, type VariantName } from '../support/infra/deployments.ts';
import { grantsOf, rolesOf } from '../support/infra/policies.ts';
import { synthesise } from '../support/infra/synthesise.ts';
import {
  memberAt,
  ofType,
  type Properties,
  type SynthesisedStack,
  theOne,
} from '../support/infra/template.ts';

const ACCOUNT = '123456789012';
const HOME = `eu-west-1:${ACCOUNT}`;
const REQUESTS = `arn:aws:dynamodb:${HOME}:table/mpic-requests`;
const RESULTS = `arn:aws:dynamodb:${HOME}:table/mpic-results`;
const DEADLINE_QUEUE = `arn:aws:sqs:${HOME}:mpic-deadlines`;
const WAKE_QUEUE = `arn:aws:sqs:${HOME}:mpic-wake-ups`;
const SECRET = `arn:aws:secretsmanager:${HOME}:secret:mpic-cohort-secret-??????`;

const home = (variant: VariantName = 'the example') => synthesise(variant).home;
function perspective(code: string, variant: VariantName = 'the example'): SynthesisedStack {
  const stack = synthesise(variant).perspectives.get(code);
  if (stack === undefined) throw new Error(`there is no perspective ${code}`);
  return stack;
}

const on = (resource: string, ...actions: readonly string[]) =>
  actions.map((action) => `${action} on ${resource}`);
const ownLog = (region: string, name: string) =>
  on(
    `arn:aws:logs:${region}:${ACCOUNT}:log-group:/aws/lambda/${name}:*`,
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  );
const sendJobs = () =>
  DEFAULT_REGIONS.flatMap((region) =>
    on(`arn:aws:sqs:${region}:${ACCOUNT}:mpic-jobs-${region}`, 'sqs:SendMessage'),
  );

describe('what a function may do, and nothing else', () => {
  it.each(DEFAULT_REGIONS)(
    'the perspective %s takes its own jobs, writes results and tells the decision',
    (code) => {
      expect(grantsOf(perspective(code), `mpic-perspective-${code}`)).toEqual(
        [
          ...on(
            `arn:aws:sqs:${code}:${ACCOUNT}:mpic-jobs-${code}`,
            'sqs:ReceiveMessage',
            'sqs:DeleteMessage',
            'sqs:ChangeMessageVisibility',
            'sqs:GetQueueAttributes',
          ),
          ...on(RESULTS, 'dynamodb:PutItem'),
          ...on(WAKE_QUEUE, 'sqs:SendMessage'),
          ...ownLog(code, `mpic-perspective-${code}`),
        ].sort(),
      );
    },
  );

  it.each(DEFAULT_REGIONS)('the perspective %s writes results under its own code only', (code) => {
    const role = rolesOf(perspective(code)).find(({ name }) => name === `mpic-perspective-${code}`);
    const puts = role?.statements.filter(({ actions }) => actions.includes('dynamodb:PutItem'));
    expect(puts?.map(({ condition }) => condition)).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${code}#*`] } },
    ]);
  });

  it('the API stores requests, reads results and sends jobs and deadlines', () => {
    expect(grantsOf(home(), 'mpic-api')).toEqual(
      [
        ...on(
          REQUESTS,
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:BatchGetItem',
        ),
        ...on(RESULTS, 'dynamodb:BatchGetItem'),
        ...sendJobs(),
        ...on(DEADLINE_QUEUE, 'sqs:SendMessage'),
        ...on(SECRET, 'secretsmanager:GetSecretValue'),
        ...ownLog('eu-west-1', 'mpic-api'),
      ].sort(),
    );
  });

  const TAKING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

  it('the decision makes no requests; it ends them and publishes what became of them', () => {
    expect(grantsOf(home(), 'mpic-decision')).toEqual(
      [
        ...on(REQUESTS, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem'),
        ...on(RESULTS, 'dynamodb:BatchGetItem'),
        ...sendJobs(),
        ...on(DEADLINE_QUEUE, 'sqs:SendMessage', ...TAKING),
        ...on(WAKE_QUEUE, ...TAKING),
        ...on(`arn:aws:events:${HOME}:event-bus/mpic-events`, 'events:PutEvents'),
        ...on(`arn:aws:s3:::mpic-audit-${ACCOUNT}-eu-west-1/*`, 's3:PutObject'),
        ...on(SECRET, 'secretsmanager:GetSecretValue'),
        ...ownLog('eu-west-1', 'mpic-decision'),
      ].sort(),
    );
  });

  it.each([
    { what: 'api', stack: home(), region: 'eu-west-1' },
    { what: 'decision', stack: home(), region: 'eu-west-1' },
    { what: 'perspective-sa-east-1', stack: perspective('sa-east-1'), region: 'sa-east-1' },
  ])('whoever looks at a new $what invokes its versions and tells CodeDeploy', ({ what, stack, region }) => {
    const place = `${region}:${ACCOUNT}`;
    expect(grantsOf(stack, `mpic-check-${what}`)).toEqual(
      [
        ...on(`arn:aws:lambda:${place}:function:mpic-${what}:*`, 'lambda:InvokeFunction'),
        ...on(
          `arn:aws:codedeploy:${place}:deploymentgroup:mpic-${what}/mpic-${what}`,
          'codedeploy:PutLifecycleEventHookExecutionStatus',
        ),
        ...ownLog(region, `mpic-check-${what}`),
      ].sort(),
    );
  });

  it.each([
    { what: 'api', stack: home(), region: 'eu-west-1' },
    { what: 'perspective-sa-east-1', stack: perspective('sa-east-1'), region: 'sa-east-1' },
  ])('whoever keeps $what warm invokes its alias', ({ what, stack, region }) => {
    expect(grantsOf(stack, `mpic-warm-${what}`)).toEqual(
      on(`arn:aws:lambda:${region}:${ACCOUNT}:function:mpic-${what}:live`, 'lambda:InvokeFunction'),
    );
  });

  it('a perspective with keys of the customer uses those of its region and of the home region', () => {
    const keys = grantsOf(
      perspective('sa-east-1', 'keys of the customer'),
      'mpic-perspective-sa-east-1',
    ).filter((grant) => grant.startsWith('kms:'));
    expect(keys).toEqual(
      ['eu-west-1', 'sa-east-1']
        .flatMap((region) =>
          on(`arn:aws:kms:${region}:${ACCOUNT}:key/*`, 'kms:Decrypt', 'kms:GenerateDataKey'),
        )
        .sort(),
    );
  });

  it('no role is for a worker, which has an identity elsewhere', () => {
    expect(rolesOf(perspective('jnb-1', 'a worker'))).toEqual([]);
  });
});

describe('who may take a role', () => {
  it.each([
    {
      service: 'lambda.amazonaws.com',
      roles: ['mpic-api', 'mpic-check-api', 'mpic-check-decision', 'mpic-decision'],
    },
    { service: 'scheduler.amazonaws.com', roles: ['mpic-warm-api', 'mpic-warm-decision'] },
  ])('$service takes those that are for it', ({ service, roles }) => {
    const taken = rolesOf(home()).filter(({ trusts }) =>
      trusts.some(({ principal }) => principal === service),
    );
    expect(taken.map(({ name }) => name).sort()).toEqual(roles);
  });

  it('the scheduler takes one only for this account', () => {
    const { trusts } = rolesOf(home()).find(({ name }) => name === 'mpic-warm-api') ?? { trusts: [] };
    expect(trusts.map(({ condition }) => condition)).toEqual([
      { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
    ]);
  });

  it('nobody outside of the platform takes one', () => {
    const principals = synthesise('the example')
      .stacks.flatMap(rolesOf)
      .flatMap(({ trusts }) => trusts.map(({ principal }) => principal));
    for (const principal of principals) expect(principal).toMatch(/^[a-z]+\.amazonaws\.com$/);
  });
});

describe('what a function is made with', () => {
  const functionOf = (stack: SynthesisedStack, name: string) =>
    theOne(stack, 'AWS::Lambda::Function', { FunctionName: name }).properties;

  it.each<{ name: string; variant: VariantName; made: Properties; expected: Properties }>([
    {
      name: 'the API ends before the gateway stops waiting',
      variant: 'the example',
      made: functionOf(home(), 'mpic-api'),
      expected: { Timeout: 29 },
    },
    {
      name: 'the decision has time for one look, one wait and one verdict',
      variant: 'the example',
      made: functionOf(home(), 'mpic-decision'),
      expected: { Timeout: 25 },
    },
    {
      name: 'a perspective has time for its check, a cold start and its writes',
      variant: 'the example',
      made: functionOf(perspective('eu-west-1'), 'mpic-perspective-eu-west-1'),
      expected: { Timeout: 20 },
    },
    {
      name: 'a check of two and a half seconds is rounded up',
      variant: 'everything said otherwise',
      made: functionOf(
        perspective('eu-west-1', 'everything said otherwise'),
        'staging-perspective-eu-west-1',
      ),
      expected: { Timeout: 13, MemorySize: 2048 },
    },
    {
      name: 'the memory of the API is the operator’s to choose',
      variant: 'everything said otherwise',
      made: functionOf(home('everything said otherwise'), 'staging-api'),
      expected: { MemorySize: 256 },
    },
    {
      name: 'that of the decision, too',
      variant: 'everything said otherwise',
      made: functionOf(home('everything said otherwise'), 'staging-decision'),
      expected: { MemorySize: 320 },
    },
  ])('$name', ({ made, expected }) => {
    expect(made).toMatchObject(expected);
  });

  it('a perspective is an image with unbound, or a zip without', () => {
    const image = functionOf(perspective('eu-west-1'), 'mpic-perspective-eu-west-1');
    const zip = functionOf(perspective('eu-west-1', 'functions as zip files'), 'mpic-perspective-eu-west-1');
    expect(image).toMatchObject({ PackageType: 'Image', Code: { ImageUri: expect.any(String) } });
    expect(image).not.toHaveProperty('Runtime');
    expect(zip).toMatchObject({ Runtime: 'nodejs24.x', Handler: 'index.handler' });
    expect(memberAt(image, 'Environment.Variables.MPIC_RESOLVER')).toBe('unbound');
    expect(memberAt(zip, 'Environment.Variables.MPIC_RESOLVER')).toBe('system');
  });

  it('all perspectives run the same code', () => {
    const images = DEFAULT_REGIONS.map((code) => {
      const { Code } = functionOf(perspective(code), `mpic-perspective-${code}`);
      return String(memberAt(Code, 'ImageUri')).split(':').at(-1);
    });
    expect(new Set(images).size).toBe(1);
  });

  it('another set of perspectives is other code for the functions of the home region', () => {
    const codeOf = (variant: VariantName, what: string) => {
      const { S3Key } = functionOf(home(variant), what).Code as Properties;
      return S3Key;
    };
    expect(codeOf('a worker', 'mpic-api')).not.toBe(codeOf('the example', 'mpic-api'));
    expect(codeOf('a worker', 'mpic-decision')).not.toBe(codeOf('the example', 'mpic-decision'));
    expect(codeOf('no warmers', 'mpic-api')).toBe(codeOf('the example', 'mpic-api'));
  });

  it('only the API knows the callers, only the decision knows the bucket', () => {
    const variables = (name: string) =>
      memberAt(functionOf(home(), name), 'Environment.Variables') as Properties;
    expect(JSON.parse(String(variables('mpic-api').MPIC_CALLERS))).toEqual({
      'mpic-issuance': 'issuance',
      'mpic-staging': 'staging',
    });
    expect(variables('mpic-api')).not.toHaveProperty('MPIC_AUDIT_BUCKET');
    expect(variables('mpic-decision').MPIC_AUDIT_BUCKET).toBe(`mpic-audit-${ACCOUNT}-eu-west-1`);
    expect(variables('mpic-decision')).not.toHaveProperty('MPIC_CALLERS');
  });
});

describe('the way from a queue to a function', () => {
  it.each<{ name: string; stack: SynthesisedStack; queue: string; expected: Properties }>([
    {
      name: 'jobs come ten at a time, to as many functions as the operator allows',
      stack: perspective('eu-west-1'),
      queue: 'mpic-jobs-eu-west-1',
      expected: {
        FunctionName: 'mpic-perspective-eu-west-1:live',
        BatchSize: 10,
        ScalingConfig: { MaximumConcurrency: 50 },
      },
    },
    {
      name: 'the limit is the one that was configured',
      stack: perspective('eu-west-1', 'everything said otherwise'),
      queue: 'staging-jobs-eu-west-1',
      expected: { ScalingConfig: { MaximumConcurrency: 4 } },
    },
    {
      name: 'pollers of one’s own take the place of the limit',
      stack: perspective('eu-west-1', 'functions kept ready'),
      queue: 'mpic-jobs-eu-west-1',
      expected: { ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 15 } },
    },
    {
      name: 'the decision hears ten deadlines at a time',
      stack: home(),
      queue: 'mpic-deadlines',
      expected: { FunctionName: 'mpic-decision:live', BatchSize: 10 },
    },
    {
      name: 'the decision has no pollers of its own for deadlines',
      stack: home('functions kept ready'),
      queue: 'mpic-deadlines',
      expected: { ScalingConfig: { MaximumConcurrency: 50 } },
    },
    {
      name: 'wake-ups come by a way of their own, which takes fewer functions',
      stack: home('functions kept ready'),
      queue: 'mpic-wake-ups',
      expected: {
        FunctionName: 'mpic-decision:live',
        BatchSize: 10,
        ScalingConfig: { MaximumConcurrency: 20 },
      },
    },
  ])('$name', ({ stack, queue, expected }) => {
    const EventSourceArn = `arn:aws:sqs:${HOME}:${queue}`;
    expect(theOne(stack, 'AWS::Lambda::EventSourceMapping', { EventSourceArn }).properties).toMatchObject(
      expected,
    );
  });

  it('the decision hears nothing else', () => {
    expect(ofType(home(), 'AWS::Lambda::EventSourceMapping')).toHaveLength(2);
  });
});

describe('environments that are kept ready', () => {
  const provisioned = (stack: SynthesisedStack) =>
    ofType(stack, 'AWS::Lambda::Alias').map(({ properties }) =>
      memberAt(properties, 'ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions'),
    );

  it('are none unless somebody wants to pay for them by the hour', () => {
    const { stacks } = synthesise('the example');
    expect(stacks.flatMap(provisioned).filter((count) => count !== undefined)).toEqual([]);
    const pollers = stacks
      .flatMap((stack) => ofType(stack, 'AWS::Lambda::EventSourceMapping'))
      .filter(({ properties }) => 'ProvisionedPollerConfig' in properties);
    expect(pollers).toEqual([]);
  });

  it('are as many as the operator says, of the API and of each perspective', () => {
    expect(provisioned(home('functions kept ready'))).toEqual([2, undefined]);
    for (const stack of synthesise('functions kept ready').perspectives.values())
      expect(provisioned(stack)).toEqual([1]);
  });
});

describe('the roll-out of a new version', () => {
  const rollOuts = (variant: VariantName) =>
    synthesise(variant).stacks.flatMap((stack) =>
      ofType(stack, 'AWS::Lambda::Alias').map((alias) => ({ stack, alias })),
    );

  it.each<{ variant: VariantName; config: string }>([
    { variant: 'the example', config: 'CodeDeployDefault.LambdaCanary10Percent5Minutes' },
    { variant: 'everything said otherwise', config: 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute' },
  ])('shifts as $config in $variant', ({ variant, config }) => {
    expect(rollOuts(variant)).toHaveLength(8);
    for (const { stack, alias } of rollOuts(variant)) {
      const shift = alias.updatePolicy.CodeDeployLambdaAliasUpdate as Properties;
      const group = theOne(stack, 'AWS::CodeDeploy::DeploymentGroup', {
        DeploymentGroupName: shift.DeploymentGroupName,
      });
      expect(group.properties).toMatchObject({
        ApplicationName: shift.ApplicationName,
        DeploymentConfigName: config,
        DeploymentStyle: { DeploymentOption: 'WITH_TRAFFIC_CONTROL', DeploymentType: 'BLUE_GREEN' },
      });
    }
  });

  it('begins with a look at the version itself, by a function that knows no other', () => {
    for (const { stack, alias } of rollOuts('the example')) {
      const name = String(alias.properties.FunctionName);
      expect(memberAt(alias.updatePolicy, 'CodeDeployLambdaAliasUpdate.BeforeAllowTrafficHook')).toBe(
        name.replace('mpic-', 'mpic-check-'),
      );
      const hook = theOne(stack, 'AWS::Lambda::Function', {
        FunctionName: name.replace('mpic-', 'mpic-check-'),
      });
      expect(memberAt(hook.properties, 'Environment.Variables')).toEqual({
        MPIC_NEW_VERSION: `arn:aws:lambda:${stack.region}:${ACCOUNT}:function:${name}:<version>`,
      });
      // Or the look would be at the version before.
      expect(memberAt(stack.template, `Resources.${alias.id}.DependsOn`)).toContain(hook.id);
    }
  });

  it('is taken back when it fails, is stopped or sets off the alarm on errors', () => {
    for (const { stack, alias } of rollOuts('the example')) {
      const name = String(alias.properties.FunctionName);
      const group = theOne(stack, 'AWS::CodeDeploy::DeploymentGroup', { DeploymentGroupName: name });
      expect(group.properties).toMatchObject({
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: expect.arrayContaining(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM']),
        },
        AlarmConfiguration: {
          Enabled: true,
          Alarms: [{ Name: name.replace('mpic-', 'mpic-errors-') }],
        },
      });
    }
  });

  it('does not shift, look or roll back where everything goes at once', () => {
    expect(rollOuts('everything at once').map(({ alias }) => alias.updatePolicy)).toEqual(
      rollOuts('everything at once').map(() => ({})),
    );
    const { stacks } = synthesise('everything at once');
    const names = stacks.flatMap((stack) => ofType(stack, 'AWS::Lambda::Function').map(({ name }) => name));
    expect(names).toEqual([
      'mpic-api',
      'mpic-decision',
      ...DEFAULT_REGIONS.map((code) => `mpic-perspective-${code}`),
    ]);
    expect(stacks.flatMap((stack) => ofType(stack, 'AWS::CodeDeploy::DeploymentGroup'))).toEqual([]);
  });

  it('leaves the version before it, so that there is one to go back to', () => {
    const versions = synthesise('the example').stacks.flatMap((stack) =>
      ofType(stack, 'AWS::Lambda::Version'),
    );
    expect(versions.map(({ deletionPolicy }) => deletionPolicy)).toEqual(versions.map(() => 'Retain'));
  });
});

describe('the warmers', () => {
  const warmers = (stack: SynthesisedStack) => ofType(stack, 'AWS::Scheduler::Schedule');

  it('touch one environment of each function every five minutes', () => {
    for (const stack of synthesise('the example').stacks) {
      const aliases = ofType(stack, 'AWS::Lambda::Alias').map(({ ref }) => ref);
      expect(warmers(stack).map(({ properties }) => memberAt(properties, 'Target.Arn'))).toEqual(aliases);
      for (const { properties } of warmers(stack)) {
        expect(properties.ScheduleExpression).toBe('rate(5 minutes)');
        expect(memberAt(properties, 'Target.RetryPolicy.MaximumRetryAttempts')).toBe(0);
      }
    }
  });

  it('come together where more environments are to be warm, every minute if so configured', () => {
    const stack = home('everything said otherwise');
    expect(warmers(stack).map(({ name }) => name)).toEqual([
      'staging-warm-api-1',
      'staging-warm-api-2',
      'staging-warm-api-3',
      'staging-warm-decision-1',
      'staging-warm-decision-2',
      'staging-warm-decision-3',
    ]);
    for (const { properties } of warmers(stack)) expect(properties.ScheduleExpression).toBe('rate(1 minute)');
  });

  it.each<{ variant: VariantName; holdMs: number }>([
    { variant: 'the example', holdMs: 0 },
    { variant: 'everything said otherwise', holdMs: 500 },
  ])('send an event that every function knows, and hold it $holdMs ms in $variant', ({ variant, holdMs }) => {
    for (const { properties } of synthesise(variant).stacks.flatMap(warmers)) {
      const event: unknown = JSON.parse(String(memberAt(properties, 'Target.Input')));
      expect(parseFunctionEvent(event)).toEqual({ mpic: 'warm', hold_ms: holdMs });
    }
  });

  it('are none where nobody wants them, and no role is left for them', () => {
    const { stacks } = synthesise('no warmers');
    expect(stacks.flatMap(warmers)).toEqual([]);
    expect(stacks.flatMap(rolesOf).filter(({ name }) => name.includes('warm'))).toEqual([]);
  });
});
