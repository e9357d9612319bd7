import type { Deployment } from '../../../infra/config/deployment.ts';
import { perspectiveEnvironment } from '../../../infra/config/environment.ts';
import { queueUrl } from '../../../infra/config/names.ts';
import { readVersion } from '../../../infra/config/package-version.ts';
import { perspectivePermissions } from '../../../infra/config/permissions.ts';
import { SETTINGS } from '../../../shared/contract/settings/settings.ts';
import { UsageError } from '../shell/command.ts';

export const WORKER_VIEWS = ['policy', 'environment'] as const;

/** What the operator of a perspective on another host needs: the policy of its identity, or the environment of its process. */
export function describeWorker(
  deployment: Deployment,
  code: string | null,
  view: (typeof WORKER_VIEWS)[number],
): string {
  const { account, names, perspectives } = deployment;
  const perspective = perspectives.find((candidate) => candidate.code === code);
  if (perspective === undefined)
    throw new UsageError(
      `name one of the perspectives with --perspective: ${perspectives.map((one) => one.code).join(', ')}`,
    );
  if (view === 'policy') {
    const statements = perspectivePermissions(deployment, perspective.code).map(
      ({ actions, resources, conditions }) => ({
        Effect: 'Allow',
        Action: actions,
        Resource: resources,
        ...(conditions === undefined ? {} : { Condition: conditions }),
      }),
    );
    return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
  }
  // A worker names its own version in its results, not that of the deployment.
  const { [SETTINGS.version.name]: _, ...shared } = perspectiveEnvironment(
    deployment,
    perspective,
    readVersion(),
  );
  const environment = {
    ...shared,
    [SETTINGS.jobQueue.name]: queueUrl(
      { account, region: perspective.region },
      names.jobQueue(perspective.code),
    ),
  };
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}
