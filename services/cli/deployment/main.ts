import { parseArgs } from 'node:util';
import { readDeployment } from '../../../infra/config/deployment.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import { bootstrapTargets } from './bootstrap.ts';
import { runCdk } from './cdk.ts';
import { DeploymentError } from './deployment-error.ts';
import { destroy } from './destroy.ts';
import { findApiKey, findUrl } from './find.ts';
import { describeWorker } from './worker.ts';

const EXIT_USAGE = 2;

const USAGE = `Usage: npm run <command> [-- options]
  bootstrap                 prepare every region of the deployment for the CDK, once for each account
  url                       print the URL of the deployed API
  key -- [--caller <name>]  print the API key of a caller, the first one when left out
  destroy -- [--yes]        remove all stacks; asks first, unless told not to
  worker -- --perspective <code> --show policy|environment
                            print what a perspective on another host needs: its IAM policy, or its environment

Options of all: --config <file>, default mpic.config.json or MPIC_DEPLOYMENT
`;

const OPTIONS = {
  config: { type: 'string' },
  caller: { type: 'string' },
  perspective: { type: 'string' },
  show: { type: 'string' },
  yes: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [verb] = positionals;
  if (values.help || verb === undefined) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : EXIT_USAGE;
    return;
  }
  const deployment = readDeployment(
    values.config ?? process.env.MPIC_DEPLOYMENT ?? 'mpic.config.json',
    new Date(),
  );
  switch (verb) {
    case 'bootstrap':
      process.exitCode = await runCdk(['bootstrap', ...bootstrapTargets(deployment)]);
      return;
    case 'destroy':
      process.exitCode = await destroy(deployment, values.yes ?? false);
      return;
    case 'url':
      return print(await findUrl(deployment));
    case 'key':
      return print(await findApiKey(deployment, values.caller ?? null));
    case 'worker':
      return print(describeWorker(deployment, values.perspective ?? null, values.show ?? 'policy'));
    default:
      throw new DeploymentError(`there is no command ${verb}; --help lists those there are`, EXIT_USAGE);
  }
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. To ')[0] ?? '') : String(error);
    throw new DeploymentError(`${message}; --help lists the options there are`, EXIT_USAGE);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) {
    process.stderr.write(`${error.problems.map((problem) => `  - ${problem}`).join('\n')}\n`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof DeploymentError ? error.exitStatus : 1;
});
