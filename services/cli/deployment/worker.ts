import type { Deployment } from '../../../infra/config/deployment.ts';
import { perspectiveEnvironment } from '../../../infra/config/environment.ts';
import { queueUrl } from '../../../infra/config/names.ts';
import { readVersion } from '../../../infra/config/package-version.ts';
import { perspectivePermissions } from '../../../infra/config/permissions.ts';
import { SETTINGS } from '../../../shared/contract/settings/settings.ts';
import { DeploymentError } from './deployment-error.ts';

/** What the operator of a perspective on another host needs: the policy of its identity, or the environment of its process. */
export function describeWorker(deployment: Deployment, code: string | null, show: string): string {
  const codes = deployment.perspectives.map((perspective) => perspective.code).join(', ');
  const perspective = deployment.perspectives.find((candidate) => candidate.code === code);
  if (perspective === undefined)
    throw new DeploymentError(`name one of the perspectives with --perspective: ${codes}`, 2);
  if (show === 'policy') {
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
  if (show === 'environment') {
    const { account, names } = deployment;
    const { region } = perspective;
    const environment = {
      ...perspectiveEnvironment(deployment, perspective, readVersion()),
      [SETTINGS.jobQueue.name]: queueUrl({ account, region }, names.jobQueue(perspective.code)),
    };
    return Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n');
  }
  throw new DeploymentError('--show is policy or environment', 2);
}
