import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { REQUESTS_KEY, RESULTS_KEY } from '../../../shared/contract/deployment/tables.ts';
import { arnOf } from '../../config/names.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { denyWithoutTls } from '../../constructs/allow.ts';
import type { PartProps } from '../../constructs/scope.ts';

/** Characters of the key of the choice of perspectives: letters and digits, 380 bits. */
const SECRET_LENGTH = 64;

/** What is kept: requests, results, the audit trail, and the secret that cohorts are drawn with. */
export function createData(scope: Construct, props: PartProps): void {
  const { names } = props.deployment;
  createTable(scope, 'Requests', props, {
    tableName: names.requestsTable,
    partitionKey: { name: REQUESTS_KEY.partition, type: AttributeType.STRING },
  });
  createTable(scope, 'Results', props, {
    tableName: names.resultsTable,
    partitionKey: { name: RESULTS_KEY.partition, type: AttributeType.STRING },
    sortKey: { name: RESULTS_KEY.sort, type: AttributeType.NUMBER },
  });
  createAuditBucket(scope, props);
  createCohortSecret(scope, props);
}

/** On demand, recoverable to any second of 35 days, over TLS only. Nothing expires: it is evidence. */
function createTable(
  scope: Construct,
  id: string,
  { deployment, key }: PartProps,
  props: TableProps & { readonly tableName: string },
): Table {
  const { account, home_region: region } = deployment;
  const arn = arnOf('dynamodb', { account, region }, `table/${props.tableName}`);
  const isKept = deployment.retention.data === 'keep';
  return new Table(scope, id, {
    ...props,
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: isKept,
    removalPolicy: isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    resourcePolicy: new PolicyDocument({ statements: [denyWithoutTls('dynamodb:*', arn)] }),
    ...(key === null
      ? { encryption: TableEncryption.DEFAULT }
      : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
  });
}

/**
 * Write once: what is put here cannot be changed or deleted before its time (TLS BR 5.4.3 [records-retention] and 5.4.4
 * [records-protection]).
 */
function createAuditBucket(scope: Construct, { deployment, key }: PartProps): void {
  const { account, home_region: region, names, retention } = deployment;
  const days = Duration.days(retention.audit_days);
  const locks = {
    governance: { objectLockEnabled: true, objectLockDefaultRetention: ObjectLockRetention.governance(days) },
    compliance: { objectLockEnabled: true, objectLockDefaultRetention: ObjectLockRetention.compliance(days) },
    none: {},
  } as const;
  const bucket = new Bucket(scope, 'Audit', {
    bucketName: names.auditBucket({ account, region }),
    ...locks[retention.audit_lock],
    versioned: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: retention.data === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(key === null
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
  });
  acknowledge(bucket, {
    'AwsSolutions-S1':
      'One role may write here and nobody else; who reads is recorded by the data events of the account’s trail, which the operator turns on for this bucket.',
  });
}

/** Made by the platform: it stands in no template, and in no environment but the memory of the functions. */
function createCohortSecret(scope: Construct, { deployment, key }: PartProps): void {
  const secret = new Secret(scope, 'CohortSecret', {
    secretName: deployment.names.cohortSecret,
    description: 'Key of the choice of perspectives: whoever knows it can predict who looks at a target',
    generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
    removalPolicy: deployment.retention.data === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(key === null ? {} : { encryptionKey: key }),
  });
  secret.addToResourcePolicy(denyWithoutTls('secretsmanager:*', '*'));
  acknowledge(secret, {
    'AwsSolutions-SMG4':
      'It is not rotated by itself: another secret is another cohort for every target, which an attacker could wait for. The runbook says how to change it.',
  });
}
