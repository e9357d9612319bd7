import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import { acknowledge } from './acknowledge.ts';
import type { PartProps } from './scope.ts';

/** What each region has of its own: a key if the operator wants one, and a topic for its alarms. */
export function createRegionParts(scope: Construct, deployment: Deployment, what: string): PartProps {
  const key = deployment.encryption === 'customer-managed' ? createKey(scope, deployment, what) : null;
  return { deployment, key, alarmTopic: createAlarmTopic(scope, deployment, key, what) };
}

function createKey(scope: Construct, { names, retention }: Deployment, what: string): IKey {
  const key = new Key(scope, 'Key', {
    alias: names.function(what),
    description: `Queues, tables, secret, logs and topics of ${names.function(what)}`,
    enableKeyRotation: true,
    // Without its key a table or bucket that is kept cannot be read.
    removalPolicy: retention.data === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(retention.data === 'keep' ? 30 : 7),
  });
  for (const service of [
    'cloudwatch.amazonaws.com',
    'events.amazonaws.com',
    // The only one that has a name of its own in each region.
    `logs.${Stack.of(scope).region}.amazonaws.com`,
    'sns.amazonaws.com',
  ])
    key.grantEncryptDecrypt(new ServicePrincipal(service));
  return key;
}

function createAlarmTopic(scope: Construct, deployment: Deployment, key: IKey | null, what: string): Topic {
  const topic = new Topic(scope, 'AlarmTopic', {
    topicName: `${deployment.names.function(what)}-alarms`,
    enforceSSL: true,
    ...(key === null ? {} : { masterKey: key }),
  });
  // A policy of ours takes the place of the one that topics are made with, and of its permission for the own account.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': deployment.account } },
    }),
  );
  if (deployment.alarm_email !== undefined)
    topic.addSubscription(new EmailSubscription(deployment.alarm_email));
  if (key === null) {
    acknowledge(topic, {
      'AwsSolutions-SNS2':
        'An alarm says which metric passed which threshold and nothing of requests; CloudWatch cannot publish to a topic with the key that AWS manages. encryption "customer-managed" encrypts it.',
    });
  }
  return topic;
}
