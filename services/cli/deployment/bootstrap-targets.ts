import type { Deployment } from '../../../infra/config/deployment.ts';

/** Every region of a deployment, in the form that the CDK's bootstrap takes. */
export function bootstrapTargets({ account, home_region, perspectives }: Deployment): readonly string[] {
  const regions = new Set([home_region, ...perspectives.map(({ region }) => region)]);
  return [...regions].map((region) => `aws://${account}/${region}`);
}
