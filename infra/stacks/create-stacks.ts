import type { App } from 'aws-cdk-lib';
import type { Deployment } from '../config/deployment.ts';
import { PACKAGED } from '../package-code.ts';
import { HomeStack } from './home-stack.ts';
import { packageCode } from './packaged-code.ts';
import { PerspectiveStack } from './perspective-stack.ts';

/** The stacks of a deployment. None refers to another, so they can be deployed in any order, and at the same time. */
export function createStacks(app: App, deployment: Deployment, packaged = PACKAGED) {
  const code = packageCode(deployment, packaged);
  return {
    home: new HomeStack(app, deployment, code),
    perspectives: new Map(
      deployment.perspectives.map((one) => [one.code, new PerspectiveStack(app, deployment, one, code)]),
    ),
  };
}
