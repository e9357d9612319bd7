import { spawn } from 'node:child_process';
import type { Deployment } from '../../../infra/config/deployment.ts';

/** The CDK's own command, with its own output; ends with its exit status. */
export function runCdk(argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--no-install', 'cdk', ...argv], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
}

/** Every region of a deployment, in the form that the CDK's bootstrap takes. */
export function bootstrapTargets({ account, home_region, perspectives }: Deployment): readonly string[] {
  const regions = new Set([home_region, ...perspectives.map(({ region }) => region)]);
  return [...regions].map((region) => `aws://${account}/${region}`);
}
