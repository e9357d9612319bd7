import type { App } from 'aws-cdk-lib';
import type { Deployment } from '../config/deployment.ts';
import { PACKAGED } from '../config/package-code.ts';
import { packageCode } from '../config/packaged-code.ts';
import { HomeStack } from './home-stack.ts';
import { PerspectiveStack } from './perspective-stack.ts';

/** The stacks of a deployment. None refers to another, so each can be deployed by itself; all together, home comes last. */
export function createStacks(app: App, deployment: Deployment, packaged = PACKAGED) {
  const code = packageCode(deployment, packaged);
  const home = new HomeStack(app, deployment, code);
  const perspectives = new Map(
    deployment.perspectives.map((one) => [one.code, new PerspectiveStack(app, deployment, one, code)]),
  );
  // A new version of the API asks all of them before it gets traffic; and it goes before they do.
  for (const perspective of perspectives.values()) home.addStackDependency(perspective);
  return { home, perspectives };
}
