import { describe, expect, it } from 'vitest';
import { REQUESTS_KEY, RESULTS_KEY } from '../../shared/contract/deployment/tables.ts';
import type { VariantName } from '../support/infra/deployments.ts';
import { guardedIn, refusesWithoutTls, statementsOf } from '../support/infra/policies.ts';
import { synthesise } from '../support/infra/synthesise.ts';
import {
  memberAt,
  ofType,
  type Properties,
  type SynthesisedStack,
  theOne,
} from '../support/infra/template.ts';

const DAY_S = 86_400;

describe('whatever has data in it', () => {
  it('is of six kinds: tables, bucket, queues, topics, bus and secret', () => {
    const kinds = guardedIn(synthesise('the example').stacks).map(({ owner }) => owner.type);
    expect([...new Set(kinds)].sort()).toEqual([
      'AWS::DynamoDB::Table',
      'AWS::Events::EventBus',
      'AWS::S3::Bucket',
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
      'AWS::SecretsManager::Secret',
    ]);
  });

  it('refuses the objects of the bucket without TLS, too, and TLS before 1.2', () => {
    const { home } = synthesise('the example');
    const policy = theOne(home, 'AWS::S3::BucketPolicy').properties.PolicyDocument;
    expect(refusesWithoutTls(policy, 'arn:aws:s3:::mpic-audit-123456789012-eu-west-1/*')).toBe(true);
    expect(statementsOf(policy).map(({ condition }) => condition)).toContainEqual({
      NumericLessThan: { 's3:TlsVersion': 1.2 },
    });
  });
});

describe('the topics of alarms', () => {
  it('tell the address of the operator, in every region', () => {
    for (const stack of synthesise('the example').stacks) {
      expect(theOne(stack, 'AWS::SNS::Subscription').properties).toEqual({
        Endpoint: 'oncall@ca.example',
        Protocol: 'email',
        TopicArn: theOne(stack, 'AWS::SNS::Topic').arn,
      });
    }
  });
});

describe('the queues', () => {
  it('are one of jobs for each perspective, one of deadlines and one of wake-ups, each with one for dead letters', () => {
    const { stacks, deployment } = synthesise('a worker');
    const names = stacks.map((stack) =>
      ofType(stack, 'AWS::SQS::Queue')
        .map(({ name }) => name)
        .sort(),
    );
    expect(names).toEqual([
      ['mpic-deadlines', 'mpic-deadlines-dead', 'mpic-wake-ups', 'mpic-wake-ups-dead'],
      ...deployment.perspectives.map(({ code }) => [`mpic-jobs-${code}`, `mpic-jobs-${code}-dead`]),
    ]);
  });

  it('are hidden long enough for a worker, which has no function', () => {
    const jobs = synthesise('a worker').perspectives.get('jnb-1');
    expect(jobs?.resources.filter(({ type }) => type === 'AWS::Lambda::Function')).toEqual([]);
    const queue = jobs && theOne(jobs, 'AWS::SQS::Queue', { QueueName: 'mpic-jobs-jnb-1' });
    expect(queue?.properties.VisibilityTimeout).toBeGreaterThan(10 + 10);
  });

  it('deliver what the decision takes with patience, and jobs three times', () => {
    const { stacks } = synthesise('the example');
    const received = new Map(
      stacks
        .flatMap((stack) => ofType(stack, 'AWS::SQS::Queue'))
        .map(({ name, properties }) => [name, memberAt(properties, 'RedrivePolicy.maxReceiveCount')]),
    );
    expect(received.get('mpic-deadlines')).toBe(100);
    expect(received.get('mpic-wake-ups')).toBe(100);
    expect(received.get('mpic-jobs-sa-east-1')).toBe(3);
  });

  it('keep deadlines as long as SQS can, wake-ups for an hour, and jobs no longer than their attempts', () => {
    const { home, perspectives } = synthesise('the example');
    const retention = (QueueName: string) =>
      theOne(home, 'AWS::SQS::Queue', { QueueName }).properties.MessageRetentionPeriod;
    expect(retention('mpic-deadlines')).toBe(14 * DAY_S);
    expect(retention('mpic-wake-ups')).toBe(3_600);
    for (const [code, stack] of perspectives) {
      const jobs = theOne(stack, 'AWS::SQS::Queue', { QueueName: `mpic-jobs-${code}` });
      expect(jobs.properties.MessageRetentionPeriod).toBe(300);
    }
  });
});

