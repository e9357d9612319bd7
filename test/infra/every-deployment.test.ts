import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { RUNBOOK_SECTIONS } from '../../infra/constructs/alarm.ts';
import { HOME_RECEIVE_COUNT, MAX_RECEIVE_COUNT } from '../../shared/ports/queues.ts';
import {
  EXAMPLE,
  EXAMPLE_FILE,
  parseExample,
  VARIANT_NAMES,
  VARIANTS,
} from '../support/infra/deployments.ts';
import { guardedIn, refusesWithoutTls, rolesOf, statementsOf } from '../support/infra/policies.ts';
import { type Synthesis, synthesise, synthesiseDeployment } from '../support/infra/synthesise.ts';
import {
  memberAt,
  ofType,
  type Properties,
  type Resource,
  type SynthesisedStack,
} from '../support/infra/template.ts';

const DAY_S = 86_400;

const everything = ({ stacks }: Synthesis) =>
  stacks.flatMap((stack) => stack.resources.map((resource) => ({ stack, resource })));
const allOf = ({ stacks }: Synthesis, type: string) => stacks.flatMap((stack) => ofType(stack, type));
const labels = (resources: readonly Resource[]) => resources.map(({ name, id }) => name ?? id);
/** Every text in a template, names of members included. */
const textOf = ({ template }: SynthesisedStack) => JSON.stringify(template);

/**
 * Everything that our roles may do to more than one thing of a name that is known, and why. Whatever is not here is refused.
 */
const WILDCARDS: readonly { readonly actions: RegExp; readonly resource: RegExp }[] = [
  // The objects of one bucket: their names are dates and ids of requests.
  { actions: /^s3:PutObject$/, resource: /^arn:aws:s3:::[a-z0-9-]+-audit-\d{12}-[a-z0-9-]+\/\*$/ },
  // The platform adds six characters to the name of a secret.
  {
    actions: /^secretsmanager:GetSecretValue$/,
    resource: /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[a-z-]+-cohort-secret-\?{6}$/,
  },
  // The streams of one log.
  {
    actions: /^logs:(CreateLogStream|PutLogEvents)$/,
    resource: /^arn:aws:logs:[a-z0-9-]+:\d{12}:log-group:\/aws\/lambda\/[a-z0-9-]+:\*$/,
  },
  // The versions of one function, whose numbers are not known beforehand.
  {
    actions: /^lambda:InvokeFunction$/,
    resource: /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[a-z0-9-]+:\*$/,
  },
  // Keys by the aliases that the condition names: their ids in other regions are not known.
  { actions: /^kms:(Decrypt|GenerateDataKey)$/, resource: /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/\*$/ },
];

