import { spawn } from 'node:child_process';

/** The CDK's own command, with its own output; ends with its exit status. */
export function runCdk(argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--no-install', 'cdk', ...argv], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
}
