import type { Command } from 'commander';
import * as z from 'zod';
import { type Deployment, readDeployment } from '../../../infra/config/deployment.ts';
import { define, EXIT, type Io, type OptionSpecs, type OptionValues, option } from '../shell/command.ts';
import { toggle } from '../shell/values.ts';
import { bootstrapTargets, runCdk } from './cdk.ts';
import { destroy } from './destroy.ts';
import { findApiKey, findUrl } from './find.ts';
import { describeWorker, WORKER_VIEWS } from './worker.ts';

const CONFIG = {
  config: option(
    '<file>',
    'what describes the deployment; else MPIC_DEPLOYMENT, else mpic.config.json',
    z.string().optional(),
  ),
};
const YES = { yes: option('', 'do not ask', toggle) };
const CALLER = { caller: option('<name>', 'whose key; left out, the first one', z.string().optional()) };
const WORKER = {
  perspective: option('<code>', 'a perspective of the deployment', z.string().optional()),
  show: option(
    `<${WORKER_VIEWS.join('|')}>`,
    'the IAM policy of its identity, or the environment of its process',
    z.enum(WORKER_VIEWS, `is ${WORKER_VIEWS.join(' or ')}`).default('policy'),
  ),
};

/** `mpic deployment`: what an operator does with a deployment on AWS besides `npm run deploy`. The CDK's own statuses are passed on. */
export function defineCommand(command: Command, io: Io): void {
  /** One verb, whose work gets the deployment that the command line names. */
  const verb = <Specs extends OptionSpecs>(
    name: string,
    description: string,
    specs: Specs,
    work: (deployment: Deployment, values: OptionValues<Specs>) => string | Promise<number | string>,
  ) =>
    define(
      command.command(name).description(description),
      { ...specs, ...CONFIG },
      [`mpic deployment ${name}${name === 'worker' ? ' --perspective helsinki --show policy' : ''}`],
      async (values: OptionValues<Specs & typeof CONFIG>) => {
        const path = values.config ?? io.environment.MPIC_DEPLOYMENT ?? 'mpic.config.json';
        const result = await work(readDeployment(path, new Date(io.clock.now())), values);
        if (typeof result === 'number') return result;
        io.out(`${result}\n`);
        return EXIT.ok;
      },
    );

  verb(
    'bootstrap',
    'prepare every region of the deployment for the CDK, once for each account',
    {},
    (deployment) => runCdk(['bootstrap', ...bootstrapTargets(deployment)]),
  );
  verb('url', 'print the URL of the deployed API, and nothing else', {}, findUrl);
  verb('key', 'print the API key of a caller, and nothing else', CALLER, (deployment, { caller }) =>
    findApiKey(deployment, caller ?? null),
  );
  verb(
    'worker',
    'print what a perspective on another host needs',
    WORKER,
    (deployment, { perspective, show }) => describeWorker(deployment, perspective ?? null, show),
  );
  verb('destroy', 'remove all stacks; asks first, unless told not to', YES, (deployment, { yes }) =>
    destroy(deployment, yes, io),
  );
}
