import type { Deployment } from '../../infra/config/deployment.ts';
import type { ApiClient } from './api-client.ts';
import type { AwsAccess } from './aws-access.ts';

/** What was deployed, and all ways to it. */
export interface World {
  readonly deployment: Deployment;
  readonly api: ApiClient;
  readonly aws: AwsAccess;
}

/** A sentence that has to be true of the deployed service. */
export interface Check {
  readonly sentence: string;
  /** @returns what else is worth telling. @throws Error that says what was found instead. */
  run(world: World): Promise<string | undefined>;
}

export function demand(isTrue: boolean, otherwise: string): asserts isTrue {
  if (!isTrue) throw new Error(otherwise);
}