describe('the tables', () => {
  const table = (name: string) =>
    theOne(synthesise('the example').home, 'AWS::DynamoDB::Table', { TableName: name }).properties;

  it('have the keys that the stores use', () => {
    expect(table('mpic-requests').KeySchema).toEqual([
      { AttributeName: REQUESTS_KEY.partition, KeyType: 'HASH' },
    ]);
    expect(table('mpic-results').KeySchema).toEqual([
      { AttributeName: RESULTS_KEY.partition, KeyType: 'HASH' },
      { AttributeName: RESULTS_KEY.sort, KeyType: 'RANGE' },
    ]);
    expect(table('mpic-results').AttributeDefinitions).toEqual([
      { AttributeName: RESULTS_KEY.partition, AttributeType: 'S' },
      { AttributeName: RESULTS_KEY.sort, AttributeType: 'N' },
    ]);
  });

  it('let nothing expire, for it is evidence', () => {
    for (const { properties } of ofType(synthesise('the example').home, 'AWS::DynamoDB::Table'))
      expect(properties).not.toHaveProperty('TimeToLiveSpecification');
  });
});

describe('the audit trail', () => {
  const bucket = (variant: VariantName) => theOne(synthesise(variant).home, 'AWS::S3::Bucket').properties;

  it.each<{ name: string; variant: VariantName; lock: Properties }>([
    {
      name: 'nobody changes a record for two years, but for whom the account allows it',
      variant: 'the example',
      lock: { Mode: 'GOVERNANCE', Days: 1_200 },
    },
    {
      name: 'nobody at all changes a record for as long as the operator says',
      variant: 'everything said otherwise',
      lock: { Mode: 'COMPLIANCE', Days: 2_557 },
    },
  ])('$name', ({ variant, lock }) => {
    expect(bucket(variant)).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: lock } },
    });
  });

  it('has no lock in a deployment to throw away', () => {
    expect(bucket('a deployment to throw away')).not.toHaveProperty('ObjectLockEnabled');
    expect(bucket('a deployment to throw away')).not.toHaveProperty('ObjectLockConfiguration');
  });
});

describe('what is left when a stack is destroyed', () => {
  const kept = (variant: VariantName) =>
    synthesise(variant)
      .stacks.flatMap(({ resources }) => resources)
      .filter(({ type, deletionPolicy }) => deletionPolicy === 'Retain' && type !== 'AWS::Lambda::Version')
      .map(({ name, type }) => name ?? type)
      .sort();

  it('is tables, audit trail and secret, and the role of the account that other gateways may write logs with', () => {
    expect(kept('the example')).toEqual([
      'AWS::ApiGateway::Account',
      'AWS::IAM::Role',
      'mpic-audit-123456789012-eu-west-1',
      'mpic-cohort-secret',
      'mpic-requests',
      'mpic-results',
    ]);
  });

  it('includes the keys with which that can be read', () => {
    const keys = kept('keys of the customer').filter((name) => name === 'AWS::KMS::Key');
    expect(keys).toHaveLength(synthesise('keys of the customer').stacks.length);
  });

  it('is nothing in a deployment to throw away', () => {
    expect(kept('a deployment to throw away')).toEqual([]);
  });

  it.each<{ variant: VariantName; protectedTables: boolean }>([
    { variant: 'the example', protectedTables: true },
    { variant: 'a deployment to throw away', protectedTables: false },
  ])(
    'is protected from being deleted by hand in $variant: $protectedTables',
    ({ variant, protectedTables }) => {
      const tables = ofType(synthesise(variant).home, 'AWS::DynamoDB::Table');
      expect(tables.map(({ properties }) => properties.DeletionProtectionEnabled)).toEqual([
        protectedTables,
        protectedTables,
      ]);
    },
  );
});

