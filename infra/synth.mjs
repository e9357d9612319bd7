// `npm run synth`: the templates of the deployment in MPIC_DEPLOYMENT or mpic.config.json; in a checkout without one those of the
// example, which deploy nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const OWN = 'mpic.config.json';
const EXAMPLE = 'mpic.config.example.json';

const environment = { ...process.env };
if (environment.MPIC_DEPLOYMENT === undefined && !existsSync(OWN)) {
  environment.MPIC_DEPLOYMENT = EXAMPLE;
  process.stderr.write(
    `${OWN} is not there: the templates are those of ${EXAMPLE}; to deploy, cp ${EXAMPLE} ${OWN} and change it\n`,
  );
}
const { status, error } = spawnSync(
  'npx',
  ['--no-install', 'cdk', 'synth', '--quiet', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: environment,
  },
);
if (error !== undefined) process.stderr.write(`cdk cannot be run: ${error.message}; npm ci installs it\n`);
process.exitCode = status ?? 1;
