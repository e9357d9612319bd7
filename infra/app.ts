import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConfigurationError } from '../shared/contract/settings/configuration-error.ts';
import { SETTINGS } from '../shared/contract/settings/settings.ts';
import { readDeployment } from './config/deployment.ts';
import { createStacks } from './stacks/create-stacks.ts';

/** Exit status for a configuration that must not be deployed. */
const EXIT_CONFIGURATION = 2;

/** The CDK app: reads the configuration, and synthesises nothing when something in it is wrong. */
function main(): void {
  const app = new App();
  const { name, defaults } = SETTINGS.deployment;
  const path = process.env[name] ?? defaults.command;
  const deployment = readDeployment(path, new Date());
  for (const note of [...deployment.warnings, ...deployment.ruleChanges])
    process.stderr.write(`${path}: note: ${note}\n`);
  createStacks(app, deployment);
  Tags.of(app).add('mpic:deployment', deployment.name);
  for (const [key, value] of Object.entries(deployment.tags)) Tags.of(app).add(key, value);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  const list = error.problems.map((problem) => `  - ${problem}`).join('\n');
  process.stderr.write(`Nothing is deployed, for the configuration is wrong:\n${list}\n`);
  process.exit(EXIT_CONFIGURATION);
}
