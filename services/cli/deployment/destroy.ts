import { createInterface } from 'node:readline/promises';
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  NoSuchBucket,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Deployment } from '../../../infra/config/deployment.ts';
import { createAuditClient } from '../../../shared/adapters/aws/s3-audit-trail.ts';
import { describeCredentials } from '../shell/aws-credentials.ts';
import { CommandError, EXIT, type Io, UsageError } from '../shell/command.ts';
import { runCdk } from './cdk.ts';
import { isProtected } from './find.ts';

/** The decision writes a record with each environment that begins, so that a bucket may not be empty for long. */
const TRIES = 3;

/**
 * Remove all stacks of a deployment. Nothing is removed while the home stack is protected, since the perspectives without it are
 * of no use.
 *
 * @returns the exit status of the CDK.
 */
export async function destroy(
  deployment: Deployment,
  isConfirmed: boolean,
  { environment, out }: Pick<Io, 'environment' | 'out'>,
): Promise<number> {
  const { names, home_region: region } = deployment;
  if (await isProtected(deployment)) {
    throw new CommandError(
      `${names.homeStack} is protected against its end; to go on: aws cloudformation update-termination-protection --no-enable-termination-protection --region ${region} --stack-name ${names.homeStack}`,
    );
  }
  if (!isConfirmed) await confirm(deployment);
  if (deployment.retention.data === 'keep') return runCdk(['destroy', '--all', '--force']);
  const bucket = names.auditBucket({ account: deployment.account, region });
  const client = createAuditClient(region, environment);
  let status = 1;
  for (let attempt = 1; attempt <= TRIES && status !== 0; attempt++) {
    out(`${bucket}: ${await emptyBucket(client, bucket)} audit objects deleted\n`);
    status = await runCdk(['destroy', '--all', '--force']);
  }
  return status;
}

/** Whoever is asked has to write the name; nobody is asked where nobody can answer. */
async function confirm({ name, names, retention }: Deployment): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError('nobody can be asked here: --yes destroys without asking');
  const fate =
    retention.data === 'keep'
      ? 'tables, secret and audit bucket stay'
      : 'ALL RECORDS ARE DELETED, the audit trail included';
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(
    `${names.homeStack} and every perspective are destroyed; ${fate}.\nWrite "${name}" to go on: `,
  );
  prompt.close();
  if (answer.trim() !== name) throw new CommandError('nothing was destroyed', EXIT.no);
}

/**
 * Delete every version of every object, for a bucket that is to be destroyed: the platform destroys empty ones only. A bucket
 * that is not there is empty.
 *
 * @returns how many versions there were.
 * @throws CommandError when one cannot be deleted, for instance because it is locked.
 */
export async function emptyBucket(client: S3Client, bucket: string): Promise<number> {
  let deleted = 0;
  for (;;) {
    const versions = await listSome(client, bucket);
    if (versions.length === 0) return deleted;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [...versions], Quiet: true } }),
    );
    const [first] = Errors;
    if (first !== undefined)
      throw new CommandError(`${bucket}: ${first.Key} cannot be deleted: ${first.Message ?? first.Code}`);
    deleted += versions.length;
  }
}

/** The first thousand of what is left, marks of deletion included. */
async function listSome(client: S3Client, bucket: string): Promise<readonly ObjectIdentifier[]> {
  try {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1000 }),
    );
    return [...Versions, ...DeleteMarkers].map(({ Key = '', VersionId }) => ({
      Key,
      ...(VersionId === undefined ? {} : { VersionId }),
    }));
  } catch (error) {
    if (error instanceof NoSuchBucket) return [];
    const reason = describeCredentials(error);
    throw reason === null ? error : new CommandError(`${bucket} cannot be read: ${reason}`);
  }
}
