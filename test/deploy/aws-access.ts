import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AwsCredentials } from '../../shared/adapters/aws/clients.ts';
import { toDocuments } from '../../shared/adapters/aws/documents.ts';
import { ROOT } from './child-environment.ts';
import type { Emulator } from './emulator.ts';

const REQUEST_TIMEOUT_MS = 40_000;

/** Clients of the emulator, by region, in somebody's name. */
export interface AwsAccess {
  dynamodb(region: string): DynamoDBDocumentClient;
  events(region: string): EventBridgeClient;
  lambda(region: string): LambdaClient;
  s3(region: string): S3Client;
  secrets(region: string): SecretsManagerClient;
  sqs(region: string): SQSClient;
  /** The same in another name. */
  as(credentials: AwsCredentials): AwsAccess;
}

/** One agent for all of them, so the connections end with the emulator. */
export function createAwsAccess(
  { endpoint, agent }: Pick<Emulator, 'endpoint' | 'agent'>,
  credentials: AwsCredentials = ROOT,
): AwsAccess {
  const configure = (region: string) => ({
    region,
    endpoint,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: agent, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true },
  });
  return {
    dynamodb: (region) => toDocuments(new DynamoDBClient(configure(region))),
    events: (region) => new EventBridgeClient(configure(region)),
    lambda: (region) => new LambdaClient(configure(region)),
    s3: (region) => new S3Client({ ...configure(region), forcePathStyle: true }),
    secrets: (region) => new SecretsManagerClient(configure(region)),
    sqs: (region) => new SQSClient(configure(region)),
    as: (other) => createAwsAccess({ endpoint, agent }, other),
  };
}
