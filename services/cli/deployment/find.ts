import { APIGatewayClient, GetApiKeysCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Deployment } from '../../../infra/config/deployment.ts';
import { OUTPUTS } from '../../../infra/config/names.ts';
import { DeploymentError } from './deployment-error.ts';

const TIMEOUT_MS = 10_000;
const requestHandler = { requestTimeout: TIMEOUT_MS, throwOnRequestTimeout: true };

/** Where the API of a deployment is, as its stack says. */
export async function findUrl({ home_region: region, names }: Deployment): Promise<string> {
  const client = new CloudFormationClient({ region, requestHandler });
  const { Stacks } = await ask(
    client.send(new DescribeStacksCommand({ StackName: names.homeStack })),
    names.homeStack,
  );
  const url = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === OUTPUTS.url)?.OutputValue;
  if (url === undefined)
    throw new DeploymentError(
      `stack ${names.homeStack} in ${region} has no output ${OUTPUTS.url}: deploy it first`,
    );
  return url;
}

/** Whether the home stack refuses to be removed. A stack that is not there does not. */
export async function isProtected({ home_region: region, names }: Deployment): Promise<boolean> {
  const client = new CloudFormationClient({ region, requestHandler });
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: names.homeStack }));
    return Stacks?.[0]?.EnableTerminationProtection ?? false;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason.includes('does not exist')) return false;
    throw new DeploymentError(`${names.homeStack} cannot be read: ${reason}`);
  }
}

/** The API key of a caller. It is a secret: nothing but the key itself is printed, for a pipe or a variable. */
export async function findApiKey(deployment: Deployment, caller: string | null): Promise<string> {
  const { api, home_region: region, names } = deployment;
  if (api.authorisation === 'iam')
    throw new DeploymentError('this deployment has no API keys: callers sign their requests');
  const wanted = caller ?? api.callers[0] ?? '';
  if (!api.callers.includes(wanted))
    throw new DeploymentError(
      `${wanted} is no caller of this deployment; there are ${api.callers.join(', ')}`,
    );
  const client = new APIGatewayClient({ region, requestHandler });
  const name = names.apiKey(wanted);
  const { items = [] } = await ask(
    client.send(new GetApiKeysCommand({ nameQuery: name, includeValues: true })),
    `the key ${name}`,
  );
  // The query is for names that begin so.
  const value = items.find((item) => item.name === name)?.value;
  if (value === undefined)
    throw new DeploymentError(`there is no API key ${name} in ${region}: deploy it first`);
  return value;
}

/** Errors of the SDK as a sentence. */
async function ask<T>(call: Promise<T>, what: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeploymentError(`${what} cannot be read: ${reason}`);
  }
}
