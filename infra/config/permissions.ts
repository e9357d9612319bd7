import type { Conditions } from 'aws-cdk-lib/aws-iam';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { Deployment } from './deployment.ts';
import { arnOf } from './names.ts';

/** One statement of a policy, in the terms of IAM. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Conditions;
}

/**
 * All that a perspective may do, whoever hosts it: take jobs from its own queue, write results under its own code, wake the
 * decision over the queue of wake-ups. It can read nobody's results, its own included, and no request, and end no attempt:
 * deadlines have a queue to which it may not send. IAM cannot demand the condition under which it writes, so that it can put
 * a result of its own again; what counted is frozen with the verdict.
 */
export function perspectivePermissions(deployment: Deployment, code: PerspectiveCode): readonly Permission[] {
  const { account, home_region, names, perspectives } = deployment;
  const region = perspectives.find((perspective) => perspective.code === code)?.region ?? home_region;
  const home = { account, region: home_region };
  return [
    {
      actions: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ],
      resources: [arnOf('sqs', { account, region }, names.jobQueue(code))],
    },
    {
      actions: ['dynamodb:PutItem'],
      resources: [arnOf('dynamodb', home, `table/${names.resultsTable}`)],
      // It would hold for a call without keys; PutItem, the only action here, always has them.
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${code}#*`] } },
    },
    { actions: ['sqs:SendMessage'], resources: [arnOf('sqs', home, names.wakeQueue)] },
    ...keyPermissions(deployment, [{ account, region }, home]),
  ];
}

/** What accepting, answering and deciding takes. */
export function apiPermissions(deployment: Deployment): readonly Permission[] {
  const { account, home_region, names } = deployment;
  const home = { account, region: home_region };
  return [
    {
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem'],
      resources: [arnOf('dynamodb', home, `table/${names.requestsTable}`)],
    },
    {
      actions: ['dynamodb:BatchGetItem'],
      resources: [arnOf('dynamodb', home, `table/${names.resultsTable}`)],
    },
    {
      actions: ['sqs:SendMessage'],
      resources: [...jobQueueArns(deployment), arnOf('sqs', home, names.deadlineQueue)],
    },
    secretPermission(deployment),
    ...keyPermissions(deployment, everyPlace(deployment)),
  ];
}

/** What ending and publishing requests takes. */
export function decisionPermissions(deployment: Deployment): readonly Permission[] {
  const { account, home_region, names } = deployment;
  const home = { account, region: home_region };
  return [
    {
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem'],
      resources: [arnOf('dynamodb', home, `table/${names.requestsTable}`)],
    },
    {
      actions: ['dynamodb:BatchGetItem'],
      resources: [arnOf('dynamodb', home, `table/${names.resultsTable}`)],
    },
    {
      actions: ['sqs:SendMessage'],
      resources: [...jobQueueArns(deployment), arnOf('sqs', home, names.deadlineQueue)],
    },
    {
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [arnOf('sqs', home, names.deadlineQueue), arnOf('sqs', home, names.wakeQueue)],
    },
    { actions: ['events:PutEvents'], resources: [arnOf('events', home, `event-bus/${names.eventBus}`)] },
    { actions: ['s3:PutObject'], resources: [`arn:aws:s3:::${names.auditBucket(home)}/*`] },
    secretPermission(deployment),
    ...keyPermissions(deployment, everyPlace(deployment)),
  ];
}

function jobQueueArns({ account, names, perspectives }: Deployment): readonly string[] {
  return perspectives.map(({ code, region }) => arnOf('sqs', { account, region }, names.jobQueue(code)));
}

/** The platform adds six characters to the name of a secret. */
function secretPermission({ account, home_region, names }: Deployment): Permission {
  const home = { account, region: home_region };
  return {
    actions: ['secretsmanager:GetSecretValue'],
    resources: [arnOf('secretsmanager', home, `secret:${names.cohortSecret}-??????`)],
  };
}

interface KeyPlace {
  readonly account: string;
  readonly region: string;
}

function everyPlace({ account, home_region, perspectives }: Deployment): readonly KeyPlace[] {
  return [home_region, ...perspectives.map(({ region }) => region)].map((region) => ({ account, region }));
}

/** The ids of keys in other regions cannot be known beforehand, their aliases can. */
function keyPermissions(
  { encryption, names, perspectives }: Deployment,
  places: readonly KeyPlace[],
): readonly Permission[] {
  if (encryption === 'aws-owned') return [];
  const aliases = ['home', ...perspectives.map(({ code }) => `perspective-${code}`)].map(
    (what) => `alias/${names.function(what)}`,
  );
  const arns = [...new Set(places.map((place) => arnOf('kms', place, 'key/*')))];
  return [
    {
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: arns,
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': aliases } },
    },
  ];
}
