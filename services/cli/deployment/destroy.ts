import { createInterface } from 'node:readline/promises';
import type { Deployment } from '../../../infra/config/deployment.ts';
import { createAuditClient } from '../../../shared/adapters/aws/s3-audit-trail.ts';
import { runCdk } from './cdk.ts';
import { DeploymentError } from './deployment-error.ts';
import { emptyBucket } from './empty-bucket.ts';
import { isProtected } from './find.ts';

/** Status of a command that was called in a way it cannot be. */
const EXIT_USAGE = 2;
/** The decision writes a record with each environment that begins, so that a bucket may not be empty for long. */
const TRIES = 3;

/**
 * Remove all stacks of a deployment. Nothing is removed while the home stack is protected, since the perspectives without it are
 * of no use.
 *
 * @returns the exit status of the CDK.
 */
export async function destroy(deployment: Deployment, isConfirmed: boolean): Promise<number> {
  const { names, home_region: region } = deployment;
  if (await isProtected(deployment)) {
    throw new DeploymentError(
      `${names.homeStack} is protected against its end; to go on: aws cloudformation update-termination-protection --no-enable-termination-protection --region ${region} --stack-name ${names.homeStack}`,
    );
  }
  if (!isConfirmed) await confirm(deployment);
  if (deployment.retention.data === 'keep') return runCdk(['destroy', '--all', '--force']);
  const bucket = names.auditBucket({ account: deployment.account, region });
  const client = createAuditClient(region, process.env);
  let status = 1;
  for (let attempt = 1; attempt <= TRIES && status !== 0; attempt++) {
    const deleted = await emptyBucket(client, bucket);
    process.stdout.write(`${bucket}: ${deleted} audit objects deleted\n`);
    status = await runCdk(['destroy', '--all', '--force']);
  }
  return status;
}

/** Whoever is asked has to write the name; nobody is asked where nobody can answer. */
async function confirm({ name, names, retention }: Deployment): Promise<void> {
  if (!process.stdin.isTTY)
    throw new DeploymentError('nobody can be asked here: --yes destroys without asking', EXIT_USAGE);
  const fate =
    retention.data === 'keep'
      ? 'tables, secret and audit bucket stay'
      : 'ALL RECORDS ARE DELETED, the audit trail included';
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(
    `${names.homeStack} and every perspective are destroyed; ${fate}.\nWrite "${name}" to go on: `,
  );
  prompt.close();
  if (answer.trim() !== name) throw new DeploymentError('nothing was destroyed');
}