/** What every type that our stacks may have costs when nobody calls. None is billed by the hour. */
const COST_OF_STANDING_STILL: Readonly<Record<string, 'nothing' | 'by the month'>> = {
  'AWS::ApiGateway::Account': 'nothing',
  'AWS::ApiGateway::ApiKey': 'nothing',
  'AWS::ApiGateway::BasePathMapping': 'nothing',
  'AWS::ApiGateway::Deployment': 'nothing',
  'AWS::ApiGateway::DomainName': 'nothing',
  'AWS::ApiGateway::GatewayResponse': 'nothing',
  'AWS::ApiGateway::Method': 'nothing',
  'AWS::ApiGateway::Resource': 'nothing',
  'AWS::ApiGateway::RestApi': 'nothing',
  'AWS::ApiGateway::Stage': 'nothing',
  'AWS::ApiGateway::UsagePlan': 'nothing',
  'AWS::ApiGateway::UsagePlanKey': 'nothing',
  'AWS::CloudWatch::Alarm': 'by the month',
  'AWS::CloudWatch::Dashboard': 'by the month',
  'AWS::CodeDeploy::Application': 'nothing',
  'AWS::CodeDeploy::DeploymentGroup': 'nothing',
  'AWS::DynamoDB::Table': 'by the month',
  'AWS::Events::Archive': 'by the month',
  'AWS::Events::EventBus': 'nothing',
  'AWS::Events::EventBusPolicy': 'nothing',
  'AWS::IAM::Policy': 'nothing',
  'AWS::IAM::Role': 'nothing',
  'AWS::KMS::Alias': 'nothing',
  'AWS::KMS::Key': 'by the month',
  'AWS::Lambda::Alias': 'nothing',
  'AWS::Lambda::EventSourceMapping': 'nothing',
  'AWS::Lambda::Function': 'nothing',
  'AWS::Lambda::Permission': 'nothing',
  'AWS::Lambda::Version': 'nothing',
  'AWS::Logs::LogGroup': 'by the month',
  'AWS::Logs::MetricFilter': 'by the month',
  'AWS::S3::Bucket': 'by the month',
  'AWS::S3::BucketPolicy': 'nothing',
  'AWS::SNS::Subscription': 'nothing',
  'AWS::SNS::Topic': 'nothing',
  'AWS::SNS::TopicPolicy': 'nothing',
  'AWS::SQS::Queue': 'nothing',
  'AWS::SQS::QueuePolicy': 'nothing',
  'AWS::Scheduler::Schedule': 'nothing',
  'AWS::SecretsManager::ResourcePolicy': 'nothing',
  'AWS::SecretsManager::Secret': 'by the month',
  'AWS::WAFv2::WebACLAssociation': 'nothing',
};