describe('encryption', () => {
  /** Where each kind of thing says with which key it is encrypted. */
  const KEY_MEMBERS: Readonly<Record<string, string>> = {
    'AWS::DynamoDB::Table': 'SSESpecification.KMSMasterKeyId',
    'AWS::Events::Archive': 'KmsKeyIdentifier',
    'AWS::Events::EventBus': 'KmsKeyIdentifier',
    'AWS::Lambda::Function': 'KmsKeyArn',
    'AWS::Logs::LogGroup': 'KmsKeyId',
    'AWS::S3::Bucket':
      'BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID',
    'AWS::SNS::Topic': 'KmsMasterKeyId',
    'AWS::SQS::Queue': 'KmsMasterKeyId',
    'AWS::SecretsManager::Secret': 'KmsKeyId',
  };
  const encrypted = (stack: SynthesisedStack) => stack.resources.filter(({ type }) => type in KEY_MEMBERS);

  it('with keys of the customer takes the one key of its region for everything', () => {
    for (const stack of synthesise('keys of the customer').stacks) {
      const { arn } = theOne(stack, 'AWS::KMS::Key');
      const others = encrypted(stack).filter(
        ({ type, properties }) => memberAt(properties, KEY_MEMBERS[type] ?? '') !== arn,
      );
      expect(others.map(({ name, id }) => name ?? id)).toEqual([]);
    }
  });

  it('otherwise makes no key and names none', () => {
    for (const stack of synthesise('the example').stacks) {
      expect(ofType(stack, 'AWS::KMS::Key')).toEqual([]);
      const named = encrypted(stack).filter(({ type, properties }) =>
        memberAt(properties, KEY_MEMBERS[type] ?? ''),
      );
      expect(named.map(({ name, id }) => name ?? id)).toEqual([]);
    }
  });

  it('is there for queues and bucket without a key of the customer, too', () => {
    const { stacks, home } = synthesise('the example');
    const queues = stacks.flatMap((stack) => ofType(stack, 'AWS::SQS::Queue'));
    expect(queues.filter(({ properties }) => properties.SqsManagedSseEnabled !== true)).toEqual([]);
    expect(theOne(home, 'AWS::S3::Bucket').properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    });
  });

  it('has keys that are renewed every year, by a name that other regions know', () => {
    for (const stack of synthesise('keys of the customer').stacks) {
      expect(theOne(stack, 'AWS::KMS::Key').properties).toMatchObject({
        EnableKeyRotation: true,
        PendingWindowInDays: 30,
      });
      expect(theOne(stack, 'AWS::KMS::Alias').name).toBe(`alias/${stack.name}`);
    }
  });

  it('lets those services use the key that have to, the logs by the name they have in their region', () => {
    for (const stack of synthesise('keys of the customer').stacks) {
      const statements = statementsOf(theOne(stack, 'AWS::KMS::Key').properties.KeyPolicy);
      // Statements that say the same of several services may be one.
      const services = statements
        .flatMap(({ principal }) => principal?.split(',') ?? [])
        .filter((principal) => principal.endsWith('.amazonaws.com'));
      expect(new Set(services)).toEqual(
        new Set([
          'cloudwatch.amazonaws.com',
          'events.amazonaws.com',
          `logs.${stack.region}.amazonaws.com`,
          'sns.amazonaws.com',
        ]),
      );
    }
  });
});

describe('the secret', () => {
  it('is made by the platform, long enough that nobody guesses it', () => {
    expect(theOne(synthesise('the example').home, 'AWS::SecretsManager::Secret').properties).toMatchObject({
      Name: 'mpic-cohort-secret',
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    });
  });
});

describe('the completion events', () => {
  it('can be sent again for 30 days', () => {
    expect(theOne(synthesise('the example').home, 'AWS::Events::Archive').properties).toMatchObject({
      SourceArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/mpic-events',
      EventPattern: { source: ['mpic'] },
      RetentionDays: 30,
    });
  });

  it('are not archived for ever where the operator wants no archive', () => {
    expect(ofType(synthesise('a deployment to throw away').home, 'AWS::Events::Archive')).toEqual([]);
  });
});