describe.each(VARIANT_NAMES.map((variant) => ({ variant })))('$variant', ({ variant }) => {
  const { names } = parseExample(VARIANTS[variant]);
  const synthesised = () => synthesise(variant, 'checked');

  it('has nothing that the rules of AWS or of the CDK object to', () => {
    expect(synthesised().findings).toEqual([]);
  });

  it('waits for nothing that waits for it, and refers to no other stack', () => {
    for (const stack of synthesised().stacks) {
      expect(() => Template.fromJSON({ ...stack.template })).not.toThrow();
      expect(textOf(stack)).not.toMatch(/Fn::ImportValue|Fn::GetStackOutput|ExportsOutput|"Export"/);
    }
  });

  it('needs no code of the CDK, no network of its own, and nothing that nobody has counted the cost of', () => {
    const types = everything(synthesised()).map(({ resource }) => resource.type);
    expect(types.filter((type) => !(type in COST_OF_STANDING_STILL))).toEqual([]);
    // The one thing of a gateway that is billed by the hour.
    for (const { properties } of allOf(synthesised(), 'AWS::ApiGateway::Stage'))
      expect(properties).not.toHaveProperty('CacheClusterEnabled');
  });

  it('has no secret in it', () => {
    for (const stack of synthesised().stacks)
      expect(textOf(stack)).not.toMatch(
        /\{\{resolve:|"SecretString"|BEGIN [A-Z ]*PRIVATE KEY|AKIA[A-Z0-9]{16}/,
      );
    // Who names the value of an API key has it in a file.
    for (const { properties } of allOf(synthesised(), 'AWS::ApiGateway::ApiKey'))
      expect(properties).not.toHaveProperty('Value');
  });

  it('tells no function a secret', () => {
    for (const { properties } of allOf(synthesised(), 'AWS::Lambda::Function')) {
      const { MPIC_COHORT_SECRET_ID: secretName = names.cohortSecret, ...others } = memberAt(
        properties,
        'Environment.Variables',
      ) as Properties;
      expect(secretName).toBe(names.cohortSecret);
      expect(Object.keys(others).filter((name) => /SECRET|API_KEY|TOKEN|PASSWORD/.test(name))).toEqual([]);
    }
  });

  it('says with a tag to which deployment each thing belongs', () => {
    const { stacks, taggable, deployment } = synthesised();
    const wanted = [{ Key: 'mpic:deployment', Value: deployment.name }].concat(
      Object.entries(deployment.tags).map(([Key, Value]) => ({ Key, Value })),
    );
    for (const stack of stacks) {
      const ids = taggable.get(stack.name) ?? [];
      expect(ids.length).toBeGreaterThan(3);
      for (const { id, properties } of stack.resources.filter((resource) => ids.includes(resource.id)))
        expect({ id, tags: properties.Tags }).toEqual({ id, tags: expect.arrayContaining(wanted) });
    }
  });

  it('gives no two things of a kind the same name, in whatever regions they are', () => {
    const named = everything(synthesised())
      .filter(({ resource }) => resource.name !== null && resource.type !== 'AWS::Lambda::Alias')
      .map(({ resource }) => `${resource.type} ${resource.name}`);
    expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
  });

  describe('whatever has data in it', () => {
    it('refuses everybody without TLS', () => {
      const open = guardedIn(synthesised().stacks).filter(({ owner, policy }) => {
        // The policy of a secret can speak of no other.
        const resource = owner.type === 'AWS::SecretsManager::Secret' ? '*' : owner.arn;
        return !refusesWithoutTls(policy, resource ?? '');
      });
      expect(labels(open.map(({ owner }) => owner))).toEqual([]);
    });

    it('lets in nobody by a policy of its own but CloudWatch, which publishes alarms of this account', () => {
      const topics = allOf(synthesised(), 'AWS::SNS::Topic');
      const allowed = guardedIn(synthesised().stacks)
        .flatMap(({ policy }) => statementsOf(policy))
        .filter(({ effect }) => effect === 'Allow');
      expect(allowed).toEqual(
        topics.map(({ arn }) => ({
          effect: 'Allow',
          principal: 'cloudwatch.amazonaws.com',
          actions: ['sns:Publish'],
          resources: [arn],
          condition: { StringEquals: { 'aws:SourceAccount': EXAMPLE.account } },
        })),
      );
    });

    it('is paid by the call and can be restored, where it is a table', () => {
      const tables = allOf(synthesised(), 'AWS::DynamoDB::Table');
      expect(tables).toHaveLength(2);
      for (const { properties } of tables) {
        expect(properties).toMatchObject({
          BillingMode: 'PAY_PER_REQUEST',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        });
        expect(properties).not.toHaveProperty('ProvisionedThroughput');
      }
    });

    it('keeps former versions and is closed to the public, where it is a bucket', () => {
      const buckets = allOf(synthesised(), 'AWS::S3::Bucket');
      expect(buckets).toHaveLength(1);
      for (const { properties } of buckets) {
        expect(properties).toMatchObject({
          VersioningConfiguration: { Status: 'Enabled' },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        });
        expect(properties).not.toHaveProperty('LifecycleConfiguration');
      }
    });
  });

  describe('a queue', () => {
    const isDead = ({ name }: Resource) => name?.endsWith('-dead') ?? false;
    const queues = () => allOf(synthesised(), 'AWS::SQS::Queue');

    it('sets a message aside after three deliveries, and a deadline after a hundred', () => {
      for (const queue of queues().filter((one) => !isDead(one))) {
        const dead = queues().find(({ name }) => name === `${queue.name}-dead`);
        expect(queue.properties.RedrivePolicy).toEqual({
          deadLetterTargetArn: dead?.arn,
          maxReceiveCount: /-(deadlines|wake-ups)$/.test(queue.name ?? '')
            ? HOME_RECEIVE_COUNT
            : MAX_RECEIVE_COUNT,
        });
      }
    });

    it('of dead letters keeps them for 14 days and hands them to nobody', () => {
      expect(queues().filter(isDead)).toHaveLength(queues().length / 2);
      for (const { properties } of queues().filter(isDead)) {
        expect(properties.MessageRetentionPeriod).toBe(14 * DAY_S);
        expect(properties).not.toHaveProperty('RedrivePolicy');
      }
    });

    it('gives a message to nobody else while a function works on it', () => {
      for (const { properties } of allOf(synthesised(), 'AWS::Lambda::EventSourceMapping')) {
        const queue = queues().find(({ arn }) => arn === properties.EventSourceArn);
        const consumer = consumerOf(synthesised(), properties);
        expect(queue?.properties.VisibilityTimeout).toBeGreaterThan(Number(consumer?.properties.Timeout));
      }
    });
  });

  describe('a role', () => {
    const roles = () => synthesised().stacks.flatMap(rolesOf);
    const statements = () => roles().flatMap((role) => role.statements);

    it('may do actions by their names, on things by theirs', () => {
      const grants = statements().flatMap(({ actions, resources }) =>
        resources.flatMap((resource) => actions.map((action) => ({ action, resource }))),
      );
      expect(grants.filter(({ action }) => /[*?]/.test(action))).toEqual([]);
      const unexplained = grants.filter(
        ({ action, resource }) =>
          /[*?]/.test(resource) &&
          !WILDCARDS.some((one) => one.actions.test(action) && one.resource.test(resource)),
      );
      expect(unexplained).toEqual([]);
    });

    it('may use keys only by the aliases of this deployment', () => {
      for (const { actions, condition } of statements().filter(({ actions: [first] }) =>
        first?.startsWith('kms:'),
      )) {
        expect(actions).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
        const aliases = memberAt(condition, 'ForAnyValue:StringEquals') as Properties;
        expect(aliases['kms:ResourceAliases']).toEqual(
          synthesised().stacks.map((stack) => `alias/${stack.name}`),
        );
      }
    });

    it('belongs to one function, unless a service of the platform works with it', () => {
      const used = allOf(synthesised(), 'AWS::Lambda::Function').map(({ properties }) => properties.Role);
      expect(new Set(used).size).toBe(used.length);
    });

    it('has a policy of the platform only where the platform works with it', () => {
      const managed = roles().filter((role) => role.managed.length > 0);
      expect(new Set(managed.flatMap(({ trusts }) => trusts.map(({ principal }) => principal)))).toEqual(
        new Set(
          variant === 'everything at once'
            ? ['apigateway.amazonaws.com']
            : ['apigateway.amazonaws.com', 'codedeploy.amazonaws.com'],
        ),
      );
    });
  });

  describe('a function', () => {
    const functions = () => allOf(synthesised(), 'AWS::Lambda::Function');

    it('runs on Node.js 24 or in an image, on ARM, outside of any network of ours', () => {
      for (const { properties } of functions()) {
        expect(properties.Architectures).toEqual(['arm64']);
        expect(properties.PackageType === 'Image' ? 'image' : properties.Runtime).toMatch(
          /^(image|nodejs24\.x)$/,
        );
        expect(properties).not.toHaveProperty('VpcConfig');
      }
    });

    it('writes into a log of its own, which ends', () => {
      const { deployment } = synthesised();
      for (const { properties, name } of functions()) {
        const log = memberAt(properties, 'LoggingConfig.LogGroup');
        expect(log).toBe(`/aws/lambda/${name}`);
        const group = allOf(synthesised(), 'AWS::Logs::LogGroup').find((one) => one.name === log);
        expect(group?.properties.RetentionInDays).toBe(deployment.retention.log_days);
      }
    });

    it('is called by its alias', () => {
      for (const { properties } of allOf(synthesised(), 'AWS::Lambda::EventSourceMapping')) {
        expect(String(properties.FunctionName)).toMatch(/:live$/);
        expect(consumerOf(synthesised(), properties)).toBeDefined();
      }
      for (const { properties } of allOf(synthesised(), 'AWS::Scheduler::Schedule'))
        expect(memberAt(properties, 'Target.Arn')).toMatch(/:live$/);
      for (const { properties } of allOf(synthesised(), 'AWS::Lambda::Permission'))
        expect(properties.FunctionName).toMatch(/:live$/);
    });

    it('says which messages of a batch failed, and has either a limit or pollers of its own', () => {
      for (const { properties } of allOf(synthesised(), 'AWS::Lambda::EventSourceMapping')) {
        expect(properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
        const limits = ['ScalingConfig', 'ProvisionedPollerConfig'].filter((member) => member in properties);
        expect(limits).toHaveLength(1);
      }
    });
  });

  describe('an alarm', () => {
    it('tells the topic of its region when it goes off and when it is over', () => {
      for (const stack of synthesised().stacks) {
        const [topic] = ofType(stack, 'AWS::SNS::Topic');
        for (const { properties } of ofType(stack, 'AWS::CloudWatch::Alarm')) {
          expect(properties.AlarmActions).toEqual([topic?.arn]);
          expect(properties.OKActions).toEqual([topic?.arn]);
        }
      }
    });

    it('says in a sentence what it means, and where to read on', () => {
      const { deployment } = synthesised();
      const runbook = deployment.runbook_url ?? 'docs/runbook.md';
      for (const { properties } of allOf(synthesised(), 'AWS::CloudWatch::Alarm')) {
        const [says, link] = String(properties.AlarmDescription).split(' Runbook: ');
        expect(says).toMatch(/^[A-Za-z].{20,}\.$/);
        expect(RUNBOOK_SECTIONS.map((section) => `${runbook}#${section}`)).toContain(link);
      }
    });
  });
});

/** The function behind the alias that a mapping names. */
function consumerOf(synthesis: Synthesis, { FunctionName }: Properties): Resource | undefined {
  const [name] = String(FunctionName).split(':');
  return allOf(synthesis, 'AWS::Lambda::Function').find((one) => one.name === name);
}

describe('the types of resources', () => {
  it('are all in use, so that the list of what they cost is no longer than it must be', () => {
    const used = VARIANT_NAMES.flatMap((variant) => everything(synthesise(variant, 'checked')));
    expect([...new Set(used.map(({ resource }) => resource.type))].sort()).toEqual(
      Object.keys(COST_OF_STANDING_STILL).sort(),
    );
  });
});

describe('synthesising twice', () => {
  it('makes the same templates', () => {
    const [once, again] = [
      synthesise('the example', 'checked'),
      synthesiseDeployment(parseExample(), 'unchecked'),
    ];
    expect(again.stacks.map(textOf)).toEqual(once.stacks.map(textOf));
  });
});

describe('the program that the CDK runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpic-program-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { readonly context: Properties };

  async function run(config: string) {
    const outdir = join(folder, 'out');
    const environment = {
      ...process.env,
      MPIC_DEPLOYMENT: config,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      // The same templates have been through the rules of CloudFormation above; those of cdk-nag run here, too.
      CDK_VALIDATION: 'false',
    };
    try {
      const { stderr } = await promisify(execFile)('node', ['dist/infra.mjs'], { env: environment });
      return { status: 0, stderr, outdir };
    } catch (error) {
      const { code, stderr } = error as { readonly code: number; readonly stderr: string };
      return { status: code, stderr, outdir };
    }
  }

  function write(content: unknown): string {
    const path = join(folder, 'mpic.config.json');
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  it('makes the templates that are looked at here, and finds nothing', async () => {
    const { status, outdir } = await run(EXAMPLE_FILE);
    expect(status).toBe(0);
    const read = (name: string): unknown => JSON.parse(readFileSync(join(outdir, name), 'utf8'));
    expect(read('validation-report.json')).toMatchObject({ pluginReports: [] });
    for (const { name, template } of synthesise('the example', 'checked').stacks)
      expect(read(`${name}.template.json`)).toEqual(template);
  });

  it('makes nothing of a configuration that is wrong, and says everything that is', async () => {
    const { status, stderr } = await run(write({ ...EXAMPLE, account: '1', caa_domains: [] }));
    expect(status).toBe(2);
    expect(stderr).toContain('Nothing is deployed, for the configuration is wrong:\n');
    expect(stderr).toContain('account: must be the twelve digits of an AWS account');
    expect(stderr).toContain('caa_domains: must name the issuer domain names of the CA');
  });

  it('says what may not be meant, and goes on', async () => {
    const { alarm_email: _, ...config } = EXAMPLE;
    const { status, stderr } = await run(write(config));
    expect(status).toBe(0);
    expect(stderr).toContain('note: alarm_email is not set: alarms go off and nobody is told');
  });
});
